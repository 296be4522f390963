"""Protobuf structs of the engine <-> plain Python values.

The engine is told that our providers take no secrets (`acceptSecrets` false): it then unwraps them before a call and marks
the outputs of the same names itself, so nothing here can lose that mark. A wrapped value is still understood.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import struct_pb2

Values = dict[str, Any]
"""Properties by their Pulumi (camelCase) name; plain JSON values, or UNKNOWN."""


class Unknown:
    """A value that is known only after something else has been made."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How an unknown string is written (UnknownStringValue in the engine's sdk/go/common/resource/plugin/rpc.go)."""
_UNKNOWNS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The same for a string, boolean, number, array, asset, archive and object."""
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's published mark of a secret, not one.
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"


def from_struct(struct: struct_pb2.Struct) -> Values:
    """The properties as plain values; numbers without a fraction become ints, unknown ones UNKNOWN."""
    return {name: from_value(value) for name, value in struct.fields.items()}


def from_value(value: struct_pb2.Value) -> Any:
    """One value as a plain one."""
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in _UNKNOWNS else text
        case "number_value":
            return int(value.number_value) if value.number_value.is_integer() else value.number_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [from_value(element) for element in value.list_value.values]
        case "struct_value":
            return _unwrapped(from_struct(value.struct_value))
        case _:
            return None


def _unwrapped(value: Values) -> Any:
    match value.get(_SIGNATURE):
        case mark if mark == _SECRET:
            return value.get("value")
        case mark if mark == _OUTPUT:
            return value.get("value", UNKNOWN)
        case mark if mark == _RESOURCE:
            return value.get("id", UNKNOWN)
        case _:
            return value


def to_struct(values: Values) -> struct_pb2.Struct:
    """Plain values as the engine reads them; nulls are left out."""
    return struct_pb2.Struct(
        fields={name: to_value(value) for name, value in values.items() if value is not None}
    )


def to_value(value: Any) -> struct_pb2.Value:
    """One plain value. Raises TypeError for what is no JSON value."""
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, list | tuple):
        return struct_pb2.Value(
            list_value=struct_pb2.ListValue(values=[to_value(element) for element in value])
        )
    raise TypeError(f"{type(value).__name__} cannot be a property")
