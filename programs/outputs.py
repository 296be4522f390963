"""What a stack says of itself: the same names for every kind."""

from __future__ import annotations

import pulumi

from programs.store.announcements import OBJECTS_PREFIX
from programs.store.bucket import LogStore
from programs.wish import Wish


def export(wish: Wish, store: LogStore, **more: pulumi.Input[object]) -> None:
    """Export the store's outputs, where it is, and what the kind adds."""
    where = {"prefix": OBJECTS_PREFIX, "account": wish.log.account_id, "region": wish.log.region}
    for name, value in {**store.outputs, **where, **more}.items():
        pulumi.export(name, value)
