"""When a source is looked at for changes made by hand, and when its delivery is proved. Pure.

Each source has moments of its own, `every` apart, at a place in the interval that follows from its id. So checks are spread
over the interval whatever happened to the fleet before, every node comes to the same answer, and nothing has to be stored.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from .drift_policy import DriftPolicy, Window

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def next_check(policy: DriftPolicy, source_id: str, last: datetime, now: datetime) -> datetime | None:
    """When the next check is due; not after `now` where it is due already, None where nobody looks.

    `last` is when it was last checked, or made. A check that somebody asked for counts, so the next one is half an interval
    to one and a half away. Where a window is set, a moment outside it moves to a place of the source's own inside the next.
    """
    if policy.mode == "off":
        return None
    share = share_of(source_id)
    moment = _moment(policy.every, share, last + policy.every / 2)
    if policy.window is None:
        return moment
    if not policy.window.contains(moment):
        moment = _inside(policy.window, share, moment)
    # One that was missed, since nobody was there in time, is not made up for in the middle of the day.
    return moment if moment > now or policy.window.contains(now) else _inside(policy.window, share, now)


def next_proof(every: timedelta, source_id: str, last: datetime) -> datetime:
    """When delivery is proved next, at moments of the source's own that have nothing to do with those of its checks.

    `last` is when that was last begun, by whomever, or when the source was made.
    """
    return _moment(every, share_of(f"proof of {source_id}"), last + every / 2)


def share_of(source_id: str) -> float:
    """The place of a source in an interval, from 0 to 1 (exclusive)."""
    return int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:6]) / 2**48


def _moment(every: timedelta, share: float, after: datetime) -> datetime:
    """The source's first moment that is not before `after`."""
    first = _EPOCH + share * every
    return first + -(-(after - first) // every) * every


def _inside(window: Window, share: float, after: datetime) -> datetime:
    """The source's place in the window that opens next; its opening on a day when the clocks take the place away."""
    opening = window.opening(after)
    moment = opening + share * window.length
    return moment if window.contains(moment) else opening
