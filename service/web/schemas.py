"""What a JSON schema says of one property, in the words of a form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Schema = Mapping[str, Any]
Widget = Literal["text", "number", "checkbox", "select", "choices", "lines", "rows", "group", "hidden"]
"""choices: a list whose entries are known, as boxes to tick; lines: any other list of plain values; rows: a list of objects;
group: one object; hidden: a value that this schema fixes."""


def core(root: Schema, prop: Schema) -> Schema:
    """The schema that says what the value is: behind a `$ref`, and inside `anyOf [it, null]`."""
    for choice in prop.get("anyOf", ()):
        if choice.get("type") != "null":
            return core(root, choice)
    if "$ref" in prop:
        return core(root, root.get("$defs", {})[str(prop["$ref"]).rsplit("/", 1)[-1]])
    return prop


def properties(schema: Schema) -> list[tuple[str, Schema]]:
    """The properties in the order in which a person cares: what must be said, then what may be, then what is folded away."""
    required = schema.get("required", ())
    found: Mapping[str, Schema] = schema.get("properties", {})
    return sorted(found.items(), key=lambda item: (item[0] not in required, bool(item[1].get("advanced"))))


def items(root: Schema, array: Schema) -> Schema:
    """The schema of an array's entries, complete: it brings the definitions that it refers to."""
    return {**core(root, array.get("items", {})), "$defs": root.get("$defs", {})}


def members(root: Schema, found: Schema) -> Schema:
    """The schema of an object, complete in the same way."""
    return {**found, "$defs": root.get("$defs", {})}


def nullable(prop: Schema) -> bool:
    """Whether there may be no value at all."""
    return any(choice.get("type") == "null" for choice in prop.get("anyOf", ()))


def widget(root: Schema, found: Schema) -> Widget:
    """How a value of this core schema is drawn."""
    if "const" in found:
        return "hidden"
    if "enum" in found:
        return "select"
    if found.get("type") == "array":
        return _list_widget(items(root, found))
    return _BY_TYPE.get(str(found.get("type")), "text")


_BY_TYPE: Mapping[str, Widget] = {"integer": "number", "boolean": "checkbox", "object": "group"}


def _list_widget(entry: Schema) -> Widget:
    if "enum" in entry:
        return "choices"
    return "rows" if entry.get("type") == "object" else "lines"


def label(key: str, prop: Schema) -> str:
    """The schema's title; one that pydantic only made out of the key is written like the rest of the page."""
    title = str(prop.get("title", ""))
    return key.replace("_", " ").capitalize() if title in ("", key.replace("_", " ").title()) else title
