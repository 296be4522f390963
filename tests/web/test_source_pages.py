"""The pages of one source and of one operation."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from service import db, events
from service.environments import Environment, Environments
from service.models import Operation, Source
from service.plans import fingerprint
from service.wish import known_wish

from .conftest import Browser, Visitor, wish
from .rows import finish, sources


def test_the_source_page_contains_its_live_part(requester: Visitor, asked: Source) -> None:
    page, fragment = (
        requester.get(f"/sources/{asked.id}").text,
        requester.get(f"/sources/{asked.id}/live").text,
    )

    assert fragment.strip() in page
    assert "<html" not in fragment
    assert "Waiting" in fragment


def test_the_live_part_asks_again_only_while_something_goes_on(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    url = f"/sources/{asked.id}/live"
    busy = requester.get(url).text
    again = re.search(r'hx-get="([^"]+)" hx-trigger="every', busy)
    assert again
    assert requester.get(again[1]).status_code == 204

    finish(engine, asked, "succeeded", changes={"create": 17})

    over = requester.get(again[1])
    assert over.status_code == 200
    assert "hx-trigger" not in over.text
    assert "17 created" in over.text


def test_a_failure_shows_code_message_hint_and_the_engines_own_text(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    error = {
        "code": "aws_access_denied",
        "message": "AWS said no.",
        "hint": "Run the bootstrap again.",
        "retryable": False,
    }
    operation = finish(engine, asked, "failed", error=error)
    with db.session(engine) as session:
        events.add(session, operation.id, events.ENGINE_OUTPUT, "error: <AccessDenied>")

    for url in (f"/sources/{asked.id}", f"/operations/{operation.id}"):
        page = requester.get(url).text
        assert "AWS said no." in page
        assert "Run the bootstrap again." in page
        assert "<code>aws_access_denied</code>" in page
        assert "error: &lt;AccessDenied&gt;" in page


def test_outputs_and_resources_are_shown_by_account(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    resource = {
        "urn": "u",
        "type": "aws:s3/bucket:Bucket",
        "name": "store",
        "id": "b",
        "account": "222222222222",
        "region": "eu-west-3",
        "arn": "arn:aws:s3:::b",
    }
    stack = {
        "outputs": {"bucket": "lf-bucket", "topic_arn": "arn:aws:sns:eu-west-3:2:topic"},
        "resources": [resource],
    }
    with db.session(engine) as session:
        session.exec(update(Source).where(col(Source.id) == asked.id).values(stack=stack))

    page = requester.get(f"/sources/{asked.id}").text
    assert "lf-bucket" in page
    assert "Log account 222222222222" in page
    assert "s3 Bucket" in page


def test_a_viewer_sees_no_button_and_is_refused_all_the_same(
    browser_of: Browser, asked: Source, engine: Engine
) -> None:
    viewer = browser_of("dev-viewer")
    page = viewer.get(f"/sources/{asked.id}").text

    assert f'action="/sources/{asked.id}' not in page
    assert f"/sources/{asked.id}/edit" not in page
    assert viewer.post(f"/sources/{asked.id}/operations", kind="apply").status_code == 403
    viewer.get("/")
    assert viewer.post(f"/sources/{asked.id}/retire", version="*").status_code == 403
    assert sources(engine)[0].desired == "active"


def test_asking_for_a_check_queues_it(requester: Visitor, asked: Source, engine: Engine) -> None:
    requester.get(f"/sources/{asked.id}")
    response = requester.post(f"/sources/{asked.id}/operations", kind="check")

    assert response.url.path == f"/sources/{asked.id}"
    with db.session(engine) as session:
        assert {o.kind for o in session.exec(select(Operation)).all()} == {"apply", "check"}


# Changing, retiring, restoring


def test_the_form_of_a_change_holds_the_stored_wish(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    page = requester.get(f"/sources/{asked.id}/edit").text
    assert 'name="/spec/retention_days" value="400"' in page
    assert 'name="/name"' not in page

    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version
    requester.post(
        f"/sources/{asked.id}/edit",
        **wish(_spec__retention_days="500", version=version[1].replace("&#34;", '"')),
    )

    [source] = sources(engine)
    assert (source.generation, source.spec["retention_days"]) == (2, 500)


def test_a_stale_form_overwrites_nobody_unless_asked_to(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    requester.get(f"/sources/{asked.id}/edit")
    requester.post(f"/sources/{asked.id}/edit", **wish(_spec__retention_days="500", version='"1"'))
    requester.get(f"/sources/{asked.id}/edit")

    stale = requester.post(f"/sources/{asked.id}/edit", **wish(_spec__retention_days="600", version='"1"'))
    assert stale.status_code == 412
    assert "Somebody changed this source" in stale.text
    assert 'value="600"' in stale.text
    assert sources(engine)[0].spec["retention_days"] == 500

    requester.post(
        f"/sources/{asked.id}/edit", **wish(_spec__retention_days="600", version='"1"', overwrite='"2"')
    )
    assert sources(engine)[0].spec["retention_days"] == 600


def test_retiring_asks_first_and_can_be_undone(requester: Visitor, asked: Source, engine: Engine) -> None:
    page = requester.get(f"/sources/{asked.id}/retire").text
    assert "stays, encrypted" in page
    assert sources(engine)[0].desired == "active"

    retired = requester.post(f"/sources/{asked.id}/retire", version='"1"')
    assert sources(engine)[0].desired == "retired"
    assert "Ship again" in retired.text
    assert "Retire…" not in retired.text

    requester.post(f"/sources/{asked.id}/restore")
    assert sources(engine)[0].desired == "active"


def test_going_back_to_an_earlier_version_makes_a_new_one(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    requester.get(f"/sources/{asked.id}/edit")
    requester.post(f"/sources/{asked.id}/edit", **wish(_spec__retention_days="500", version='"1"'))
    response = requester.post(f"/sources/{asked.id}/rollback", generation="1")

    assert response.status_code == 200
    assert (sources(engine)[0].generation, sources(engine)[0].spec["retention_days"]) == (3, 400)
    assert requester.post(f"/sources/{asked.id}/rollback", generation="first").status_code == 400


# Operations


@pytest.mark.usefixtures("asked")
def test_an_operation_page_tells_its_story_and_an_operator_can_cancel(
    browser_of: Browser, engine: Engine
) -> None:
    operator = browser_of("dev-operator")
    with db.session(engine) as session:
        operation = session.exec(select(Operation)).one()
        events.add(session, operation.id, events.RESOURCE, "created Bucket store", urn="u", op="create")
    url = f"/operations/{operation.id}"

    page, fragment = operator.get(url).text, operator.get(f"{url}/live").text
    assert fragment.strip() in page
    assert "created Bucket store" in page

    operator.get(url)
    assert "Cancelled" in operator.post(f"{url}/cancel").text
    assert "hx-trigger" not in operator.get(f"{url}/live").text


@pytest.mark.usefixtures("asked")
def test_a_plan_is_approved_by_somebody_else(
    browser_of: Browser, engine: Engine, environment: Environment
) -> None:
    plan = [{"urn": "urn:pulumi:s::p::t::bucket", "op": "delete", "properties": []}]
    with db.session(engine) as session:
        operation = session.exec(select(Operation)).one()
        source = session.get_one(Source, operation.source_id)
        seen = fingerprint(source.checkpoint_id, known_wish(source, Environments({"default": environment})))
        operation.state, operation.plan, operation.fingerprint = "awaiting_approval", plan, seen
        session.add(operation)
    url, operator = f"/operations/{operation.id}", browser_of("dev-operator")

    assert "Approve" not in browser_of("dev-requester").get(url).text
    assert "Approve this plan" in operator.get(url).text
    assert operator.post(f"{url}/approve", fingerprint="f0").status_code == 409
    operator.get(url)
    operator.post(f"{url}/approve", fingerprint=seen)

    with db.session(engine) as session:
        assert session.exec(select(Operation)).one().approved_by == "dev-operator"
