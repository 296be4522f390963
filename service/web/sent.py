"""From a sent form back to JSON. Pure; it checks nothing itself: what cannot be converted stays text, and validation names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import schemas
from .schemas import Schema

ROW_LIMIT = 50
"""More rows than this are not read: no list of ours is longer."""
PRESENT = "/-"
"""Added to the name of an object that may be left out: the box that says that it is there. No property is called so."""
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_EMPTY: tuple[Any, ...] = (None, "", False, [], {})


def read(schema: Schema, form: Mapping[str, str], prefix: str = "/spec") -> dict[str, Any]:
    """The object that a form describes; what the form leaves to the default is left out."""
    found = {
        key: _read(schema, prop, form, f"{prefix}/{key}")
        for key, prop in schema.get("properties", {}).items()
    }
    return {key: value for key, value in found.items() if value is not _DEFAULT}


_DEFAULT = object()
"""A value that the form leaves to the schema."""


def _read(root: Schema, prop: Schema, form: Mapping[str, str], name: str) -> Any:
    found = schemas.core(root, prop)
    match schemas.widget(root, found):
        case "hidden":
            return found["const"]
        case "checkbox":
            return name in form
        case "choices":
            return [value for value in schemas.items(root, found)["enum"] if f"{name}/{value}" in form]
        case "rows":
            return _rows(schemas.items(root, found), form, name) or _DEFAULT
        case "group":
            return _group(schemas.members(root, found), prop, form, name)
        case _ as plain:
            return _plain(plain, schemas.items(root, found), prop, form.get(name), nothing=_nothing(prop))


def _nothing(prop: Schema) -> Any:
    """What an empty field means: null where that is something else than leaving the field to its default."""
    return None if schemas.nullable(prop) and prop.get("default") is not None else _DEFAULT


def _plain(widget: str, entry: Schema, prop: Schema, sent: str | None, *, nothing: Any) -> Any:
    if sent is None:
        return _DEFAULT
    text = sent.replace("\r\n", "\n").strip()
    if widget == "lines":
        lines = [_number(line.strip(), entry) for line in text.split("\n") if line.strip()]
        # An empty list is a list; where none at all is possible, it is that.
        return lines or (nothing if schemas.nullable(prop) else [])
    if text:
        return _number(text, {"type": "integer"} if widget == "number" else {})
    return "" if widget == "text" and not schemas.nullable(prop) else nothing


def _number(text: str, schema: Schema) -> Any:
    return int(text) if schema.get("type") == "integer" and _INTEGER.fullmatch(text) else text


def _rows(entry: Schema, form: Mapping[str, str], name: str) -> list[dict[str, Any]]:
    """Rows that hold anything."""
    rows = [read(entry, form, f"{name}/{index}") for index in range(ROW_LIMIT)]
    return [row for row in rows if not _empty(entry, row)]


def _empty(entry: Schema, row: Mapping[str, Any]) -> bool:
    """Whether nothing was filled in; what the schema fixes was filled in by nobody."""
    fixed = {key for key, prop in entry.get("properties", {}).items() if "const" in schemas.core(entry, prop)}
    return all(value in _EMPTY for key, value in row.items() if key not in fixed)


def _group(found: Schema, prop: Schema, form: Mapping[str, str], name: str) -> Any:
    """One object. One that may be left out is there if its box is ticked, however its fields are filled."""
    if schemas.nullable(prop) and name + PRESENT not in form:
        return _nothing(prop)
    return read(found, form, name)
