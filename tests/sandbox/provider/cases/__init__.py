"""One case per resource type: how it is made, changed, replaced, changed by hand, and imported."""

from __future__ import annotations

from tests.sandbox.provider.cases import (
    alarms,
    buckets,
    messages,
    recorders,
    servers,
    services,
    sources,
    trails,
)
from tests.sandbox.provider.cases.case import Case, Clients, Values, clients_of

CASES = (
    *alarms.CASES,
    *buckets.CASES,
    *messages.CASES,
    *recorders.CASES,
    *servers.CASES,
    *services.CASES,
    *sources.CASES,
    *trails.CASES,
)

__all__ = ["CASES", "Case", "Clients", "Values", "clients_of"]
