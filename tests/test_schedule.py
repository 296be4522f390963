"""When sources are looked at: spread over the interval, inside the window, by the clock on the wall."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.drift_policy import DriftPolicy, Window
from service.schedule import next_check, next_proof, share_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
)

# Both changes of the clocks of several years are among these.
moments = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m)
)
everies = st.timedeltas(timedelta(minutes=5), timedelta(days=30)).map(
    lambda d: timedelta(seconds=d // timedelta(seconds=1))
)
ids = st.uuids().map(str)
clocks = st.integers(0, 24 * 60 - 1).map(lambda m: f"{m // 60:02}:{m % 60:02}")


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, length = draw(st.integers(0, 24 * 60 - 1)), draw(st.integers(30, 24 * 60 - 1))
    end = (start + length) % (24 * 60)
    return Window(
        start=f"{start // 60:02}:{start % 60:02}",
        end=f"{end // 60:02}:{end % 60:02}",
        zone=draw(st.sampled_from(ZONES)),
    )


def check(policy: DriftPolicy, source_id: str, last: datetime, now: datetime) -> datetime:
    at = next_check(policy, source_id, last, now)
    assert at is not None
    return at


@given(everies, ids, moments)
def test_a_check_comes_half_an_interval_to_one_and_a_half_after_the_last(
    every: timedelta, source_id: str, last: datetime
) -> None:
    at = check(DriftPolicy(every=every), source_id, last, last)
    assert last + every / 2 <= at < last + every * 3 / 2


@given(everies, ids, moments, st.floats(0, 0.49))
def test_a_source_that_is_looked_at_when_due_is_looked_at_once_in_each_interval(
    every: timedelta, source_id: str, last: datetime, late: float
) -> None:
    policy = DriftPolicy(every=every)
    first = check(policy, source_id, last, last)
    second = check(policy, source_id, first + late * every, first)
    assert second == first + every, "being late for one moves none of those after it"


def test_checks_of_a_fleet_are_spread_over_the_interval() -> None:
    policy = DriftPolicy(every=6 * HOUR)
    rng = range(1200)
    made = [check(policy, str(uuid.uuid5(uuid.NAMESPACE_DNS, str(n))), NOW, NOW) for n in rng]
    by_hour = [sum(NOW + (3 + n) * HOUR <= at < NOW + (4 + n) * HOUR for at in made) for n in range(6)]
    assert sum(by_hour) == len(made)
    assert max(by_hour) < 1.3 * len(made) / 6, by_hour
    assert min(by_hour) > 0.7 * len(made) / 6, by_hour


def test_where_nobody_looks_no_check_is_due() -> None:
    assert next_check(DriftPolicy(mode="off"), "a", NOW, NOW) is None


@given(windows(), everies, ids, moments, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_in_a_window_a_check_is_due_when_it_is_open_and_never_else(
    window: Window, every: timedelta, source_id: str, last: datetime, later: timedelta
) -> None:
    policy, now = DriftPolicy(every=every, window=window), last + later
    at = check(policy, source_id, last, now)
    if at <= now:
        assert window.contains(now)
        assert at >= last + every / 2
    else:
        assert window.contains(at)
        assert at < max(now, last + every * 3 / 2) + timedelta(days=3)


@given(windows(), moments)
def test_a_window_opens_at_its_start_by_the_clock_on_the_wall(window: Window, after: datetime) -> None:
    opening = window.opening(after)
    assert opening > after
    assert window.contains(opening)
    wall = opening.astimezone(ZoneInfo(window.zone))
    minutes = wall.hour * 60 + wall.minute
    late = (minutes - int(window.start[:2]) * 60 - int(window.start[3:])) % (24 * 60)
    assert late <= 60, "an hour later where the clocks skip the start"


@given(windows(), moments)
def test_a_window_is_open_by_the_clock_on_the_wall_alone(window: Window, moment: datetime) -> None:
    wall = moment.astimezone(ZoneInfo(window.zone)).strftime("%H:%M")
    inside = (
        window.start <= wall < window.end
        if window.start < window.end
        else wall >= window.start or wall < window.end
    )
    assert window.contains(moment) is inside


PARIS: dict[str, Any] = {"zone": "Europe/Paris"}


@pytest.mark.parametrize(
    ("window", "after", "opens"),
    [
        # An ordinary night, before and while it is open.
        ({"start": "22:00", "end": "05:00"}, "2026-11-24T12:00Z", "2026-11-24T21:00Z"),
        ({"start": "22:00", "end": "05:00"}, "2026-11-24T22:00Z", "2026-11-25T21:00Z"),
        # The night of 29 March 2026 has no 02:00 to 03:00: what starts there starts when the skipped half hour is over.
        ({"start": "02:30", "end": "05:00"}, "2026-03-28T12:00Z", "2026-03-29T01:30Z"),
        # What lies there altogether is not open that night.
        ({"start": "02:00", "end": "02:45"}, "2026-03-28T12:00Z", "2026-03-30T00:00Z"),
        # The night of 25 October 2026 has 02:00 to 03:00 twice: it opens with the first.
        ({"start": "02:30", "end": "05:00"}, "2026-10-24T12:00Z", "2026-10-25T00:30Z"),
    ],
)
def test_a_window_on_the_nights_when_the_clocks_are_changed(
    window: dict[str, str], after: str, opens: str
) -> None:
    found = Window(**window, **PARIS).opening(datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(opens)


@given(st.lists(ids, min_size=2, max_size=2, unique=True))
def test_each_source_has_a_place_of_its_own(pair: list[str]) -> None:
    one, other = map(share_of, pair)
    assert 0 <= one < 1
    assert one != other


@given(ids, everies, moments)
def test_a_proof_comes_half_an_interval_to_one_and_a_half_after_the_last(
    source_id: str, every: timedelta, last: datetime
) -> None:
    wait = next_proof(every, source_id, last) - last
    assert every / 2 <= wait <= every * 3 / 2 + timedelta(seconds=1)


def test_the_proofs_of_a_fleet_are_spread_over_the_interval() -> None:
    due = [next_proof(24 * HOUR, str(uuid.UUID(int=n)), NOW) for n in range(600)]
    by_hour = [sum((at - NOW) // HOUR == hour for at in due) for hour in range(12, 36)]
    assert sum(by_hour) == 600
    assert max(by_hour) < 60
