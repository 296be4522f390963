"""What a property of a resource may be: its type, its bounds, and how a change of it is treated.

A table of these describes the inputs of a resource type. `check.py` holds inputs against it,
`provider/diff.py` compares with it, so a resource type says each thing once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from service.plugin.values import UNKNOWN as UNKNOWN
from service.plugin.values import Unknown as Unknown
from service.plugin.values import Values as Values

Kind = Literal["text", "json", "number", "flag", "map", "block", "list", "set"]


@dataclass(frozen=True)
class Prop:
    """One input property.

    replaces: a change makes a new object ("Forces new resource" in the provider's documentation).
    default:  what the provider fills in when the program says nothing.
    computed: AWS decides when the program says nothing; leaving it out is then never a change.
    local:    lives in the provider only (`forceDestroy`), so it cannot be read back.
    key:      of a list of blocks: the field that says which block is which, where AWS keeps no order.
    alike:    where set, two texts are also the same when this gives the same for both.
    """

    kind: Kind
    required: bool = False
    replaces: bool = False
    default: Any = None
    computed: bool = False
    local: bool = False
    choices: tuple[Any, ...] = ()
    pattern: re.Pattern[str] | None = None
    shortest: int = 0
    longest: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    fields: Mapping[str, Prop] = field(default_factory=dict)
    item: Prop | None = None
    key: str | None = None
    alike: Any = None


def text(pattern: str | None = None, **rules: Any) -> Prop:
    """A string; `pattern` must match all of it."""
    return Prop("text", pattern=re.compile(pattern) if pattern else None, **rules)


def json_text(**rules: Any) -> Prop:
    """A JSON document as text, compared by meaning."""
    return Prop("json", **rules)


def number(minimum: int | None = None, maximum: int | None = None, **rules: Any) -> Prop:
    """A whole number within bounds, both included."""
    return Prop("number", minimum=minimum, maximum=maximum, **rules)


def flag(**rules: Any) -> Prop:
    """True or false."""
    return Prop("flag", **rules)


def choice(*choices: Any, **rules: Any) -> Prop:
    """One of some strings or numbers."""
    return Prop("number" if isinstance(choices[0], int) else "text", choices=choices, **rules)


def block(fields: Mapping[str, Prop], **rules: Any) -> Prop:
    """An object with known fields."""
    return Prop("block", fields=fields, **rules)


def list_of(item: Prop, **rules: Any) -> Prop:
    """An array in which order counts, unless `key` names the field that tells its blocks apart."""
    return Prop("list", item=item, **rules)


def set_of(item: Prop, **rules: Any) -> Prop:
    """An array in which order does not count."""
    return Prop("set", item=item, **rules)


TAGS: Final = Prop("map")
"""Tags of a resource; the provider's default tags are merged in by Check, as the real provider does."""

REGION: Final = Prop("text", computed=True, replaces=True)
"""Where the resource is; the provider's region when left out (an argument of every regional type since 7.0)."""


def known_block(value: Any) -> Values:
    """A block to look into; nothing where it is absent, not known yet, or none at all (Check has said so)."""
    return value if isinstance(value, dict) else {}


def known_list(value: Any) -> list[Any]:
    """The same for an array."""
    return value if isinstance(value, list) else []


def is_empty(value: Any) -> bool:
    """Whether the provider treats a value as not given: null, zero, false, or a block or array of nothing but those."""
    if isinstance(value, dict):
        return all(is_empty(inner) for inner in value.values())
    return value is None or (not isinstance(value, Unknown) and not value)
