"""The same key and the same request get the same answer; two at once do not both count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from service import db, idempotency, sources
from service.models import IdempotencyKey, now

from .conftest import WISH, As, is_problem, rows

KEY = {"Idempotency-Key": "k-1"}


def test_the_same_request_gets_the_same_answer_and_is_stored_once(
    requester: TestClient, engine: Engine
) -> None:
    first = requester.post("/v1/sources", json=WISH, headers=KEY)
    before = rows(engine)
    spaced = {name: WISH[name] for name in reversed(WISH)}
    again = requester.post("/v1/sources", json=spaced, headers=KEY)
    assert (again.status_code, again.json()) == (202, first.json())
    assert {again.headers[name] for name in ("location", "etag")} == {
        first.headers[name] for name in ("location", "etag")
    }
    assert rows(engine) == before


def test_another_request_with_the_key_is_refused(requester: TestClient, engine: Engine) -> None:
    made = requester.post("/v1/sources", json=WISH, headers=KEY).json()
    before = rows(engine)
    other = requester.post("/v1/sources", json={**WISH, "name": "other"}, headers=KEY)
    is_problem(other, 422, "idempotency_key_reused")
    elsewhere = requester.post(f"/v1/sources/{made['id']}/operations", json={"kind": "apply"}, headers=KEY)
    is_problem(elsewhere, 422, "idempotency_key_reused")
    assert rows(engine) == before


def test_a_key_belongs_to_its_caller(requester: TestClient, admin: TestClient) -> None:
    requester.post("/v1/sources", json=WISH, headers=KEY)
    other = admin.post("/v1/sources", json={**WISH, "name": "other"}, headers=KEY)
    assert (other.status_code, other.json()["name"]) == (202, "other")


def test_a_key_is_free_again_after_a_day(requester: TestClient, engine: Engine) -> None:
    requester.post("/v1/sources", json=WISH, headers=KEY)
    with db.session(engine) as session:
        session.connection().execute(
            text("UPDATE idempotency_key SET created_at = :then"),
            {"then": now() - idempotency.KEPT - timedelta(seconds=1)},
        )
    assert requester.post("/v1/sources", json={**WISH, "name": "other"}, headers=KEY).status_code == 202
    assert rows(engine)["idempotency_key"] == 1


def test_a_refused_request_leaves_its_key_free(requester: TestClient, engine: Engine) -> None:
    wrong = {**WISH, "spec": {"log_group": "/orders/a"}}
    is_problem(requester.post("/v1/sources", json=wrong, headers=KEY), 422, "invalid")
    assert rows(engine)["idempotency_key"] == 0
    assert requester.post("/v1/sources", json=WISH, headers=KEY).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_kept_is_refused(requester: TestClient, engine: Engine, key: str) -> None:
    response = requester.post("/v1/sources", json=WISH, headers={"Idempotency-Key": key})
    assert is_problem(response, 422, "invalid")["errors"][0]["field"] == "/header/Idempotency-Key"
    assert rows(engine)["source"] == 0


def test_an_operation_is_asked_for_once_too(requester: TestClient, asked: dict[str, Any]) -> None:
    path = f"/v1/sources/{asked['id']}/operations"
    first, again = (requester.post(path, json={"kind": "check"}, headers=KEY) for _ in range(2))
    assert (first.status_code, first.headers["location"]) == (202, again.headers["location"])


def test_a_second_request_does_not_wait_for_the_first(
    as_: As, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, go_on = Event(), Event()
    request = sources.request

    def slow(*arguments: Any) -> Any:
        made = request(*arguments)
        stored.set()
        assert go_on.wait(20)
        return made

    monkeypatch.setattr(sources, "request", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(as_("dev-requester").post, "/v1/sources", json=WISH, headers=KEY)
        assert stored.wait(20)
        second = as_("dev-requester").post("/v1/sources", json=WISH, headers=KEY)
        go_on.set()
        assert first.result(20).status_code == 202
    is_problem(second, 409, "idempotency_key_in_use")
    assert int(second.headers["retry-after"]) > 0
    third = as_("dev-requester").post("/v1/sources", json=WISH, headers=KEY)
    assert third.json() == first.result().json()
    with db.session(engine) as session:
        assert session.get_one(IdempotencyKey, _only_key(engine)).status == 202
    assert rows(engine)["source"] == 1


def _only_key(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT id FROM idempotency_key")).scalar_one())
