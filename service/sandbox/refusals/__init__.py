"""Calls that AWS refuses and moto takes; each refusal names its AWS code.

Only requests of clients are refused, never a replayed change: it was accepted once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from service.sandbox.call import Call, Denial

Refusal = Callable[[Call], Denial | None]

MODULES = (
    "buckets",
    "config",
    "data_plane",
    "delivery",
    "documents",
    "events",
    "keys",
    "lifecycle",
    "replication",
    "sources",
    "trails",
)

ANY = "*"
"""In the place of an operation: every one of the service."""


def refuse(call: Call) -> Denial | None:
    """The error AWS would answer, or None where it would go on."""
    table = _refusals()
    checks: list[Refusal] = [
        *table.get((call.service, ANY), []),
        *table.get((call.service, call.operation), []),
    ]
    for refusal in checks:
        denial = refusal(call)
        if denial is not None:
            return denial
    return None


@cache
def _refusals() -> dict[tuple[str, str], list[Refusal]]:
    table: dict[tuple[str, str], list[Refusal]] = {}
    for module in MODULES:
        for operation, refusal in import_module(f"{__name__}.{module}").REFUSALS:
            table.setdefault(operation, []).append(refusal)
    return table
