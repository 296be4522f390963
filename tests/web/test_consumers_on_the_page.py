"""A source's page says who is told of its logs, and gives each of them something to paste."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import col, update

from programs.store.spec import Consumer
from service import db
from service.environments import Environment, Environments
from service.models import Source
from tests.consumers.readings import outputs

from .conftest import Browser, Visitor


@pytest.fixture
def configured(app: FastAPI, environment: Environment) -> None:
    """The environment names the consumers siem and lake."""
    principal = "arn:aws:iam::333333333333:role/reader"
    consumers = [
        Consumer(name=name, type=type_, principal=principal, external_id=external)
        for name, type_, external in (("siem", "splunk", None), ("lake", "vector", "handed-over-in-person"))
    ]
    changed = environment.model_copy(update={"consumers": tuple(consumers)})
    app.state.environments = Environments({"default": changed})


@pytest.fixture
def built(engine: Engine, configured: None, asked: Source) -> Source:  # noqa: ARG001 - what the environment says comes first
    """A source whose stack has siem, and a copy."""
    stack = {"outputs": outputs("siem", "splunk") | {"replica_bucket": "the-copy", "stream": "the-stream"}}
    with db.session(engine) as session:
        session.exec(update(Source).where(col(Source.id) == asked.id).values(stack=stack))
    return asked


def reader(page: str, name: str) -> str:
    """The part of the page about one consumer."""
    found = re.search(rf'<article class="reader" aria-label="{name}">(.*?)</article>', page, re.S)
    assert found, f"{name} is not on the page"
    return found[1]


def test_each_consumer_has_its_queue_and_the_way_to_its_text(requester: Visitor, built: Source) -> None:
    page = requester.get(f"/sources/{built.id}").text

    siem, lake = reader(page, "siem"), reader(page, "lake")
    assert "Splunk Add-on for AWS" in siem
    assert "Reads" in siem
    assert "/222222222222/logflume-trail-0123456789-siem</code>" in siem
    assert f'href="/sources/{built.id}/consumers/siem"' in siem
    assert "made with the next apply" in lake
    assert "href" not in lake


def test_the_text_is_a_page_and_its_part_can_be_taken_out(requester: Visitor, built: Source) -> None:
    response = requester.get(f"/sources/{built.id}/consumers/siem")

    text = re.search(r'id="paste">.*?<pre class="paste"[^>]*>(.*?)</pre>', response.text, re.S)
    assert text
    assert "[aws_sqs_based_s3://logflume-default-payments-api]" in text[1]
    assert requester.get(f"/sources/{built.id}/consumers/lake").status_code == 404


def test_where_external_ids_come_from_is_said_and_they_are_not(
    requester: Visitor, built: Source, engine: Engine
) -> None:
    with db.session(engine) as session:
        stack = {"outputs": outputs("lake", "vector")}
        session.exec(update(Source).where(col(Source.id) == built.id).values(stack=stack))

    page = requester.get(f"/sources/{built.id}/consumers/lake").text
    assert "LOGFLUME_LAKE_EXTERNAL_ID" in page
    assert "handed-over-in-person" not in page


def test_what_one_looks_for_comes_before_how_it_gets_there(requester: Visitor, built: Source) -> None:
    page = requester.get(f"/sources/{built.id}").text

    where = page[page.index("Where your logs are") : page.index("Who is told of new logs")]
    looked_for, _, rest = where.partition("How they get there")
    assert "logflume-trail-0123456789" in looked_for
    assert "the-copy" in looked_for
    assert "the-stream" in rest
    assert "queue_url" not in where


def test_a_viewer_may_look(browser_of: Browser, built: Source) -> None:
    viewer = browser_of("dev-viewer")

    assert viewer.get(f"/sources/{built.id}/consumers/siem").status_code == 200
    assert browser_of("").get(f"/sources/{built.id}/consumers/siem").url.path == "/login"
