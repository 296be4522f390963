"""Each notice reaches each receiver that wants it, however often that fails and however many senders there are."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from service.notifications import claims
from service.notifications.sender import Sender
from service.notifications.undelivered import Undelivered
from tests.notifications.conftest import (
    KEY,
    START,
    Clock,
    Receiver,
    deliveries,
    environments,
    ids,
    notice,
    store,
)

TWO = """
[[environments.default.notifications]]
name = "payments"
type = "slack"
url_from = "env:TEST_NOTIFY_URL"
teams = ["payments"]
[[environments.default.notifications]]
name = "drift"
type = "slack"
url_from = "env:TEST_NOTIFY_URL"
events = ["source.drifted"]
"""


def test_a_notice_arrives_signed_and_once(engine: Engine, sender: Sender, receiver: Receiver) -> None:
    store(engine, notice())
    assert (sender.round(), sender.round()) == (1, 0)

    ((_, headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mark}"
    assert headers["webhook-id"] == json.loads(body)["id"] == notice().id
    assert headers["webhook-timestamp"] == str(int(START.timestamp()))
    (row,) = deliveries(engine)
    assert (row.state, row.attempts, row.next_at, row.last_error) == ("delivered", 1, None, None)


def test_what_fails_is_tried_again_under_the_same_id_and_a_new_time(
    engine: Engine, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [500, 503, 200]
    store(engine, notice())
    sender.round()
    (row,) = deliveries(engine)
    assert (row.state, row.attempts, row.last_error) == ("pending", 1, "the receiver answered 500")
    assert row.next_at == START + claims.WAITS[0]

    clock.pass_(seconds=4.9)
    assert sender.round() == 0
    clock.pass_(seconds=0.1)
    sender.round()
    clock.pass_(seconds=30)
    sender.round()
    (row,) = deliveries(engine)
    assert (row.state, row.attempts, row.last_error) == ("delivered", 3, None)
    assert {headers["webhook-id"] for _, headers, _ in receiver.got} == {notice().id}
    times = [int(headers["webhook-timestamp"]) - int(START.timestamp()) for _, headers, _ in receiver.got]
    assert times == [0, 5, 35]


def test_it_is_given_up_after_the_last_try_within_a_bounded_time(
    engine: Engine, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [500] * 50
    store(engine, notice())
    for _ in range(50):
        sender.round()
        (row,) = deliveries(engine)
        if row.next_at is None:
            break
        clock.at = row.next_at
    assert (row.state, row.attempts, len(receiver.got)) == ("failed", 10, 10)
    assert clock.at - START == sum(claims.WAITS, timedelta()) < timedelta(hours=17)
    assert row.ended_at == clock.at


def test_410_ends_it_at_once(engine: Engine, sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [410]
    store(engine, notice())
    sender.round()
    (row,) = deliveries(engine)
    assert (row.state, row.attempts) == ("failed", 1)


def test_a_missing_secret_is_told_and_found_when_it_is_there(
    engine: Engine, sender: Sender, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    monkeypatch.delenv("TEST_NOTIFY_SECRET")
    store(engine, notice())
    sender.round()
    assert deliveries(engine)[0].last_error == "env:TEST_NOTIFY_SECRET is empty or not set"
    monkeypatch.setenv("TEST_NOTIFY_SECRET", secret)
    clock.pass_(seconds=5)
    sender.round()
    assert deliveries(engine)[0].state == "delivered"


def test_each_subscription_hears_of_its_teams_and_events_alone(
    engine: Engine, sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    sender.environments = environments(tmp_path, TWO)
    first, second, third, fourth = ids(4)
    store(
        engine,
        notice(id=first),
        notice(id=second, team="orders"),
        notice(id=third, team="orders", event="source.drifted"),
        notice(id=fourth, environment="gone"),
    )
    sender.round()
    assert [(row.notice_id, row.subscription) for row in deliveries(engine)] == [
        (first, "payments"),
        (third, "drift"),
    ]
    assert len(receiver.got) == 2


def test_a_subscription_made_later_is_not_told_of_what_was(
    engine: Engine, sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    configured, sender.environments = sender.environments, environments(tmp_path, "")
    store(engine, notice())
    sender.round()
    sender.environments = configured
    sender.round()
    assert (receiver.got, deliveries(engine)) == ([], [])


def test_a_subscription_that_is_gone_gets_nothing_more(
    engine: Engine, sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    store(engine, notice())
    claims.sort(engine, sender.environments)
    sender.environments = environments(tmp_path, TWO)
    sender.round()
    (row,) = deliveries(engine)
    assert (row.state, row.last_error, receiver.got) == ("failed", "it is not configured any more", [])


def test_a_broken_receiver_is_left_alone_and_holds_up_nobody(
    engine: Engine, sender: Sender, clock: Clock, tmp_path: Path
) -> None:
    sender.environments = environments(tmp_path, TWO.replace('events = ["source.drifted"]', ""))
    tried: list[str] = []

    def hand_over(subscription: Any, *_: Any) -> None:
        tried.append(subscription.name)
        if subscription.name == "drift":
            raise Undelivered("it is away")

    sender.send = hand_over
    store(engine, *(notice(id=one) for one in ids(5)))
    sender.round()
    assert Counter(tried) == {"payments": 5, "drift": 1}
    clock.pass_(seconds=5)
    sender.round()
    assert Counter(tried)["drift"] == 2, "the one that was tried, not those that wait behind it"
    clock.pass_(seconds=claims.REST.total_seconds())
    assert sender.round() == 1


def test_a_fault_of_ours_is_told_without_its_text(engine: Engine, sender: Sender) -> None:
    def fault(*_: Any) -> None:
        raise KeyError("whsec_secret")

    sender.send = fault
    store(engine, notice())
    with capture_logs() as lines:
        sender.round()
    (row,) = deliveries(engine)
    assert (row.state, row.last_error) == ("pending", "a fault of logflume: KeyError")
    assert "whsec_secret" not in repr(lines)


def test_no_secret_is_logged_or_stored(
    engine: Engine, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [500, 200]
    store(engine, notice())
    with capture_logs() as lines:
        sender.round()
        clock.pass_(seconds=5)
        sender.round()
    with engine.connect() as connection:
        stored = [*connection.execute(text("SELECT * FROM notice, notice_delivery, notice_count"))]
    kept = repr(lines) + repr(stored)
    assert [line["event"] for line in lines] == ["notice.not_delivered", "notice.delivered"]
    for secret in (receiver.url, base64.b64encode(KEY).decode()):
        assert secret not in kept


def test_a_sender_that_is_to_stop_takes_nothing_more(engine: Engine, sender: Sender) -> None:
    store(engine, *(notice(id=one) for one in ids(3)))
    answers = [False, False, True]
    assert sender.round(lambda: answers.pop(0)) < 3
    assert [row.state for row in deliveries(engine)].count("pending") >= 1
