"""What the Python SDK of the real provider says of a resource type: its inputs, which are required, its outputs.

The SDK is generated from the provider's own schema, so it says what the real plugin takes and gives. It does not say what
replaces, nor defaults: those are in the documentation that the catalogue names.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from pulumi import _types

_KINDS = {str: "text", int: "number", float: "number", bool: "flag"}


@dataclass(frozen=True)
class Input:
    """One input: `kind` is text, number, flag, map, block or list; `fields` are those of a block, or of each block of a list."""

    kind: str
    required: bool
    fields: Mapping[str, Input]


def inputs_of(token: str) -> Mapping[str, Input]:
    """The inputs of a type, by their names in the engine."""
    module, name = _place(token)
    # Where `BucketVersioningArgs` is taken by a block of another type, the generator calls the inputs `…InitArgs`.
    return _fields(getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args"))


def outputs_of(token: str) -> set[str]:
    """The outputs of a type, inputs among them."""
    module, name = _place(token)
    return set(_types.resource_types(getattr(module, name)))


def _place(token: str) -> tuple[Any, str]:
    _, path, name = token.split(":")
    folder = path.partition("/")[0]
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return importlib.import_module(f"pulumi_aws.{folder}.{module}"), name


def _fields(args: type) -> Mapping[str, Input]:
    parameters = inspect.signature(args).parameters
    names = _types.input_type_py_to_pulumi_names(args)
    types = _types.input_type_types(args)
    return {
        spoken: _input(types[spoken], parameters[python].default is inspect.Parameter.empty)
        for python, spoken in names.items()
    }


def _input(kind: Any, required: bool) -> Input:
    origin = get_origin(kind)
    if origin is Union:
        # An ARN or a name may be given as the resource it belongs to as well.
        return _input(str, required)
    if origin is not None and issubclass(origin, Mapping):
        return Input("map", required, {})
    if origin is not None and issubclass(origin, Sequence):
        (element,) = get_args(kind)
        inner = _types.unwrap_type(element)
        return Input("list", required, _fields(inner) if _is_block(inner) else {})
    if _is_block(kind):
        return Input("block", required, _fields(kind))
    return Input(_KINDS[kind], required, {})


def _is_block(kind: Any) -> bool:
    return bool(isinstance(kind, type) and _types.is_input_type(kind))
