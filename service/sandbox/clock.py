"""The clock of S3, which can be moved on: each midnight it passes, lifecycle rules do what is due (`ageing`).

`POST /_sandbox/clock` with ``{"forward": seconds}``; zero asks what time it is. Other services keep their time:
see `moment.ahead`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.sandbox import ageing, moment

LONGEST_STEP = 20 * 366 * 86400.0
"""Seconds: twenty years, longer than any lifecycle or retention that makes sense, short enough to walk through by days."""


_looked: datetime | None = None
"""Until when lifecycle rules have been followed; from the first change on, before which there was nothing to follow."""


def begin(time: float) -> None:
    """A change is made at this time (Unix seconds): midnights count from the first one on."""
    global _looked
    if _looked is None:
        _looked = datetime.fromtimestamp(time, UTC).replace(tzinfo=None)


def midnight_passed() -> bool:
    """Whether a midnight has passed for which lifecycle rules have not been followed yet."""
    return _looked is not None and _midnight_after(_looked) <= _now()


def move(wanted: dict[str, Any]) -> dict[str, Any]:
    """Move the clock on; answers the time S3 then has and how many seconds that is ahead.

    :raises ValueError: backwards, or further than `LONGEST_STEP` at once.
    """
    global _looked
    seconds = float(wanted["forward"])
    if not 0 <= seconds <= LONGEST_STEP:
        raise ValueError(f"forward must be 0 to {LONGEST_STEP:.0f} seconds")
    begin = moment.utcnow()
    now = begin + timedelta(seconds=seconds)
    moment.move(seconds)
    midnight = _midnight_after(_looked or begin)
    while midnight <= now:
        with moment.at_time(midnight):
            ageing.run(midnight)
        midnight += timedelta(days=1)
    _looked = now
    return {"now": f"{now.isoformat()}Z", "ahead": moment.ahead()}


def until_midnight() -> float:
    """Seconds until S3's next midnight, and a little more."""
    now = _now()
    return (_midnight_after(now) - now).total_seconds() + 1


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=moment.ahead())


def _midnight_after(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
