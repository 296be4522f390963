"""Wishes of the cloudtrail kind."""

from __future__ import annotations

from typing import Any

from programs.wish import Wish
from tests.programs.wishes import wish


def trail_wish(spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """The wish of `payments-api` for a trail, with changes."""
    return wish_of(spec or {}, **changes)


def calls_wish(preset: str = "ecr", spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """The same for a service's calls."""
    return wish_of({"preset": preset, **(spec or {})}, **changes)


def wish_of(spec: dict[str, Any], **changes: Any) -> Wish:
    """A wish whose spec is exactly this one."""
    values = wish().model_dump() | {"kind": "cloudtrail", "spec": spec} | changes
    return Wish.model_validate(values)
