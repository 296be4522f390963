"""What holds for every call: who is asked for a token, methods, content types, headers, problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from service import db
from service.app import create_app
from service.auth import SANDBOX_TOKENS, create_token, revoke_token
from service.db import engine_for
from service.environments import Environments
from service.models import now
from service.settings import Settings

from .conftest import WISH, As, is_problem

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs", "/login"])
def test_some_addresses_are_open_to_everybody(as_: As, path: str) -> None:
    response = as_("").get(path)
    assert response.status_code == 200
    assert response.headers["x-logflume-sandbox"] == "1"


def test_every_call_of_the_api_wants_a_token(app: FastAPI, as_: As) -> None:
    nobody, seen = as_(""), 0
    for path, calls in app.openapi()["paths"].items():
        for method in calls:
            if path.startswith("/v1/"):
                response = nobody.request(method, path.replace("{", "").replace("}", ""))
                is_problem(response, 401, "unauthorized")
                assert response.headers["www-authenticate"].startswith("Bearer")
                seen += 1
    assert seen > 20


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer  ",
        "Bearer nobody",
        "Basic ZGV2OmRldg==",
        "Bearer dev-admin dev-admin",
        "dev-admin",
    ],
)
def test_a_bad_token_is_nobody(as_: As, header: str) -> None:
    is_problem(as_("").get("/v1/sources", headers={"Authorization": header}), 401, "unauthorized")


def test_a_token_works_until_it_is_revoked_or_expires(as_: As, engine: Engine) -> None:
    with db.session(engine) as session:
        token = create_token(session, "pipeline", "requester", "payments")
    assert as_(token).post("/v1/sources", json=WISH).json()["created_by"] == "pipeline"
    with db.session(engine) as session:
        assert revoke_token(session, "pipeline")
    is_problem(as_(token).get("/v1/sources"), 401, "unauthorized")
    with db.session(engine) as session:
        late = create_token(session, "late", "viewer", None, now())
    is_problem(as_(late).get("/v1/sources"), 401, "unauthorized")


def test_outside_the_sandbox_its_tokens_do_not_exist(
    engine: Engine, environments: Environments, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "mode": "aws",
            "environments_file": tmp_path / "environments.toml",
            "passphrase": "p",
        }
    )
    client = TestClient(create_app(settings, engine, environments))
    for token in SANDBOX_TOKENS:
        response = client.get("/v1/sources", headers={"Authorization": f"Bearer {token}"})
        is_problem(response, 401, "unauthorized")
        assert "x-logflume-sandbox" not in response.headers


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/sources/", "/v2/sources"])
def test_an_unknown_address_is_a_problem(requester: TestClient, path: str) -> None:
    is_problem(requester.get(path), 404, "not_found")


def test_a_browser_gets_a_page_for_an_unknown_address(as_: As) -> None:
    response = as_("").get("/nothing", headers={"Accept": BROWSER})
    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "not_found" in response.text
    is_problem(as_("").get("/v1/nothing", headers={"Accept": BROWSER}), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PATCH", "/v1/sources/x", {"GET"}), ("DELETE", "/v1/kinds", {"GET"}), ("OPTIONS", "/healthz", {"GET"})],
)
def test_a_wrong_method_names_the_right_ones(
    requester: TestClient, method: str, path: str, allowed: set[str]
) -> None:
    response = requester.request(method, path)
    is_problem(response, 405, "method_not_allowed")
    assert allowed <= {name.strip() for name in response.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "path", ["/healthz", "/v1/sources", "/v1/kinds", "/login", "/v1/sources/x", "/nothing"]
)
def test_head_is_get_without_its_body(requester: TestClient, path: str) -> None:
    asked, read = requester.head(path), requester.get(path)
    assert (asked.status_code, asked.content) == (read.status_code, b"")
    assert asked.headers["content-type"] == read.headers["content-type"]


def test_head_of_a_story_that_goes_on_ends(requester: TestClient, asked: dict[str, Any]) -> None:
    response = requester.head(f"/v1/operations/{asked['status']['operation']['id']}/events")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html", 406),
        ("image/*, text/plain", 406),
        ("application/json;q=0", 406),
        ("text/event-stream", 406),
        ("*/*, application/json;q=0", 200),
        ("application/*", 200),
        ("application/problem+json", 200),
        ("text/html, */*;q=0.1", 200),
        ("nonsense;;q=,", 406),
        ("", 200),
    ],
)
def test_who_takes_no_json_is_told_that_there_is_nothing_else(
    requester: TestClient, accept: str, status: int
) -> None:
    response = requester.get("/v1/sources", headers={"Accept": accept})
    if status == 200:
        assert response.status_code == 200
    else:
        is_problem(response, 406, "not_acceptable")


def test_every_code_has_an_address_that_explains_it(as_: As) -> None:
    nobody = as_("")
    told = nobody.get("/problems/stale_wish").json()
    assert (told["status"], told["title"]) == (412, "The source has changed")
    assert "If-Match" in told["meaning"]
    page = nobody.get("/problems/stale_wish", headers={"Accept": BROWSER})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    is_problem(nobody.get("/problems/none"), 404, "not_found")


def test_a_request_keeps_its_id_where_it_can_be_kept(requester: TestClient) -> None:
    assert requester.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert requester.get("/healthz", headers={"X-Request-ID": "a b;"}).headers["x-request-id"] != "a b;"


def test_a_database_that_is_away_is_503_and_worth_another_try(
    environments: Environments, tmp_path: Path
) -> None:
    away = engine_for("postgresql://nobody@127.0.0.1:1/none")
    client = TestClient(create_app(Settings(home=tmp_path), away, environments))
    headers = {"Authorization": "Bearer dev-admin"}
    for response in (
        client.get("/v1/sources", headers=headers),
        client.post("/v1/sources", json=WISH, headers=headers),
    ):
        is_problem(response, 503, "unavailable")
        assert int(response.headers["retry-after"]) > 0
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, False)


def test_a_database_of_another_version_is_not_ready(as_: As, engine: Engine) -> None:
    assert as_("").get("/readyz").json() == {
        "ready": True,
        "checks": {"database": True, "migrations": True, "queue": True},
    }
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert as_("").get("/readyz").json()["checks"] == {"database": True, "migrations": False, "queue": True}


def test_the_reference_lists_every_call_and_loads_nothing_from_elsewhere(app: FastAPI, as_: As) -> None:
    page = as_("").get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert all(path in page for path in app.openapi()["paths"])
