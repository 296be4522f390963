"""Wishes of the `config` kind."""

from __future__ import annotations

from typing import Any

from programs.wish import Wish
from tests.programs.wishes import wish


def config_wish(spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """The wish of `payments-api`, of this kind."""
    plain = wish(**changes).model_dump(mode="json")
    return Wish.model_validate({**plain, "kind": "config", "spec": spec or {}})
