"""The lease: one holder, a token that only grows, and late writers that bounce."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from service.jobs import leases
from service.jobs.leases import Held, LeaseLost
from service.models import Lease, Source


@pytest.fixture
def source_id(engine: Engine) -> Iterator[str]:
    with Session(engine) as session:
        source = Source(
            name="a", environment="e", kind="cloudwatch", team="t", spec={}, drift_policy={}, created_by="x"
        )
        session.add(source)
        session.commit()
        yield source.id


def take(engine: Engine, source_id: str, holder: str, seconds: float = 60) -> Held | None:
    with Session(engine) as session:
        held = leases.take(session, source_id, holder, seconds)
        session.commit()
    return held


def expire(engine: Engine, source_id: str) -> None:
    with Session(engine) as session:
        session.connection().execute(
            text("UPDATE lease SET expires_at = now() - interval '1 second' WHERE source_id = :id"),
            {"id": source_id},
        )
        session.commit()


def test_a_lease_is_held_by_one(engine: Engine, source_id: str) -> None:
    held = take(engine, source_id, "a")
    assert held is not None
    assert take(engine, source_id, "b") is None


def test_of_many_at_once_one_gets_it(engine: Engine, source_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: take(engine, source_id, f"w{n}"), range(16)))
    assert len([held for held in got if held is not None]) == 1


def test_the_token_grows_with_every_holder(engine: Engine, source_id: str) -> None:
    tokens = []
    for holder in "abc":
        held = take(engine, source_id, holder)
        assert held is not None
        tokens.append(held.token)
        with Session(engine) as session:
            leases.release(session, held)
            session.commit()
    assert tokens == [1, 2, 3]


def test_an_expired_lease_can_be_taken_and_its_holder_writes_nothing(engine: Engine, source_id: str) -> None:
    old = take(engine, source_id, "a")
    assert old is not None
    expire(engine, source_id)
    new = take(engine, source_id, "b")
    assert new is not None
    assert new.token == old.token + 1
    with Session(engine) as session, pytest.raises(LeaseLost):
        leases.fence(session, old)
    with Session(engine) as session, pytest.raises(LeaseLost):
        leases.renew(session, old, 60)
    with Session(engine) as session:
        leases.release(session, old)
        session.commit()
    assert take(engine, source_id, "c") is None, "a late release takes nothing away from the new holder"


def test_an_expired_lease_is_never_revived(engine: Engine, source_id: str) -> None:
    held = take(engine, source_id, "a")
    assert held is not None
    expire(engine, source_id)
    with Session(engine) as session, pytest.raises(LeaseLost):
        leases.renew(session, held, 60)


def test_a_holder_that_was_not_overtaken_may_still_write(engine: Engine, source_id: str) -> None:
    held = take(engine, source_id, "a")
    assert held is not None
    expire(engine, source_id)
    with Session(engine) as session:
        leases.fence(session, held)
        session.commit()


def test_only_a_lease_that_ran_out_is_counted_as_taken_over(engine: Engine, source_id: str) -> None:
    def takeovers() -> int:
        with Session(engine) as session:
            return session.get_one(Lease, source_id).takeovers

    held = take(engine, source_id, "a")
    assert held is not None
    with Session(engine) as session:
        leases.release(session, held)
        session.commit()
    assert take(engine, source_id, "b") is not None
    assert takeovers() == 0, "it was given back"
    expire(engine, source_id)
    assert take(engine, source_id, "c") is not None
    assert takeovers() == 1
