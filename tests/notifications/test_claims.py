"""Deliveries are claimed by one sender at a time, and forgotten when nobody waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, text

from service.notices import Notice
from service.notifications import claims
from service.notifications.sender import Sender
from tests.notifications.conftest import START, Clock, Receiver, deliveries, ids, notice, store


def test_two_senders_never_have_the_same_one_at_hand(engine: Engine, sender: Sender) -> None:
    """Both claim at the same time, over and over; each delivery is handed over by one of them, once."""
    handed: list[str] = []
    both = threading.Barrier(2)

    def hand_over(_: Any, told: Notice, *__: Any) -> None:
        handed.append(told.id)

    def run(one: Sender) -> int:
        both.wait(10)
        return one.round()

    store(engine, *(notice(id=one) for one in ids(60)))
    senders = [
        Sender(engine, sender.environments, sender.settings, sender.clock, hand_over) for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        tries = list(pool.map(run, senders))
    assert sorted(handed) == ids(60)
    assert sum(tries) == 60


def test_a_row_that_another_holds_is_passed_over(engine: Engine, sender: Sender, clock: Clock) -> None:
    first, second = ids(2)
    store(engine, notice(id=first), notice(id=second))
    claims.sort(engine, sender.environments)
    with engine.connect() as other:
        other.execute(text("SELECT 1 FROM notice_delivery WHERE notice_id = :id FOR UPDATE"), {"id": first})
        claimed = claims.claim(engine, clock())
        assert claimed is not None
        assert claimed.notice.id == second
        assert claims.claim(engine, clock()) is None


def test_what_a_dead_sender_had_is_sent_by_another_and_the_dead_one_is_not_believed(
    engine: Engine, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    store(engine, notice())
    claims.sort(engine, sender.environments)
    lost = claims.claim(engine, clock())
    assert lost is not None
    assert sender.round() == 0, "it is at somebody's hand"
    clock.pass_(seconds=claims.CLAIM.total_seconds())
    receiver.answers = [500]
    assert sender.round() == 1
    claims.delivered(engine, lost, clock())
    (row,) = deliveries(engine)
    assert (row.state, row.attempts, row.last_error) == ("pending", 2, "the receiver answered 500")


def test_old_notices_are_forgotten_but_not_those_on_their_way(
    engine: Engine, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    first, second = ids(2)
    store(engine, notice(id=first))
    sender.round()
    receiver.answers = [500]
    store(engine, notice(id=second))
    sender.round()
    assert claims.prune(engine, START) == 0
    clock.pass_(days=sender.settings.notice_days, seconds=1)
    sender._prune()
    assert [row.notice_id for row in deliveries(engine)] == [second]
