"""One lock, one clock and one source of chance for moto, so that a replayed request gives the same state.

Everything that changes or reads moto's stores holds `EXCLUSIVE`. While a request runs, moto's clock stands
still at the request's moment and its random numbers follow from the request's seed: key ids, access keys,
secrets and timestamps are then a function of the journal alone.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import moto.core.utils
from moto.moto_api._internal import mock_random

EXCLUSIVE = threading.RLock()
"""Held around every use of moto's stores, by any thread of the process."""

_standing: datetime | None = None


@dataclass(frozen=True)
class Moment:
    """When a request happened (Unix seconds) and the seed of its random numbers."""

    time: float
    seed: int


def new_moment() -> Moment:
    """Now, with a seed nobody can guess."""
    return Moment(time=time.time(), seed=secrets.randbits(64))


@contextmanager
def standing_at(moment: Moment) -> Iterator[None]:
    """Run moto as it was, or is, at `moment`. The caller holds `EXCLUSIVE`."""
    global _standing
    mock_random.seed(moment.seed)
    _standing = datetime.fromtimestamp(moment.time, UTC).replace(tzinfo=None)
    try:
        yield
    finally:
        _standing = None


def utcnow() -> datetime:
    """The naive UTC time moto believes in."""
    return _standing or datetime.now(UTC).replace(tzinfo=None)


def _set_clock() -> None:
    """moto's modules take `utcnow` by name when they are imported: those that were here before get it too."""
    first = moto.core.utils.utcnow
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and vars(module).get("utcnow") is first:
            vars(module)["utcnow"] = utcnow


_set_clock()
