"""The guards of a checkpoint: resources that the engine refuses to delete or replace (`protect`). Pure.

The engine looks at the guard in the state, not at the one in the program: what was let go there may go, and what the program
guards is guarded again as soon as it is registered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

Resource = dict[str, Any]


def guarded(checkpoint: bytes | None) -> frozenset[str]:
    """The URNs of what is guarded."""
    document = json.loads(checkpoint or b"{}")
    return frozenset(r["urn"] for r in _resources(document) if r.get("protect"))


def taken_off(checkpoint: bytes | None, urns: Collection[str] | None = None) -> bytes | None:
    """The checkpoint with the guards of these taken off; None: of everything."""
    return _each(checkpoint, lambda r: r.pop("protect", None) if urns is None or r["urn"] in urns else None)


def put_on(checkpoint: bytes | None, urns: Collection[str]) -> bytes | None:
    """The checkpoint with those of these guarded that are still in it."""
    return _each(checkpoint, lambda r: r.update(protect=True) if r["urn"] in urns else None)


def _each(checkpoint: bytes | None, change: Callable[[Resource], object]) -> bytes | None:
    if checkpoint is None:
        return None
    document = json.loads(checkpoint)
    for resource in _resources(document):
        change(resource)
    return json.dumps(document).encode()


def _resources(document: dict[str, Any]) -> list[Resource]:
    latest = (document.get("checkpoint") or {}).get("latest") or {}
    found: list[Resource] = latest.get("resources") or []
    return found
