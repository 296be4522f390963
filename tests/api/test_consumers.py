"""Who reads a source, and the text that they paste."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.consumers.readings import outputs

from .conftest import As, end, is_problem


@pytest.fixture
def built(engine: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    """A source whose stack has the consumers siem and old; the environment names siem and lake."""
    made = outputs("siem", "elastic")
    made["consumers"] |= outputs("old", "splunk")["consumers"]
    end(engine, asked["status"]["operation"]["id"], stack={"outputs": made})
    return asked


def listed(client: TestClient, source: dict[str, Any]) -> dict[str, Any]:
    response = client.get(f"/v1/sources/{source['id']}/consumers")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_built_ones_and_those_to_come_and_to_go_are_told_apart(
    requester: TestClient, built: dict[str, Any]
) -> None:
    body = listed(requester, built)

    assert body["types"] == ["splunk", "elastic", "vector", "fluentd"]
    assert {item["name"]: (item["type"], item["status"]) for item in body["items"]} == {
        "lake": ("vector", "pending"),
        "old": ("splunk", "leaving"),
        "siem": ("elastic", "ready"),
    }


def test_each_has_its_queue_dead_letters_and_role_and_its_text(
    requester: TestClient, built: dict[str, Any]
) -> None:
    lake, _, siem = listed(requester, built)["items"]

    assert siem["queue_arn"] == "arn:aws:sqs:eu-west-3:222222222222:logflume-trail-0123456789-siem"
    assert siem["dead_letters_url"] == siem["queue_url"] + "-dlq"
    assert siem["role_arn"].endswith(":role/logflume/trail-0123456789-siem")
    text = requester.get(siem["text"])
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert f'queue_url: "{siem["queue_url"]}"' in text.text
    assert (lake["queue_url"], lake["text"]) == (None, None)


def test_before_anything_is_built_all_are_pending(requester: TestClient, asked: dict[str, Any]) -> None:
    assert {item["status"] for item in listed(requester, asked)["items"]} == {"pending"}


def test_a_retired_source_waits_for_none(requester: TestClient, built: dict[str, Any]) -> None:
    requester.delete(f"/v1/sources/{built['id']}", headers={"If-Match": "*"})

    assert "lake" not in {item["name"] for item in listed(requester, built)["items"]}


def test_a_text_is_found_by_type_too(requester: TestClient, built: dict[str, Any]) -> None:
    path = f"/v1/sources/{built['id']}/consumers"

    assert requester.get(f"{path}/elastic").text == requester.get(f"{path}/siem").text


def test_what_is_not_there_is_told_with_what_is(requester: TestClient, built: dict[str, Any]) -> None:
    path = f"/v1/sources/{built['id']}/consumers"

    for asked in ("vector", "lake", "nobody"):
        body = is_problem(requester.get(f"{path}/{asked}"), 404, "not_found")
        assert "old (splunk), siem (elastic)" in body["detail"]
    is_problem(requester.get("/v1/sources/none/consumers/siem"), 404, "not_found")


def test_of_two_of_a_type_one_is_asked_for_by_name(
    requester: TestClient, engine: Engine, asked: dict[str, Any]
) -> None:
    made = outputs("east", "vector")
    made["consumers"] |= outputs("west", "vector")["consumers"]
    end(engine, asked["status"]["operation"]["id"], stack={"outputs": made})
    path = f"/v1/sources/{asked['id']}/consumers"

    assert "by name: east, west" in is_problem(requester.get(f"{path}/vector"), 404, "not_found")["detail"]
    assert "-west" in requester.get(f"{path}/west").text


def test_the_text_is_text_for_whoever_takes_text(requester: TestClient, built: dict[str, Any]) -> None:
    path = f"/v1/sources/{built['id']}/consumers/siem"

    assert requester.get(path, headers={"Accept": "text/plain"}).status_code == 200
    is_problem(requester.get(path, headers={"Accept": "application/json"}), 406, "not_acceptable")


def test_no_answer_holds_an_external_id(as_: As, built: dict[str, Any]) -> None:
    admin, path = as_("dev-admin"), f"/v1/sources/{built['id']}/consumers"

    for url in (path, f"{path}/siem", f"{path}/old", "/v1/environments"):
        response = admin.get(url)
        assert response.status_code == 200
        assert "secret-external-id" not in response.text


def test_nobody_reads_without_a_token(as_: As, built: dict[str, Any]) -> None:
    for path in ("consumers", "consumers/siem"):
        is_problem(as_("").get(f"/v1/sources/{built['id']}/{path}"), 401, "unauthorized")
