"""Holds inputs against the table of a resource type: fills in defaults and says what is wrong, property by property."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.sandbox.catalog import documents
from service.sandbox.catalog.schema import Prop, Unknown, Values


@dataclass(frozen=True)
class Failure:
    """Why a property (by its path, `rules[0].status`) is refused."""

    path: str
    reason: str


def with_defaults(props: Mapping[str, Prop], values: Values) -> Values:
    """The inputs as the provider keeps them: defaults filled in, nulls gone, documents given as objects turned to text."""
    out: Values = {}
    for name, value in values.items():
        if value is not None:
            out[name] = _completed(props[name], value) if name in props else value
    for name, prop in props.items():
        if name not in out and prop.default is not None:
            out[name] = prop.default
    return out


def _completed(prop: Prop, value: Any) -> Any:
    if prop.kind == "json" and isinstance(value, dict):
        return json.dumps(value)
    if prop.kind == "block" and isinstance(value, dict):
        return with_defaults(prop.fields, value)
    if prop.item is not None and isinstance(value, list):
        return [_completed(prop.item, element) for element in value]
    return value


def failures(props: Mapping[str, Prop], values: Values, path: str = "") -> Iterator[Failure]:
    """Everything wrong with the inputs. Values that are not known yet are taken on trust."""
    for name in values.keys() - props.keys():
        yield Failure(
            join(path, name),
            "is not a property of this resource type, or one that the sandbox's provider does not implement",
        )
    for name, prop in props.items():
        where = join(path, name)
        if name in values:
            yield from _value(prop, values[name], where)
        elif prop.required:
            yield Failure(where, "is required")


def join(path: str, name: str) -> str:
    """The path of a field of the block at `path`."""
    return f"{path}.{name}" if path else name


def _value(prop: Prop, value: Any, path: str) -> Iterator[Failure]:
    if isinstance(value, Unknown):
        return
    wanted = _PYTHON[prop.kind]
    if not isinstance(value, wanted) or (prop.kind == "number" and isinstance(value, bool)):
        yield Failure(path, f"must be {_SPOKEN[prop.kind]}, not {json.dumps(value, default=repr)}")
        return
    yield from _BY_KIND[prop.kind](prop, value, path)


def _text(prop: Prop, value: str, path: str) -> Iterator[Failure]:
    if prop.choices and value not in prop.choices:
        yield Failure(path, f"must be one of {', '.join(map(str, prop.choices))}, not {value!r}")
    if prop.pattern and not prop.pattern.fullmatch(value):
        yield Failure(path, f"{value!r} does not match {prop.pattern.pattern}")
    if len(value) < prop.shortest or (prop.longest is not None and len(value) > prop.longest):
        yield Failure(path, f"must have {prop.shortest} to {prop.longest} characters, not {len(value)}")


def _json(prop: Prop, value: str, path: str) -> Iterator[Failure]:
    try:
        document = documents.parse(value)
    except ValueError as error:
        yield Failure(path, f"contains an invalid JSON policy: {error}")
        return
    if not isinstance(document, dict):
        yield Failure(path, "contains an invalid JSON policy: it must be an object")
    yield from _text(prop, value, path)


def _number(prop: Prop, value: float, path: str) -> Iterator[Failure]:
    if not isinstance(value, int):
        yield Failure(path, f"must be a whole number, not {value}")
    elif prop.choices and value not in prop.choices:
        yield Failure(path, f"must be one of {', '.join(map(str, prop.choices))}, not {value}")
    elif (prop.minimum is not None and value < prop.minimum) or (
        prop.maximum is not None and value > prop.maximum
    ):
        yield Failure(path, f"must be in the range ({prop.minimum} - {prop.maximum}), not {value}")


def _map(_prop: Prop, value: dict[str, Any], path: str) -> Iterator[Failure]:
    for key, inner in value.items():
        if not isinstance(inner, str | Unknown):
            yield Failure(f'{path}["{key}"]', f"must be a string, not {inner!r}")


def _block(prop: Prop, value: Values, path: str) -> Iterator[Failure]:
    yield from failures(prop.fields, value, path)


def _array(prop: Prop, value: list[Any], path: str) -> Iterator[Failure]:
    if len(value) < prop.shortest or (prop.longest is not None and len(value) > prop.longest):
        yield Failure(path, f"must have {prop.shortest} to {prop.longest} elements, not {len(value)}")
    for index, element in enumerate(value):
        if prop.item is not None:
            yield from _value(prop.item, element, f"{path}[{index}]")


def _flag(_prop: Prop, _value: bool, _path: str) -> Iterator[Failure]:
    yield from ()


_BY_KIND: Mapping[str, Any] = {
    "text": _text, "json": _json, "number": _number, "flag": _flag, "map": _map, "block": _block, "list": _array, "set": _array,
}  # fmt: skip
_PYTHON: Mapping[str, Any] = {
    "text": str, "json": str, "number": (int, float), "flag": bool, "map": dict, "block": dict, "list": list, "set": list,
}  # fmt: skip
_SPOKEN: Mapping[str, str] = {
    "text": "a string", "json": "a JSON document", "number": "a number", "flag": "true or false", "map": "a map of strings",
    "block": "an object", "list": "an array", "set": "an array",
}  # fmt: skip
