"""From a JSON schema to form fields. Pure; it checks nothing itself. `sent` reads the form back.

The name of each input is the JSON Pointer of what it fills, so an error of the API's `errors` finds its field by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from service.errors import FieldError

from . import schemas
from .schemas import Schema, Widget
from .sent import PRESENT, ROW_LIMIT

SPARE_ROWS = 2
"""Empty rows offered under a list of objects, so that it can be filled without script."""


@dataclass(frozen=True)
class Field:
    """One input as the template draws it."""

    name: str
    """JSON Pointer."""
    label: str
    widget: Widget
    help: str = ""
    value: Any = ""
    """What stands in it: text; bool for a checkbox; list of rows of fields for `rows`, of fields for `group`;
    the chosen values for `choices`."""
    required: bool = False
    advanced: bool = False
    options: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    errors: tuple[str, ...] = ()
    present: bool | None = None
    """Of a group: whether it is there; None: it always is."""

    @property
    def id(self) -> str:
        """The id of the element; what describes it adds `-help` and `-errors`."""
        return "field" + self.name.replace("/", "-")

    @property
    def present_name(self) -> str:
        """The name of the box that says whether a group is there."""
        return self.name + PRESENT

    @property
    def described_by(self) -> str:
        """For aria-describedby: the help text and the errors, those that exist."""
        parts = [f"{self.id}-errors"] * bool(self.errors) + [f"{self.id}-help"] * bool(self.help)
        return " ".join(parts)


def fields_of(
    schema: Schema, values: Mapping[str, Any] | None, errors: Sequence[FieldError] = (), prefix: str = "/spec"
) -> list[Field]:
    """The fields of an object schema.

    `values` is the object, complete or not, as JSON or as `sent.read` returned it; None: empty fields, without defaults.
    """
    required = set(schema.get("required", ()))
    return [
        _field(
            schema,
            key,
            prop,
            None if values is None else values.get(key, prop.get("default")),
            errors,
            prefix,
            key in required,
        )
        for key, prop in schemas.properties(schema)
    ]


class Told(NamedTuple):
    """A value and what it is called."""

    label: str
    value: Any
    """As in JSON; an object has become a list of these in turn."""


def told(schema: Schema, values: Mapping[str, Any]) -> list[Told]:
    """What an object holds, in the form's order; what is empty or fixed is left out."""
    properties = dict(schemas.properties(schema))
    keys = [*properties, *(key for key in values if key not in properties)]
    return [
        Told(schemas.label(key, prop), _told(schema, prop, values[key]))
        for key in keys
        if "const" not in schemas.core(schema, prop := properties.get(key, {}))
        and values.get(key) not in (None, "", [])
    ]


def _told(root: Schema, prop: Schema, value: Any) -> Any:
    found = schemas.core(root, prop)
    if isinstance(value, Mapping):
        return told(schemas.members(root, found), value)
    if isinstance(value, list | tuple):
        entry = schemas.items(root, found)
        return [told(entry, each) if isinstance(each, Mapping) else each for each in value]
    return value


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
    name, found = f"{prefix}/{key}", schemas.core(root, prop)
    widget = schemas.widget(root, found)
    options = schemas.items(root, found) if widget == "choices" else found
    return Field(
        name=name,
        label=schemas.label(key, prop),
        widget=widget,
        help=str(prop.get("description", "")),
        value=_value(root, found, widget, value, errors, name),
        required=required,
        advanced=bool(prop.get("advanced")) and not errors_at(errors, name),
        options=tuple((str(option), str(option)) for option in options.get("enum", ())),
        minimum=found.get("minimum"),
        maximum=found.get("maximum"),
        max_length=found.get("maxLength"),
        errors=errors_at(_own(errors, widget, name), name),
        present=isinstance(value, Mapping) if widget == "group" and schemas.nullable(prop) else None,
    )


def _own(errors: Sequence[FieldError], widget: Widget, name: str) -> list[FieldError]:
    """The errors that a field shows itself: a group and rows leave those of their fields to the fields."""
    deepest = {"group": 0, "rows": 1}.get(widget)
    return [e for e in errors if deepest is None or e.field.removeprefix(name).count("/") <= deepest]


def _value(
    root: Schema, found: Schema, widget: Widget, value: Any, errors: Sequence[FieldError], name: str
) -> Any:
    match widget:
        case "rows":
            return _rows(schemas.items(root, found), value, errors, name)
        case "group":
            return _group(schemas.members(root, found), value, errors, name)
        case "hidden":
            return str(found["const"])
        case "checkbox":
            return bool(value)
        case "choices":
            return [str(each) for each in value or ()] if isinstance(value, list | tuple) else []
        case "lines":
            return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
        case _:
            return "" if value is None else str(value)


def _rows(entry: Schema, value: Any, errors: Sequence[FieldError], name: str) -> list[list[Field]]:
    """Each row of a list of objects as fields, with empty rows under them. None of a row's fields is required by itself."""
    item = {**entry, "required": ()}
    filled: list[Mapping[str, Any] | None] = [row for row in value or () if isinstance(row, Mapping)]
    padded = [*filled[:ROW_LIMIT], *(None for _ in range(SPARE_ROWS))]
    rows = [fields_of(item, row, errors, f"{name}/{index}") for index, row in enumerate(padded)]
    # The first row says what its fields are for; the others would only repeat it.
    return [rows[0], *([replace(part, help="") for part in row] for row in rows[1:])]


def _group(members: Schema, value: Any, errors: Sequence[FieldError], name: str) -> list[Field]:
    """The fields of one object. Whether it is there is said by a box, so a browser must not insist on any of them."""
    inside = value if isinstance(value, Mapping) else {}
    return fields_of({**members, "required": ()}, inside, errors, name)
