"""The engine's structs as plain values, and back."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2

from service.plugin.values import UNKNOWN_TEXT, from_struct, to_struct, to_value
from service.sandbox.catalog.schema import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


def test_values_survive_the_way_there_and_back() -> None:
    values = {
        "text": "a",
        "number": 3,
        "part": 1.5,
        "flag": True,
        "list": [1, "b", {"c": False}],
        "open": UNKNOWN,
        "map": {},
    }
    assert from_struct(to_struct(values)) == values


def test_whole_numbers_come_back_as_whole_numbers() -> None:
    assert type(from_struct(to_struct({"n": 60}))["n"]) is int


def test_nulls_are_left_out() -> None:
    assert from_struct(to_struct({"a": None, "b": {"c": None}})) == {"b": {}}


def test_an_unknown_of_any_type_is_unknown() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": UNKNOWN_TEXT, "b": "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"})
    assert from_struct(struct) == {"a": UNKNOWN, "b": UNKNOWN}


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [
        ({SIGNATURE: SECRET, "value": "hidden"}, "hidden"),
        ({SIGNATURE: OUTPUT, "value": ["x"], "dependencies": ["urn"]}, ["x"]),
        ({SIGNATURE: OUTPUT, "dependencies": ["urn"]}, UNKNOWN),
        ({SIGNATURE: RESOURCE, "urn": "urn", "id": "i-1"}, "i-1"),
    ],
)
def test_wrapped_values_are_unwrapped(wrapped: dict[str, object], plain: object) -> None:
    struct = struct_pb2.Struct()
    struct.update({"it": wrapped})
    assert from_struct(struct) == {"it": plain}


def test_what_is_no_json_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set cannot be a property"):
        to_value({1})
