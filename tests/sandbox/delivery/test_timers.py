"""Errands with a period: run when they are due, on a clock of AWS time."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from service.sandbox.delivery.timers import Timers

WITHIN = 10.0
HOUR = 3600.0


@pytest.fixture
def ran() -> queue.Queue[str]:
    """What has run."""
    return queue.Queue()


@pytest.fixture
def timers() -> Iterator[Timers]:
    """An hour of AWS time takes a hundredth of a second."""
    made = Timers(lambda errand: errand(), HOUR * 100)
    made.start()
    yield made
    made.close()


def test_an_errand_runs_again_and_again_until_it_is_cancelled(timers: Timers, ran: queue.Queue[str]) -> None:
    timers.every("a", HOUR, lambda: ran.put("a"))
    assert [ran.get(timeout=WITHIN) for _ in range(3)] == ["a", "a", "a"]
    timers.cancel("a")
    timers.every("b", HOUR, lambda: ran.put("b"))
    while ran.get(timeout=WITHIN) != "b":
        pass  # An errand of before the cancellation may still have been on its way.
    assert [ran.get(timeout=WITHIN) for _ in range(3)] == ["b", "b", "b"]


def test_another_period_takes_the_place_of_the_one_before(ran: queue.Queue[str]) -> None:
    now = [0.0]
    timers = Timers(lambda errand: errand(), 1.0, clock=lambda: now[0])
    timers.every("a", HOUR, lambda: ran.put("hourly"))
    now[0] = HOUR / 2
    timers.every("a", HOUR, lambda: ran.put("hourly, again"))
    timers.every("b", HOUR, lambda: ran.put("of b"))
    timers.every("b", 2 * HOUR, lambda: ran.put("of b, slower"))
    now[0] = HOUR
    timers.start()
    # Asking again had not put it off, and the slower one is not due.
    assert ran.get(timeout=WITHIN) == "hourly"
    timers.close()
    assert ran.empty()
