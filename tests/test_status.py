"""What a source is and what to do next, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.status import (
    PRIORITY,
    Ask,
    Decision,
    Facts,
    Queued,
    Rest,
    Run,
    Transition,
    Wait,
    decide,
    mark_ready,
    mark_reconciling,
    mark_stalled,
    observe,
    phase_of,
    retry_at,
    transitions,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def op(
    id: str, state: str = "queued", kind: str = "apply", priority: int = 40, age: int = 0, **more: Any
) -> Queued:
    return Queued(id, kind, state, priority, NOW - timedelta(seconds=age), **more)


def facts(*operations: Queued, **more: Any) -> Facts:
    known: dict[str, Any] = {
        "desired": "active",
        "suspended": False,
        "wish": "w2",
        "observed_wish": "w1",
        "failed_wish": None,
    }
    return Facts(**(known | more), operations=operations)


MOVED = "the wish, its environment or the program has changed"
TIME = "it is time to look for changes made by hand"
FOUND = "something was changed by hand"


@pytest.mark.parametrize(
    ("given_facts", "decision"),
    [
        (facts(op("a")), Run("a")),
        (facts(op("old", age=9), op("new")), Run("old")),
        (facts(op("check", priority=0, age=9), op("user")), Run("user")),
        (facts(op("a", not_before=LATER)), Wait(LATER)),
        (facts(op("a", not_before=LATER), op("b")), Run("b")),
        (facts(op("a", not_before=LATER, cancel=True)), Run("a")),
        (facts(op("orphan", state="running"), op("user")), Run("orphan")),
        (facts(op("a", state="awaiting_approval")), Rest()),
        (facts(), Ask("apply", "the wish, its environment or the program has changed")),
        (facts(desired="retired"), Ask("retire", "the wish, its environment or the program has changed")),
        (facts(desired="purged"), Rest()),
        (facts(suspended=True), Rest()),
        (facts(op("a"), suspended=True), Run("a")),
        (facts(observed_wish="w2"), Rest()),
        (facts(failed_wish="w2"), Rest()),
        (facts(given_up=True), Rest()),
        (facts(given_up=True, desired="retired"), Rest()),
        (facts(op("asked"), given_up=True), Run("asked")),
        (facts(failed_wish="w1"), Ask("apply", "the wish, its environment or the program has changed")),
        # Looking and putting back.
        (facts(check_at=NOW), Ask("apply", MOVED)),
        (facts(observed_wish="w2", check_at=NOW), Ask("check", TIME)),
        (facts(observed_wish="w2", check_at=LATER), Rest()),
        (facts(failed_wish="w2", check_at=NOW), Ask("check", TIME)),
        (facts(given_up=True, check_at=NOW), Ask("check", TIME)),
        (facts(desired="retired", observed_wish="w2", check_at=NOW), Ask("check", TIME)),
        (facts(desired="purged", observed_wish="w2", check_at=NOW), Rest()),
        (facts(suspended=True, observed_wish="w2", check_at=NOW, repair_at=NOW), Rest()),
        (facts(op("user"), observed_wish="w2", check_at=NOW), Run("user")),
        (facts(op("a", not_before=LATER), observed_wish="w2", check_at=NOW), Wait(LATER)),
        (facts(observed_wish="w2", check_at=NOW, repair_at=NOW), Ask("repair", FOUND)),
        (facts(observed_wish="w2", check_at=NOW, repair_at=LATER), Ask("check", TIME)),
        (facts(repair_at=NOW), Ask("apply", MOVED)),
        (facts(op("a", state="awaiting_approval"), observed_wish="w2", check_at=NOW), Ask("check", TIME)),
        (facts(op("a", state="awaiting_approval"), observed_wish="w2", repair_at=NOW), Rest()),
        (facts(op("a", state="awaiting_approval", stale=True)), Ask("apply", MOVED)),
        (facts(op("a", state="awaiting_approval", stale=True), op("b", state="awaiting_approval")), Rest()),
    ],
)
def test_the_decision_follows_from_the_facts(given_facts: Facts, decision: Decision) -> None:
    assert decide(given_facts, NOW) == decision


operations = st.builds(
    Queued,
    id=st.text(min_size=1, max_size=3),
    kind=st.sampled_from(["apply", "check", "retire"]),
    state=st.sampled_from(["queued", "running", "awaiting_approval"]),
    priority=st.sampled_from(sorted(PRIORITY.values())),
    queued_at=st.datetimes(timezones=st.just(UTC)),
    not_before=st.none() | st.datetimes(timezones=st.just(UTC)),
    cancel=st.booleans(),
    stale=st.booleans(),
)


due = st.none() | st.sampled_from([NOW, LATER])


@given(st.lists(operations, max_size=5, unique_by=lambda o: o.id), due, due, st.sampled_from(["w1", "w2"]))
def test_nothing_is_started_that_is_not_due(
    given_operations: list[Queued], check_at: datetime | None, repair_at: datetime | None, observed: str
) -> None:
    known = facts(*given_operations, check_at=check_at, repair_at=repair_at, observed_wish=observed)
    decision = decide(known, NOW)
    if isinstance(decision, Run):
        chosen = next(o for o in given_operations if o.id == decision.operation_id)
        assert chosen.state in ("queued", "running")
        assert (
            chosen.state == "running"
            or chosen.cancel
            or chosen.not_before is None
            or chosen.not_before <= NOW
        )
    if isinstance(decision, Ask):
        waiting = [o for o in given_operations if not o.stale]
        assert all(o.state == "awaiting_approval" for o in given_operations)
        assert not waiting or decision.kind == "check", (
            "no work is made up while somebody's operation is alive"
        )
        assert decision.kind != "check" or check_at == NOW
        assert decision.kind != "repair" or repair_at == NOW


marks = st.sampled_from([mark_ready, mark_reconciling, mark_stalled])


@given(st.lists(marks, min_size=1, max_size=8))
def test_no_sequence_of_marks_stores_an_impossible_mix(sequence: list[Any]) -> None:
    conditions: list[dict[str, Any]] = []
    for step, mark in enumerate(sequence):
        conditions = mark(conditions, "Reason", "message", NOW + timedelta(seconds=step))
    status = {c["type"]: c["status"] for c in conditions}
    assert not (status["Reconciling"] == "True" and status["Stalled"] == "True")
    assert not (status["Ready"] == "True" and status["Stalled"] == "True")
    assert len(conditions) == len(status) == 3


def test_the_transition_time_moves_with_the_status_alone() -> None:
    first = mark_ready([], "Applied", "one", NOW)
    second = mark_ready(first, "Applied", "two", LATER)
    assert [c["last_transition_time"] for c in second] == [NOW.isoformat()] * 3
    assert {c["message"] for c in second if c["type"] == "Ready"} == {"two"}
    third = mark_stalled(second, "AwsInvalid", "no", LATER)
    ready = next(c for c in third if c["type"] == "Ready")
    assert (ready["status"], ready["last_transition_time"]) == ("False", LATER.isoformat())


def test_an_observation_stands_beside_the_triple() -> None:
    conditions = observe(
        mark_ready([], "Applied", "", NOW), "Drifted", True, "ChangedByHand", "bucket", LATER
    )
    assert {c["type"]: c["status"] for c in conditions} == {
        "Drifted": "True",
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
    }


def test_a_transition_is_a_status_that_moved() -> None:
    clean = observe([], "Drifted", False, "InSync", "", NOW)
    drifted = observe(clean, "Drifted", True, "ChangedByHand", "bucket", LATER)
    told_again = observe(drifted, "Drifted", True, "RepairedTooOften", "bucket and key", LATER)
    assert transitions([], clean) == (Transition("Drifted", None, "False", "InSync", ""),)
    assert transitions(clean, drifted) == (Transition("Drifted", "False", "True", "ChangedByHand", "bucket"),)
    assert transitions(drifted, told_again) == ()


READY, STALLED = mark_ready([], "r", "", NOW), mark_stalled([], "r", "", NOW)
BUSY = mark_reconciling(READY, "r", "", NOW)


@pytest.mark.parametrize(
    ("desired", "conditions", "generation", "live", "phase"),
    [
        ("active", [], 0, ["apply"], "pending"),
        ("active", BUSY, 1, ["apply"], "reconciling"),
        ("active", READY, 1, [], "ready"),
        ("active", STALLED, 1, [], "stalled"),
        ("retired", BUSY, 1, ["retire"], "retiring"),
        ("retired", READY, 2, [], "retired"),
        ("retired", STALLED, 2, [], "stalled"),
        ("retired", READY, 2, ["purge"], "purging"),
        ("purged", READY, 2, [], "purged"),
    ],
)
def test_the_phase_is_one_word_for_it(
    desired: str, conditions: list[dict[str, Any]], generation: int, live: list[str], phase: str
) -> None:
    assert phase_of(desired, conditions, generation, live) == phase


def test_retries_wait_twice_as_long_each_time() -> None:
    assert [(retry_at(NOW, n, 5) - NOW).total_seconds() for n in (1, 2, 3)] == [5, 10, 20]
