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
_ahead = 0.0


@dataclass(frozen=True)
class Moment:
    """When a request happened (Unix seconds) and the seed of its random numbers."""

    time: float
    seed: int


def new_moment(service: str) -> Moment:
    """Now, by the clock of `service`, with a seed nobody can guess."""
    ahead = _ahead if service == "s3" else 0.0
    return Moment(time=time.time() + ahead, seed=secrets.randbits(64))


def ahead() -> float:
    """Seconds by which the clock of S3 is before everybody else's.

    S3's alone moves. CloudWatch Logs takes no event older than 14 days, sessions end by the clock of whoever holds
    them, and signatures carry the time of their signer: with those clocks moved nothing that runs would go on.
    """
    return _ahead


def move(seconds: float) -> None:
    """Move the clock of S3 on. The caller holds `EXCLUSIVE`.

    :raises ValueError: `seconds` is negative; time does not go back.
    """
    global _ahead
    if seconds < 0:
        raise ValueError("time goes forward only")
    _ahead += seconds


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


@contextmanager
def at_time(instant: datetime) -> Iterator[None]:
    """Within a moment, let moto believe in another (naive UTC) time; its chance goes on as it was."""
    global _standing
    before, _standing = _standing, instant
    try:
        yield
    finally:
        _standing = before


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
