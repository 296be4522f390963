"""The whole app on a database of the test's own, without workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from service import db
from service.app import create_app
from service.environments import Environments
from service.models import Operation, Source, now
from service.settings import Settings

ENVIRONMENTS = """
[environments.default]
[environments.default.production]
account_id = "111111111111"
region = "eu-west-3"
role_arn = "arn:aws:iam::111111111111:role/logflume/logflume-deploy"
external_id = "secret-external-id"
boundary_arn = "arn:aws:iam::111111111111:policy/logflume/logflume-boundary"
[environments.default.log]
account_id = "222222222222"
region = "eu-west-3"
role_arn = "arn:aws:iam::222222222222:role/logflume/logflume-deploy"
external_id = "secret-external-id"
boundary_arn = "arn:aws:iam::222222222222:policy/logflume/logflume-boundary"
[[environments.default.consumers]]
name = "siem"
type = "elastic"
principal = "arn:aws:iam::333333333333:role/siem"
external_id = "secret-external-id"
[[environments.default.consumers]]
name = "lake"
type = "vector"
principal = "arn:aws:iam::333333333333:role/lake"
external_id = "secret-external-id"
[environments.default.teams.payments]
log_groups = ["/aws/lambda/payments*", "AWS/*", "aws/*", "/logflume/*"]
[environments.default.teams.orders]
log_groups = ["/orders/*"]
"""
WISH: dict[str, Any] = {
    "name": "payments-api",
    "environment": "default",
    "kind": "cloudwatch",
    "team": "payments",
    "spec": {"log_group": "/aws/lambda/payments", "retention_days": 400},
}
TABLES = (
    "source",
    "generation",
    "operation",
    "operation_event",
    "procrastinate_jobs",
    "idempotency_key",
    "audit",
)
As = Callable[[str], TestClient]


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    """One environment with two teams, read from its file."""
    path = tmp_path / "environments.toml"
    path.write_text(ENVIRONMENTS)
    return Environments.load(path)


@pytest.fixture
def app(engine: Engine, environments: Environments, tmp_path: Path) -> FastAPI:
    """The app in sandbox mode."""
    return create_app(Settings(home=tmp_path), engine, environments)


@pytest.fixture
def as_(app: FastAPI) -> Iterator[As]:
    """`as_("dev-admin")` calls with that token, `as_("")` with none."""
    with ExitStack() as open_clients:

        def made(token: str) -> TestClient:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            client = TestClient(app, headers=headers, raise_server_exceptions=False)
            open_clients.callback(client.close)
            return client

        yield made


@pytest.fixture
def requester(as_: As) -> TestClient:
    """Calls as the requester of team payments."""
    return as_("dev-requester")


@pytest.fixture
def operator(as_: As) -> TestClient:
    """Calls as an operator."""
    return as_("dev-operator")


@pytest.fixture
def admin(as_: As) -> TestClient:
    """Calls as an administrator."""
    return as_("dev-admin")


@pytest.fixture
def asked(requester: TestClient) -> dict[str, Any]:
    """A source that was asked for, as it was answered."""
    response = requester.post("/v1/sources", json=WISH)
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json()
    return body


def rows(engine: Engine) -> dict[str, int]:
    """How many rows each table holds that a request may write."""
    with engine.connect() as connection:
        return {
            table: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names
            for table in TABLES
        }


def end(engine: Engine, operation_id: str, state: str = "succeeded", **source: Any) -> None:
    """What a worker would write when an operation has ended, and fields of its source."""
    from service import events

    with db.session(engine) as session:
        operation = session.get_one(Operation, operation_id)
        operation.state, operation.finished_at = state, now()
        session.add(operation)
        events.add(session, operation_id, state, "It has ended.")
        row = session.get_one(Source, operation.source_id)
        for name, value in source.items():
            setattr(row, name, value)
        session.add(row)


def is_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a problem, which says the same as its status line."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    assert isinstance(body["errors"], list)
    return body
