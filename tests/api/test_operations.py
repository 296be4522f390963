"""Operations over REST, and their story as it is told."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from service import db, events
from service.api import operations as api
from service.errors import Unavailable
from service.models import Operation

from .conftest import As, end, is_problem, rows

JSON = {"Accept": "application/json"}


@pytest.fixture
def first(asked: dict[str, Any]) -> str:
    """Path of the first apply."""
    return f"/v1/operations/{asked['status']['operation']['id']}"


def story(response: Any) -> list[tuple[int, str]]:
    """Id and name of each event of a stream."""
    told = []
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        data = json.loads(lines["data"])
        assert (int(lines["id"]), lines["event"]) == (data["id"], data["name"])
        told.append((data["id"], data["name"]))
    return told


@pytest.mark.parametrize("kind", ["preview", "apply", "check", "repair"])
def test_an_operation_is_asked_for_and_found_again(
    requester: TestClient, asked: dict[str, Any], kind: str
) -> None:
    path = f"/v1/sources/{asked['id']}/operations"
    response = requester.post(path, json={"kind": kind, "reason": "because"})
    body = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/operations/{body['id']}")
    assert (body["kind"], body["state"], body["reason"], body["attempt"]) == (kind, "queued", "because", 0)
    assert requester.get(response.headers["location"]).json() == body
    newest, *_ = requester.get(path).json()["items"]
    assert newest["id"] == body["id"]


@pytest.mark.parametrize("kind", ["retire", "purge", "destroy", ""])
def test_what_cannot_be_asked_for_is_refused_with_what_can(
    requester: TestClient, asked: dict[str, Any], engine: Engine, kind: str
) -> None:
    before = rows(engine)
    response = requester.post(f"/v1/sources/{asked['id']}/operations", json={"kind": kind})
    error = is_problem(response, 422, "invalid")["errors"][0]
    assert error["field"] == "/kind"
    assert "preview, apply, check, repair" in error["message"]
    assert rows(engine) == before


def test_a_retired_source_is_checked_and_not_applied(requester: TestClient, asked: dict[str, Any]) -> None:
    requester.delete(f"/v1/sources/{asked['id']}", headers={"If-Match": "*"})
    path = f"/v1/sources/{asked['id']}/operations"
    assert requester.post(path, json={"kind": "check"}).status_code == 202
    is_problem(requester.post(path, json={"kind": "apply"}), 409, "wrong_phase")


def test_lists_leave_the_plan_out(requester: TestClient, first: str, engine: Engine) -> None:
    with db.session(engine) as session:
        operation = session.get_one(Operation, first.rpartition("/")[2])
        operation.plan, operation.fingerprint = [{"urn": "u", "op": "create", "properties": []}], "f"
        session.add(operation)
    assert requester.get(first).json()["plan"][0]["urn"] == "u"
    assert requester.get("/v1/operations").json()["items"][0]["plan"] is None


def test_operations_are_listed_newest_first_and_filtered(
    requester: TestClient, asked: dict[str, Any]
) -> None:
    path = f"/v1/sources/{asked['id']}/operations"
    made = [requester.post(path, json={"kind": "check"}).json()["id"] for _ in range(3)]
    query: dict[str, Any] = {"source": asked["id"], "kind": "check", "state": "queued", "limit": 2}
    page = requester.get("/v1/operations", params=query).json()
    rest = requester.get("/v1/operations", params=query | {"cursor": page["next_cursor"]}).json()
    assert [o["id"] for o in page["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert requester.get("/v1/operations", params={"state": "failed"}).json()["items"] == []


NOWHERE = ["x", "00000000-0000-0000-0000-000000000000", "%00"]


@pytest.mark.parametrize("call", ["", "/events", "/cancel", "/approve", "/reject"])
def test_an_operation_that_is_not_there_is_not_found(admin: TestClient, call: str) -> None:
    for name in NOWHERE:
        method = "GET" if call in ("", "/events") else "POST"
        body = {"/approve": {"fingerprint": "f"}, "/reject": {"reason": "r"}}.get(call)
        is_problem(admin.request(method, f"/v1/operations/{name}{call}", json=body), 404, "not_found")


def test_what_waits_is_cancelled_at_once_and_only_once(
    as_: As, operator: TestClient, first: str, engine: Engine
) -> None:
    is_problem(as_("dev-requester").post(f"{first}/cancel"), 403, "forbidden")
    response = operator.post(f"{first}/cancel")
    assert (response.status_code, response.json()["state"]) == (202, "cancelled")
    before = rows(engine)
    problem = is_problem(operator.post(f"{first}/cancel"), 409, "not_cancellable")
    assert problem["operation_id"] == first.rpartition("/")[2]
    assert rows(engine) == before


def test_what_runs_is_asked_to_stop(operator: TestClient, first: str, engine: Engine) -> None:
    with db.session(engine) as session:
        operation = session.get_one(Operation, first.rpartition("/")[2])
        operation.state = "running"
        session.add(operation)
    assert operator.post(f"{first}/cancel").json()["state"] == "running"
    with db.session(engine) as session:
        assert session.get_one(Operation, first.rpartition("/")[2]).cancel_requested_by == "dev-operator"


def test_a_rejected_plan_is_refused_for_good(
    requester: TestClient, operator: TestClient, first: str, engine: Engine
) -> None:
    is_problem(operator.post(f"{first}/reject", json={"reason": "no"}), 409, "wrong_phase")
    with db.session(engine) as session:
        operation = session.get_one(Operation, first.rpartition("/")[2])
        operation.state, operation.fingerprint = "awaiting_approval", "f"
        session.add(operation)
    is_problem(requester.post(f"{first}/reject", json={"reason": "no"}), 403, "forbidden")
    is_problem(operator.post(f"{first}/approve", json={"fingerprint": "g"}), 409, "stale_approval")
    response = operator.post(f"{first}/reject", json={"reason": "too much"})
    assert (response.status_code, response.json()["state"]) == (200, "rejected")
    told = requester.get(f"{first}/events", headers=JSON).json()["items"][-1]
    assert (told["name"], told["message"]) == ("rejected", "Rejected by dev-operator. too much")


def test_a_story_that_is_over_is_told_to_its_end_and_resumed(
    requester: TestClient, first: str, engine: Engine
) -> None:
    end(engine, first.rpartition("/")[2])
    whole = requester.get(f"{first}/events")
    assert whole.headers["content-type"].startswith("text/event-stream")
    assert whole.headers["cache-control"] == "no-store"
    assert story(whole) == [(1, "queued"), (2, "succeeded")]
    assert story(requester.get(f"{first}/events", headers={"Last-Event-ID": "1"})) == [(2, "succeeded")]
    for beyond in ("2", "99", "99999999999999999999"):
        response = requester.get(f"{first}/events", headers={"Last-Event-ID": beyond})
        assert (response.status_code, response.content) == (204, b"")
    for odd in ("-1", "x", "", "\u00b2"):
        headers = {"Last-Event-ID": odd.encode("latin-1")}
        assert story(requester.get(f"{first}/events", headers=headers))[0] == (1, "queued")  # type: ignore[arg-type]  # the client takes bytes, too
    listed = requester.get(f"{first}/events", headers=JSON).json()["items"]
    assert [(line["id"], line["name"]) for line in listed] == story(whole)


def test_a_story_goes_on_while_it_is_read_and_ends_with_the_operation(
    requester: TestClient, first: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.05)
    looked = threading.Event()
    look = api._look

    def told(*arguments: Any) -> Any:
        seen = look(*arguments)
        looked.set()
        return seen

    monkeypatch.setattr(api, "_look", told)

    def work() -> None:
        assert looked.wait(20)
        with db.session(engine) as session:
            events.add(session, first.rpartition("/")[2], events.RESOURCE, "created Bucket", urn="u")
        end(engine, first.rpartition("/")[2])

    worker = threading.Thread(target=work)
    worker.start()
    response = requester.get(f"{first}/events")
    worker.join(20)
    spoken = response.text.replace(": still here\n\n", "")
    response._content = spoken.encode()
    assert story(response) == [(1, "queued"), (2, "resource"), (3, "succeeded")]


def test_one_story_too_many_is_told_to_come_back(
    requester: TestClient, as_: As, first: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_STREAMS", 1)
    monkeypatch.setattr(api, "POLL_SECONDS", 0.05)
    looked = threading.Event()
    look = api._look

    def told(*arguments: Any) -> Any:
        looked.set()
        return look(*arguments)

    monkeypatch.setattr(api, "_look", told)
    follower = threading.Thread(target=requester.get, args=(f"{first}/events",))
    follower.start()
    assert looked.wait(20)
    other = as_("dev-viewer")
    refused = other.get(f"{first}/events")
    assert is_problem(refused, 429, "too_many_requests")
    assert refused.headers["retry-after"] == "5"
    assert other.get(f"{first}/events", headers=JSON).status_code == 200
    end(engine, first.rpartition("/")[2])
    follower.join(20)
    assert story(other.get(f"{first}/events")) == [(1, "queued"), (2, "succeeded")]


def test_a_long_story_loses_no_line(
    requester: TestClient, first: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_LINES", 2)
    monkeypatch.setattr(api, "POLL_SECONDS", 0.01)
    operation_id = first.rpartition("/")[2]
    with db.session(engine) as session:
        for number in range(5):
            events.add(session, operation_id, events.RESOURCE, f"line\n{number}")
    end(engine, operation_id)
    assert [number for number, _ in story(requester.get(f"{first}/events"))] == [1, 2, 3, 4, 5, 6, 7]


def test_a_stream_ends_when_the_database_goes_away(
    requester: TestClient, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([True, False])
    look = api._look

    def fails(*arguments: Any) -> Any:
        if next(looks):
            return look(*arguments)
        raise Unavailable("away")

    monkeypatch.setattr(api, "_look", fails)
    monkeypatch.setattr(api, "POLL_SECONDS", 0.01)
    assert story(requester.get(f"{first}/events")) == [(1, "queued")]
