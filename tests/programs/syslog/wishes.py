"""Wishes of the syslog kind."""

from __future__ import annotations

from typing import Any

from programs.wish import Wish
from tests.programs.wishes import wish


def syslog_wish(spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """The wish of `payments-api` for a syslog server that hears one network, with changes."""
    asked = {"networks": ["10.20.0.0/16"], **(spec or {})}
    return Wish.model_validate(wish().model_dump() | {"kind": "syslog", "spec": asked} | changes)
