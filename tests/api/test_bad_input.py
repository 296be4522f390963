"""Whatever a caller can send is refused with a code and a field, and nothing is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from .conftest import WISH, is_problem, rows

LONGEST_GROUP = "/aws/lambda/payments" + "x" * 512


def spec(**more: Any) -> dict[str, Any]:
    return {"spec": {**WISH["spec"], **more}}


WINDOW = {"start": "22:00", "end": "05:00", "zone": "Europe/Paris"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "syslogg"}, "/kind"),
        ({"environment": "prod"}, "/environment"),
        ({"team": "nobody"}, "/team"),
        ({"team": "Niemand*é"}, "/team"),
        ({"team": ""}, "/team"),
        ({"team": 7}, "/team"),
        ({"colour": "red"}, "/colour"),
        ({"name": None}, "/name"),
        ({"name": "P"}, "/name"),
        ({"name": "x" * 41}, "/name"),
        ({"name": "a--b"}, "/name"),
        ({"name": "a.b"}, "/name"),
        ({"name": "payments\n"}, "/name"),
        ({"name": "payments-"}, "/name"),
        ({"suspended": "yes"}, "/suspended"),
        ({"drift_policy": {"mode": "always"}}, "/drift_policy/mode"),
        ({"drift_policy": {"every": "PT1S"}}, "/drift_policy/every"),
        ({"drift_policy": {"every": 10**300}}, "/drift_policy/every"),
        ({"drift_policy": {"window": WINDOW | {"zone": "Mars/Olympus"}}}, "/drift_policy/window/zone"),
        ({"drift_policy": {"window": WINDOW | {"start": "25:00"}}}, "/drift_policy/window/start"),
        ({"drift_policy": {"window": WINDOW | {"end": "22:10"}}}, "/drift_policy/window"),
        ({"drift_policy": {"ignore": ["tags", "a[b]"]}}, "/drift_policy/ignore/1/path"),
        ({"drift_policy": {"ignore": [{"path": "tags", "op": "delete"}]}}, "/drift_policy/ignore/0/op"),
        ({"spec": []}, "/spec"),
        ({"spec": {}}, "/spec/log_groups"),
        (spec(retention=1), "/spec/retention"),
        (spec(retention_days=0), "/spec/retention_days"),
        (spec(retention_days=3651), "/spec/retention_days"),
        (spec(retention_days=10**40), "/spec/retention_days"),
        (spec(retention_days="many"), "/spec/retention_days"),
        (spec(retention_days=[[]]), "/spec/retention_days"),
        (spec(tiers=[{"days": 90, "storage_class": "GLACIER_IR"}], retention_days=60), "/spec/tiers"),
        (spec(log_group="/aws/lambda/payments *"), "/spec/log_groups/0"),
        (spec(log_group=""), "/spec/log_groups/0"),
        (spec(log_group=LONGEST_GROUP), "/spec/log_groups/0"),
        (spec(log_group="AWS/lambda"), "/spec/log_groups/0"),
        (spec(log_group="/logflume/default/payments"), "/spec/log_groups/0"),
        (spec(log_group="/orders/a"), "/spec/log_groups/0"),
        (spec(log_group="/aws/lambda/payments\u0000"), "/spec/log_group"),
        (spec(filter_pattern="a\u0000b"), "/spec/filter_pattern"),
        (spec(filter_pattern="\ud800"), "/spec/filter_pattern"),
        (spec(**{"\udfff": 1}), "/spec"),
    ],
)
def test_a_wish_that_breaks_a_rule_names_its_field(
    admin: TestClient, engine: Engine, changed: dict[str, Any], field: str
) -> None:
    before = rows(engine)
    response = admin.post(
        "/v1/sources", content=json.dumps({**WISH, **changed}), headers={"Content-Type": "application/json"}
    )
    problem = is_problem(response, 422, "invalid")
    assert field in [e["field"] for e in problem["errors"]], problem
    assert all(e["message"] for e in problem["errors"])
    assert rows(engine) == before


def test_a_taken_name_is_a_conflict(requester: TestClient, engine: Engine, asked: dict[str, Any]) -> None:
    before = rows(engine)
    assert asked["name"] == WISH["name"]
    is_problem(requester.post("/v1/sources", json=WISH), 409, "name_taken")
    assert rows(engine) == before


NOT_JSON = [
    b"{",
    b"\xff\xfe\x00",
    b'{"name": "\xc3\x28"}',
    b'{"spec": NaN}',
    b'{"spec": Infinity}',
    b"[" * 100_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"spec": ' + b"9" * 5000 + b"}",
    '{"name": "x"}'.encode("utf-16"),
    b"\xef\xbb\xbf{}",
]


@pytest.mark.parametrize("path", ["", "/x", "/x/operations"])
def test_what_is_not_json_is_malformed(requester: TestClient, engine: Engine, path: str) -> None:
    for body in NOT_JSON:
        method = "PUT" if path == "/x" else "POST"
        response = requester.request(
            method, f"/v1/sources{path}", content=body, headers={"Content-Type": "application/json"}
        )
        is_problem(response, 400, "malformed_request")
        assert rows(engine)["audit"] == 0


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "1", "1e999", "true", "{}", '{"spec": 1e999}', ""])
def test_json_of_the_wrong_shape_is_invalid(requester: TestClient, engine: Engine, body: str) -> None:
    response = requester.post("/v1/sources", content=body, headers={"Content-Type": "application/json"})
    is_problem(response, 422, "invalid")
    assert rows(engine)["source"] == 0


def test_a_body_wrong_in_a_thousand_places_gets_a_short_answer(requester: TestClient) -> None:
    wrong = {**WISH, **{f"x{number}": 1 for number in range(1000)}}
    assert len(is_problem(requester.post("/v1/sources", json=wrong), 422, "invalid")["errors"]) == 100


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_256_kib_is_not_read_to_its_end(
    requester: TestClient, engine: Engine, chunked: bool
) -> None:
    chunks = [b" " * 65536] * 5
    content: Any = iter(chunks) if chunked else b"".join(chunks)
    response = requester.post("/v1/sources", content=content, headers={"Content-Type": "application/json"})
    is_problem(response, 413, "body_too_large")
    assert rows(engine)["source"] == 0


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_body_of_another_type_is_refused(requester: TestClient, engine: Engine, kind: str) -> None:
    response = requester.post("/v1/sources", content=json.dumps(WISH), headers={"Content-Type": kind})
    is_problem(response, 415, "wrong_content_type")
    assert rows(engine)["source"] == 0


def test_a_charset_beside_the_type_is_no_other_type(requester: TestClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert requester.post("/v1/sources", content=json.dumps(WISH), headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("operations", {"kind": "\u0000"}),
        ("operations", {"kind": "apply", "reason": "x" * 501}),
        ("operations", {"kind": "apply", "reason": "a\u0000"}),
        ("operations", {"kind": ["apply"]}),
        ("operations", {}),
        ("rollback", {"generation": 10**30}),
        ("rollback", {"generation": True}),
        ("rollback", {"generation": 0}),
        ("purge", {"confirm": 1}),
        ("purge", {"confirm": "x" * 101}),
        ("drift/dismiss", {"paths": []}),
        ("drift/dismiss", {"paths": ["a\ud800"]}),
        ("drift/dismiss", {"paths": {"a": 1}}),
    ],
)
def test_bodies_of_the_other_calls_are_looked_at_too(
    admin: TestClient, engine: Engine, asked: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    before = rows(engine)
    response = admin.post(
        f"/v1/sources/{asked['id']}/{path}",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    is_problem(response, 422, "invalid")
    assert rows(engine) == before
