"""The pages on a database of the test's own, without the API and without workers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from service import db
from service.environments import Environment, Environments
from service.models import Source
from service.settings import Settings
from service.web.pages import router
from tests.exposure import build

ORIGIN = "http://127.0.0.1:8400"
Browser = Callable[[str], "Visitor"]


class Visitor:
    """A browser without script: keeps cookies, follows redirects, and sends the hidden fields of the page it is on."""

    def __init__(self, app: FastAPI) -> None:
        self.client = TestClient(app, base_url=ORIGIN, follow_redirects=True)
        self.page = ""

    def get(self, url: str) -> Response:
        """Open a page."""
        response = self.client.get(url)
        self.page = response.text
        return response

    def post(self, url: str, **fields: str) -> Response:
        """Send a form; a keyword `_name` stands for the field `/name`, and two underscores for a slash."""
        named = {
            ("/" + name[1:] if name[0] == "_" else name).replace("__", "/"): value
            for name, value in fields.items()
        }
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', self.page)
        hidden = {"form_token": token[1]} if token else {}
        response = self.client.post(url, data=hidden | named, headers={"Sec-Fetch-Site": "same-origin"})
        self.page = response.text
        return response


@pytest.fixture
def environment() -> Environment:
    """Two accounts, and a team that may ship its own functions' logs."""
    account = {
        "region": "eu-west-3",
        "external_id": "not-a-secret",
    }
    accounts = {
        part: account
        | {
            "account_id": number,
            "role_arn": f"arn:aws:iam::{number}:role/logflume/logflume-deploy",
            "boundary_arn": f"arn:aws:iam::{number}:policy/logflume/logflume-boundary",
        }
        for part, number in (("production", "111111111111"), ("log", "222222222222"))
    }
    teams = {"payments": {"log_groups": ["/aws/lambda/payments*"]}, "orders": {"log_groups": ["/orders/*"]}}
    return Environment.model_validate({"name": "default", "teams": teams, **accounts})


@pytest.fixture
def app(engine: Engine, environment: Environment, tmp_path: Path) -> FastAPI:
    """The pages in sandbox mode."""
    made = FastAPI()
    made.state.settings = Settings(home=tmp_path)
    made.state.engine = engine
    made.state.environments = Environments({"default": environment})
    made.include_router(router)
    return made


@pytest.fixture
def browser_of(app: FastAPI) -> Browser:
    """`browser_of("dev-admin")` has signed in with that token; `browser_of("")` has not."""

    def made(token: str) -> Visitor:
        visitor = Visitor(app)
        if token:
            visitor.post("/login", token=token)
        return visitor

    return made


@pytest.fixture
def requester(browser_of: Browser) -> Visitor:
    """Signed in as the requester of team payments."""
    return browser_of("dev-requester")


@pytest.fixture
def asked(engine: Engine, requester: Visitor) -> Source:
    """A source that the requester has asked for on the pages."""
    requester.get("/sources/new")
    response = requester.post("/sources/new", **wish())
    with db.session(engine) as session:
        source = session.get(Source, response.url.path.rpartition("/")[2])
    assert source is not None, response.text
    return source


@pytest.fixture
def stood(engine: Engine, asked: Source, environment: Environment) -> str:
    """The id of that source, after a worker has built it."""
    with db.session(engine) as session:
        build.built(session, session.get_one(Source, asked.id), environment)
    return asked.id


def wish(**changed: str) -> dict[str, str]:
    """The fields of a form that is right."""
    right = {
        "_name": "payments-api",
        "_environment": "default",
        "_team": "payments",
        "_spec__log_groups": "/aws/lambda/payments",
        "_spec__retention_days": "400",
        "_spec__format": "lines",
        "_spec__buffer_seconds": "60",
        "_spec__buffer_mib": "5",
        "intent": "save",
    }
    return right | changed
