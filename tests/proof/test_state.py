"""What is told of a proof, by how far it has come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.proof.state import Marked, Proof

SENT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return SENT + timedelta(seconds=seconds)


def proof(*marks: Marked, replica: str | None = "copy") -> Proof:
    return Proof(bucket="store", replica=replica, queue="q-proof", sent=SENT, marks=list(marks))


def arrived(seconds: float, **more: datetime) -> Marked:
    return Marked(front=f"/g/{seconds}", mark="m", key=f"k{seconds}", arrived=at(seconds), **more)


def legs(found: Proof) -> dict[str, tuple[str, float | None]]:
    return {leg.name: (leg.state, leg.seconds) for leg in found.legs()}


def test_the_slowest_mark_says_how_long_a_leg_took() -> None:
    found = proof(
        arrived(60, announced=at(61), copied=at(90)), arrived(70, announced=at(70.5), copied=at(75))
    )
    assert legs(found) == {
        "sent": ("passed", None),
        "bucket": ("passed", 70),
        "announced": ("passed", 1),
        "replica": ("passed", 30),
    }
    assert (found.over, found.seconds()) == (True, 90)
    assert [leg.where for leg in found.legs()][3] == ["copy/k60", "copy/k70"]


def test_one_mark_that_is_missing_keeps_a_leg_waiting() -> None:
    found = proof(arrived(60, announced=at(61)), Marked(front="/g/2", mark="n"))
    assert legs(found)["bucket"] == ("waiting", None)
    assert (found.over, found.seconds()) == (False, None)
    found.broken = "bucket"
    assert legs(found)["bucket"] == ("broken", None)


def test_a_store_without_a_copy_has_no_leg_for_it() -> None:
    found = proof(arrived(60, announced=at(60)), replica=None)
    assert "replica" not in legs(found)
    assert found.over


def test_nothing_is_waited_for_where_nothing_could_be_sent() -> None:
    found = Proof(bucket="store", replica=None, queue="q-proof", provable=False)
    assert {state for state, _ in legs(found).values()} == {"not_provable"}
    assert not found.over


def test_clocks_that_differ_make_no_negative_seconds() -> None:
    assert legs(proof(arrived(-3, announced=at(-4), copied=at(-3))))["bucket"] == ("passed", 0.0)


def test_how_far_it_came_is_the_same_after_the_database() -> None:
    found = proof(arrived(60, announced=at(61)))
    found.looked.append("k")
    assert Proof.model_validate(found.model_dump(mode="json")) == found
