"""From a JSON schema to form fields, and from a sent form back to JSON. Pure; it checks nothing itself.

The name of each input is the JSON Pointer of what it fills, so an error of the API's `errors` finds its field by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.errors import FieldError

Schema = Mapping[str, Any]
Widget = Literal["text", "number", "checkbox", "select", "lines", "rows"]

SPARE_ROWS = 2
"""Empty rows offered under a list of objects, so that it can be filled without script."""
ROW_LIMIT = 50
"""More rows than this are not read: no list of ours is longer."""
_INTEGER = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True)
class Field:
    """One input as the template draws it."""

    name: str
    """JSON Pointer."""
    label: str
    widget: Widget
    help: str = ""
    value: Any = ""
    """What stands in it: text, bool for a checkbox, list of rows of fields for `rows`."""
    required: bool = False
    advanced: bool = False
    options: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    errors: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of the element; what describes it adds `-help` and `-errors`."""
        return "field" + self.name.replace("/", "-")

    @property
    def described_by(self) -> str:
        """For aria-describedby: the help text and the errors, those that exist."""
        parts = [f"{self.id}-errors"] * bool(self.errors) + [f"{self.id}-help"] * bool(self.help)
        return " ".join(parts)


def fields_of(
    schema: Schema, values: Mapping[str, Any], errors: Sequence[FieldError] = (), prefix: str = "/spec"
) -> list[Field]:
    """The fields of an object schema; `values` is the object, complete or not, as JSON or as `read` returned it."""
    required = set(schema.get("required", ()))
    return [
        _field(schema, key, prop, values.get(key, prop.get("default")), errors, prefix, key in required)
        for key, prop in schema.get("properties", {}).items()
    ]


def label(key: str, prop: Schema) -> str:
    """The schema's title; one that pydantic only made out of the key is written like the rest of the page."""
    title = str(prop.get("title", ""))
    return key.replace("_", " ").capitalize() if title in ("", key.replace("_", " ").title()) else title


def told(schema: Schema, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Label and value of what an object holds, in the schema's order; what is empty is left out."""
    properties = schema.get("properties", {})
    keys = [*properties, *(key for key in values if key not in properties)]
    return [
        (label(key, properties.get(key, {})), values[key])
        for key in keys
        if values.get(key) not in (None, "", [])
    ]


def read(schema: Schema, form: Mapping[str, str], prefix: str = "/spec") -> dict[str, Any]:
    """The object that a form describes. What cannot be converted stays text, so that validation names it."""
    result: dict[str, Any] = {}
    for key, prop in schema.get("properties", {}).items():
        value = _read(schema, prop, form, f"{prefix}/{key}")
        if value is not None:
            result[key] = value
    return result


def errors_at(errors: Iterable[FieldError], name: str) -> tuple[str, ...]:
    """Messages for a field and for anything inside it; an entry of a list is named by its place, from 1."""
    found = []
    for error in errors:
        if error.field == name:
            found.append(error.message)
        elif error.field.startswith(name + "/"):
            first = error.field[len(name) + 1 :].split("/")[0]
            found.append(f"Line {int(first) + 1}: {error.message}" if first.isdigit() else error.message)
    return tuple(dict.fromkeys(found))


def elsewhere(errors: Iterable[FieldError], names: Iterable[str]) -> tuple[str, ...]:
    """Messages that belong to none of the fields: they are shown above the form, never lost."""
    known = tuple(names)
    return tuple(
        f"{error.field.lstrip('/')}: {error.message}" if error.field else error.message
        for error in errors
        if not any(error.field == name or error.field.startswith(name + "/") for name in known)
    )


def _field(
    root: Schema,
    key: str,
    prop: Schema,
    value: Any,
    errors: Sequence[FieldError],
    prefix: str,
    required: bool,
) -> Field:
    name, core = f"{prefix}/{key}", _core(root, prop)
    widget = _widget(root, core)
    return Field(
        name=name,
        label=label(key, prop),
        widget=widget,
        help=str(prop.get("description", "")),
        value=_rows(root, core, value, errors, name) if widget == "rows" else _shown(widget, value),
        required=required,
        advanced=bool(prop.get("advanced")) and not errors_at(errors, name),
        options=tuple((str(option), str(option)) for option in core.get("enum", ())),
        minimum=core.get("minimum"),
        maximum=core.get("maximum"),
        max_length=core.get("maxLength"),
        errors=errors_at(errors, name),
    )


def _core(root: Schema, prop: Schema) -> Schema:
    """The schema that says what the value is: behind a `$ref`, and inside `anyOf [it, null]`."""
    for choice in prop.get("anyOf", ()):
        if choice.get("type") != "null":
            return _core(root, choice)
    if "$ref" in prop:
        return _core(root, root.get("$defs", {})[str(prop["$ref"]).rsplit("/", 1)[-1]])
    return prop


def _widget(root: Schema, core: Schema) -> Widget:
    if "enum" in core:
        return "select"
    if core.get("type") == "array":
        return "rows" if _core(root, core.get("items", {})).get("type") == "object" else "lines"
    return {"integer": "number", "boolean": "checkbox"}.get(str(core.get("type")), "text")  # type: ignore[return-value]  # both values are widgets


def _shown(widget: Widget, value: Any) -> Any:
    if widget == "checkbox":
        return bool(value)
    if widget == "lines":
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    return "" if value is None else str(value)


def _rows(
    root: Schema, core: Schema, value: Any, errors: Sequence[FieldError], name: str
) -> list[list[Field]]:
    """Each row of a list of objects as fields, with empty rows under them. None of a row's fields is required by itself."""
    item = {**_core(root, core.get("items", {})), "$defs": root.get("$defs", {}), "required": ()}
    rows = [row for row in value or () if isinstance(row, Mapping)][:ROW_LIMIT]
    padded = [*rows, *({} for _ in range(SPARE_ROWS))]
    return [fields_of(item, row, errors, f"{name}/{index}") for index, row in enumerate(padded)]


def _read(root: Schema, prop: Schema, form: Mapping[str, str], name: str) -> Any:
    """The value at a pointer, or None where the form leaves it to the default."""
    core = _core(root, prop)
    widget = _widget(root, core)
    if widget == "rows":
        return _read_rows(root, core, form, name)
    if widget == "checkbox":
        return name in form
    if name not in form:
        return None
    text = form[name].replace("\r\n", "\n")
    if widget == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if widget == "number":
        return int(text) if _INTEGER.fullmatch(text.strip()) else text.strip() or None
    return None if widget == "select" and not text else text.strip()


def _read_rows(root: Schema, core: Schema, form: Mapping[str, str], name: str) -> list[dict[str, Any]] | None:
    """Rows that hold anything; None when all are empty, which means: the default."""
    item = {**_core(root, core.get("items", {})), "$defs": root.get("$defs", {})}
    rows = [read(item, form, f"{name}/{index}") for index in range(ROW_LIMIT)]
    filled = [row for row in rows if any(value not in ("", None) for value in row.values())]
    return filled or None
