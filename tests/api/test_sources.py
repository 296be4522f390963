"""Sources over REST: ask, read, change, retire, restore, purge, and what is refused on the way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from .conftest import WISH, As, end, is_problem, rows


def test_a_wish_is_answered_with_what_was_stored(requester: TestClient, engine: Engine) -> None:
    response = requester.post("/v1/sources", json=WISH)
    body = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/sources/{body['id']}")
    assert response.headers["etag"] == '"1"'
    assert body["spec"]["log_groups"] == ["/aws/lambda/payments"]
    assert body["drift_policy"] == {"mode": "report", "every": "PT6H", "ignore": []}
    assert (body["generation"], body["created_by"], body["suspended"]) == (1, "dev-requester", False)
    assert (body["status"]["phase"], body["status"]["observed_generation"]) == ("pending", 0)
    assert body["status"]["operation"]["kind"] == "apply"
    again = requester.get(response.headers["location"])
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, body, '"1"')
    assert rows(engine)["procrastinate_jobs"] == 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_dry_run_tells_everything_and_stores_nothing(
    requester: TestClient, engine: Engine, asked: dict[str, Any], method: str
) -> None:
    before = rows(engine)
    bad = {**WISH, "name": "other", "spec": {"log_group": "/orders/x", "retention_days": 10}}
    path, headers = "/v1/sources", {}
    if method == "PUT":
        bad["name"] = WISH["name"]
        path, headers = f"/v1/sources/{asked['id']}", {"If-Match": '"1"'}
    response = requester.request(method, path, params={"dry_run": "true"}, json=bad, headers=headers)
    found = {(f["severity"], f["code"]) for f in response.json()["findings"]}
    assert response.status_code == 200
    assert {("ERROR", "log_group_not_allowed"), ("WARNING", "short_retention")} <= found
    assert rows(engine) == before


def test_what_get_shows_can_be_put_back(requester: TestClient, asked: dict[str, Any], engine: Engine) -> None:
    read = requester.get(f"/v1/sources/{asked['id']}")
    before = rows(engine)
    same = requester.put(
        f"/v1/sources/{asked['id']}", json=read.json(), headers={"If-Match": read.headers["etag"]}
    )
    assert (same.status_code, same.json(), same.headers["etag"]) == (200, read.json(), '"1"')
    assert "location" not in same.headers
    assert rows(engine) == before
    edited = read.json() | {"spec": {**read.json()["spec"], "retention_days": 500}}
    changed = requester.put(
        f"/v1/sources/{asked['id']}", json=edited, headers={"If-Match": read.headers["etag"]}
    )
    assert (changed.status_code, changed.headers["etag"]) == (202, '"2"')
    operation = requester.get(changed.headers["location"]).json()
    assert (operation["kind"], operation["generation"], operation["source_id"]) == ("apply", 2, asked["id"])
    first = requester.get(f"/v1/operations/{asked['status']['operation']['id']}").json()
    assert first["state"] == "superseded"


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 428, "precondition_required"),
        ('"7"', 412, "stale_wish"),
        ('W/"1"', 412, "stale_wish"),
        ("1", 412, "stale_wish"),
        ("", 412, "stale_wish"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_names_the_version_that_it_changes(
    requester: TestClient,
    engine: Engine,
    asked: dict[str, Any],
    method: str,
    if_match: str | None,
    status: int,
    code: str,
) -> None:
    before = rows(engine)
    headers = {} if if_match is None else {"If-Match": if_match}
    body = {"spec": WISH["spec"]} if method == "PUT" else None
    response = requester.request(method, f"/v1/sources/{asked['id']}", json=body, headers=headers)
    is_problem(response, status, code)
    assert rows(engine) == before


@pytest.mark.parametrize("if_match", ["*", '"7", "1"', ' "1" '])
def test_any_and_one_of_several_versions_match(
    requester: TestClient, asked: dict[str, Any], if_match: str
) -> None:
    spec = {**WISH["spec"], "retention_days": 401}
    response = requester.put(
        f"/v1/sources/{asked['id']}", json={"spec": spec}, headers={"If-Match": if_match}
    )
    assert response.status_code == 202


def test_the_etag_stays_while_the_status_moves(
    requester: TestClient, asked: dict[str, Any], engine: Engine
) -> None:
    end(engine, asked["status"]["operation"]["id"], phase="ready", observed_generation=1)
    read = requester.get(f"/v1/sources/{asked['id']}")
    assert (read.json()["status"]["phase"], read.headers["etag"]) == ("ready", '"1"')


@pytest.mark.parametrize(("field", "value"), [("name", "other"), ("environment", "prod"), ("kind", "syslog")])
def test_what_makes_a_source_the_one_it_is_cannot_change(
    requester: TestClient, asked: dict[str, Any], field: str, value: str
) -> None:
    response = requester.put(
        f"/v1/sources/{asked['id']}",
        json={"spec": WISH["spec"], field: value},
        headers={"If-Match": "*"},
    )
    assert [e["field"] for e in is_problem(response, 422, "invalid")["errors"]] == [f"/{field}"]


def test_a_source_is_retired_restored_and_purged_by_two(
    requester: TestClient, operator: TestClient, admin: TestClient, asked: dict[str, Any], engine: Engine
) -> None:
    path = f"/v1/sources/{asked['id']}"
    retired = requester.delete(path, headers={"If-Match": '"1"'})
    assert (retired.status_code, retired.headers["etag"]) == (202, '"2"')
    assert requester.get(retired.headers["location"]).json()["kind"] == "retire"
    is_problem(requester.post("/v1/sources", json=WISH), 409, "name_taken")
    is_problem(requester.put(path, json={"spec": {}}, headers={"If-Match": "*"}), 409, "wrong_phase")
    restored = requester.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["generation"]) == (202, 3)
    assert requester.get(restored.headers["location"]).json()["kind"] == "apply"
    is_problem(requester.post(f"{path}/restore"), 409, "wrong_phase")
    is_problem(operator.post(f"{path}/purge", json={"confirm": "payments-api"}), 409, "wrong_phase")

    assert requester.delete(path, headers={"If-Match": "*"}).status_code == 202
    is_problem(requester.post(f"{path}/purge", json={"confirm": "payments-api"}), 403, "forbidden")
    is_problem(operator.post(f"{path}/purge", json={"confirm": "payments"}), 422, "invalid")
    purge = operator.post(f"{path}/purge", json={"confirm": "payments-api"})
    where = purge.headers["location"]
    assert (purge.status_code, purge.json()["state"]) == (202, "awaiting_approval")
    print_ = {"fingerprint": purge.json()["fingerprint"]}
    is_problem(operator.post(f"{where}/approve", json=print_), 403, "forbidden")
    is_problem(admin.post(f"{where}/approve", json={"fingerprint": "other"}), 409, "stale_approval")
    approved = admin.post(f"{where}/approve", json=print_)
    assert (approved.status_code, approved.json()["state"]) == (202, "queued")
    is_problem(admin.post(f"{where}/approve", json=print_), 409, "wrong_phase")
    end(engine, purge.json()["id"], desired="purged", phase="purged")
    assert requester.post("/v1/sources", json=WISH).status_code == 202


def test_an_older_wish_comes_back_as_a_new_generation(requester: TestClient, asked: dict[str, Any]) -> None:
    path = f"/v1/sources/{asked['id']}"
    spec = {**WISH["spec"], "retention_days": 500}
    requester.put(path, json={"spec": spec}, headers={"If-Match": "*"})
    back = requester.post(f"{path}/rollback", json={"generation": 1})
    assert (back.status_code, back.json()["generation"], back.json()["spec"]) == (202, 3, asked["spec"])
    kept = requester.get(f"{path}/generations").json()["items"]
    assert [(g["generation"], g["spec"]["retention_days"]) for g in kept] == [(3, 400), (2, 500), (1, 400)]
    assert requester.post(f"{path}/rollback", json={"generation": 1}).status_code == 200
    is_problem(requester.post(f"{path}/rollback", json={"generation": 9}), 422, "invalid")
    is_problem(requester.post(f"{path}/rollback", json={"generation": "1"}), 422, "invalid")


def test_drift_is_dismissed_until_the_value_moves(
    operator: TestClient, asked: dict[str, Any], engine: Engine
) -> None:
    change = {"urn": "u", "op": "update", "properties": [{"path": "policy", "old": "a", "new": "b"}]}
    drifted = [
        {
            "type": "Drifted",
            "status": "True",
            "reason": "ChangedByHand",
            "message": "",
            "last_transition_time": "t",
        }
    ]
    found = {"checked_at": "t", "drifted": True, "changes": [change]}
    end(engine, asked["status"]["operation"]["id"], drift=found, conditions=drifted)
    path = f"/v1/sources/{asked['id']}"
    problem = is_problem(operator.post(f"{path}/drift/dismiss", json={"paths": ["x"]}), 422, "invalid")
    assert problem["errors"][0]["field"] == "/paths/0"
    response = operator.post(f"{path}/drift/dismiss", json={"paths": ["policy"]})
    assert (response.status_code, response.json()["drifted"]) == (200, False)
    assert operator.get(f"{path}/stack").json()["drift"]["drifted"] is False
    assert operator.get(path).json()["status"]["conditions"][0]["status"] == "False"


def test_the_list_is_stable_and_goes_on_where_it_stopped(admin: TestClient) -> None:
    for name in ("c-c", "a-a", "b-b"):
        assert admin.post("/v1/sources", json={**WISH, "name": name}).status_code == 202
    first = admin.get("/v1/sources", params={"limit": 2}).json()
    rest = admin.get("/v1/sources", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [s["name"] for s in first["items"] + rest["items"]] == ["a-a", "b-b", "c-c"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"environment": "default"}, 1),
        ({"environment": "other"}, 0),
        ({"name": "payments-api"}, 1),
        ({"kind": "cloudwatch", "team": "payments"}, 1),
        ({"team": "orders"}, 0),
        ({"phase": "pending"}, 1),
        ({"phase": "ready"}, 0),
        ({"condition": "Ready=True"}, 0),
        ({"q": "LAMBDA/pay"}, 1),
        ({"q": "%"}, 0),
    ],
)
def test_filters_leave_out_the_rest(
    requester: TestClient, asked: dict[str, Any], query: dict[str, str], found: int
) -> None:
    assert asked["id"]
    assert len(requester.get("/v1/sources", params=query).json()["items"]) == found


SENSELESS = [
    "limit=201",
    "limit=0",
    "limit=x",
    "limit=99999999999999999999999",
    "nmae=x",
    "cursor=zzz",
    "cursor=%00",
    "cursor=%C3%A9",
    "cursor=WzEsMl0",
    "kind=%00",
    "state=none&phase=none",
]


@pytest.mark.parametrize("path", ["/v1/sources", "/v1/operations"])
def test_a_question_that_cannot_be_meant_is_refused(as_: As, path: str) -> None:
    for query in SENSELESS:
        problem = is_problem(as_("dev-viewer").get(f"{path}?{query}"), 422, "invalid")
        assert all(e["field"].startswith("/query/") for e in problem["errors"])


def test_the_stack_is_the_stored_observation(
    requester: TestClient, asked: dict[str, Any], engine: Engine
) -> None:
    path = f"/v1/sources/{asked['id']}/stack"
    before = rows(engine)
    empty = requester.get(path).json()
    assert (empty["stack"], empty["generation"], empty["resources"]) == (f"source-{asked['id']}", 0, [])
    assert empty["drift"] == {"checked_at": None, "drifted": False, "changes": []}
    stack = {
        "generation": 1,
        "updated_at": "t",
        "outputs": {"token": "[secret]"},
        "resources": [{"urn": "u"}],
    }
    end(engine, asked["status"]["operation"]["id"], stack=stack)
    assert stack.items() <= requester.get(path).json().items()
    assert rows(engine)["procrastinate_jobs"] == before["procrastinate_jobs"]


NOWHERE = ["none", "00000000-0000-0000-0000-000000000000", "%00", "%ff", "x" * 3000]


@pytest.mark.parametrize("part", ["", "/stack", "/operations", "/generations"])
def test_a_source_that_is_not_there_is_not_found(as_: As, part: str) -> None:
    for name in NOWHERE:
        is_problem(as_("dev-viewer").get(f"/v1/sources/{name}{part}"), 404, "not_found")


def test_nobody_writes_to_another_teams_source(
    as_: As, admin: TestClient, requester: TestClient, engine: Engine
) -> None:
    theirs = {**WISH, "name": "orders", "team": "orders", "spec": {"log_group": "/orders/a"}}
    made = admin.post("/v1/sources", json=theirs).json()
    path, before = f"/v1/sources/{made['id']}", rows(engine)
    for client in (requester, as_("dev-viewer"), as_("dev-operator")):
        is_problem(client.post("/v1/sources", json={**theirs, "name": "more"}), 403, "forbidden")
        is_problem(client.put(path, json=made, headers={"If-Match": "*"}), 403, "forbidden")
        is_problem(client.delete(path, headers={"If-Match": "*"}), 403, "forbidden")
        is_problem(client.post(f"{path}/rollback", json={"generation": 1}), 403, "forbidden")
        is_problem(client.post(f"{path}/restore"), 403, "forbidden")
    is_problem(requester.post(f"{path}/operations", json={"kind": "apply"}), 403, "forbidden")
    assert requester.get(path).status_code == 200
    assert rows(engine) == before


def test_the_catalogue_says_what_can_be_asked_for_and_no_secret(as_: As) -> None:
    viewer = as_("dev-viewer")
    kind = viewer.get("/v1/kinds").json()[0]
    assert kind["name"] == "cloudwatch"
    assert "retention_days" in kind["spec_schema"]["properties"]
    assert kind["defaults"]["retention_days"] == 400
    environments = viewer.get("/v1/environments")
    assert environments.json()[0]["production"] == {"account_id": "111111111111", "region": "eu-west-3"}
    assert "secret-external-id" not in environments.text
    assert "logflume-deploy" not in environments.text
