"""The pages as somebody without script, and with less than every right, meets them."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import col, select, update

from service import db, events
from service.auth import create_token, revoke_token
from service.models import Operation, Source, WebSession, now

from .conftest import Browser, Visitor, wish


def sources(engine: Engine) -> list[Source]:
    with db.session(engine) as session:
        return list(session.exec(select(Source)).all())


def finish(engine: Engine, source: Source, state: str, **columns: object) -> Operation:
    """End the source's operation as a worker would."""
    with db.session(engine) as session:
        operation = session.exec(select(Operation).where(Operation.source_id == source.id)).one()
        operation.state, operation.finished_at = state, now()
        for name, value in columns.items():
            setattr(operation, name, value)
        session.add(operation)
        return operation


def field_errors(page: str, field: str) -> str:
    """The text of the list that the field's aria-describedby points at."""
    found = re.search(rf'<ul class="wrong" id="{re.escape(field)}-errors">(.*?)</ul>', page, re.S)
    assert found, f"no error at {field}"
    assert f'aria-describedby="{field}-errors' in page
    return found[1]


# Signing in


def test_somebody_who_is_not_signed_in_is_led_to_the_door_and_back(
    browser_of: Browser, asked: Source
) -> None:
    visitor = browser_of("")

    visitor.get(f"/sources/{asked.id}")
    assert 'action="/login"' in visitor.page
    assert f'name="next" value="/sources/{asked.id}"' in visitor.page

    back = visitor.post("/login", token="dev-viewer", next=f"/sources/{asked.id}")
    assert back.url.path == f"/sources/{asked.id}"


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_is_not_the_token(browser_of: Browser) -> None:
    visitor = browser_of("")
    visitor.client.follow_redirects = False

    cookie = visitor.post("/login", token="dev-admin").headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "dev-admin" not in cookie


def test_an_unknown_token_is_refused_at_its_field(browser_of: Browser, engine: Engine) -> None:
    response = browser_of("").post("/login", token="nobody's")

    assert response.status_code == 401
    assert 'id="token-errors"' in response.text
    with db.session(engine) as session:
        assert session.exec(select(WebSession)).all() == []


@pytest.mark.parametrize(
    "target", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"]
)
def test_signing_in_never_leads_to_another_site(browser_of: Browser, target: str) -> None:
    visitor = browser_of("")
    visitor.client.follow_redirects = False

    assert visitor.post("/login", token="dev-viewer", next=target).headers["location"] == "/"


def test_signing_out_ends_the_session_itself(requester: Visitor) -> None:
    requester.get("/")
    cookie = requester.client.cookies["logflume_session"]
    requester.post("/logout")
    requester.client.cookies.set("logflume_session", cookie)

    assert requester.get("/").url.path == "/login"


def test_revoking_a_token_ends_its_sessions(browser_of: Browser, engine: Engine) -> None:
    with db.session(engine) as session:
        token = create_token(session, "robot", "viewer")
    visitor = browser_of(token)
    assert visitor.get("/").url.path == "/"
    with db.session(engine) as session:
        revoke_token(session, "robot")

    assert visitor.get("/").url.path == "/login"


def test_a_session_lapses(requester: Visitor, engine: Engine) -> None:
    with db.session(engine) as session:
        session.exec(update(WebSession).values(expires_at=now()))

    assert requester.get("/").url.path == "/login"


def test_outside_the_sandbox_there_are_no_ready_made_people(browser_of: Browser, app: FastAPI) -> None:
    app.state.settings = app.state.settings.model_copy(update={"mode": "aws"})
    visitor = browser_of("")

    visitor.get("/login")
    assert "Sandbox" not in visitor.page
    assert visitor.post("/login", token="dev-admin").status_code == 401


# What every page has


@pytest.mark.parametrize("url", ["/", "/login", "/sources/new", "/sources/nothing"])
def test_every_page_has_the_banner_and_a_strict_policy(requester: Visitor, url: str) -> None:
    response = requester.get(url)

    assert "Sandbox: everything here is real but AWS" in response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", response.text)


@pytest.mark.parametrize("url", ["/", "/login", "/sources/new"])
def test_every_input_has_a_label(requester: Visitor, url: str) -> None:
    page = requester.get(url).text
    inputs = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*', page)

    assert inputs
    for tag in inputs:
        name = re.search(r'\bid="([^"]+)"', tag)
        assert name, tag
        assert f'for="{name[1]}"' in page


def test_a_problem_is_a_page_with_its_code(requester: Visitor) -> None:
    response = requester.get("/sources/nothing")

    assert response.status_code == 404
    assert "not_found" in response.text
    assert 'href="/"' in response.text


def test_only_our_own_files_are_served(requester: Visitor) -> None:
    assert requester.client.get("/static/logflume.css").headers["content-type"].startswith("text/css")
    assert requester.client.get("/static/pages.py").status_code == 404
    assert requester.client.get("/static/..%2fpages.py").status_code == 404


# The list


def test_an_empty_list_says_what_to_do_next(requester: Visitor, browser_of: Browser) -> None:
    assert "Ask for the first one" in requester.get("/").text
    assert "/sources/new" not in browser_of("dev-viewer").get("/").text


def test_the_list_contains_its_fragment_and_the_fragment_stands_alone(
    requester: Visitor, asked: Source
) -> None:
    page, fragment = requester.get("/").text, requester.get("/sources/rows").text

    assert fragment.strip() in page
    assert "<html" not in fragment
    assert f'href="/sources/{asked.id}"' in fragment


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=PAYMENTS", True),
        ("q=lambda", True),
        ("q=nothing", False),
        ("phase=pending", True),
        ("phase=ready", False),
        ("phase=nonsense", True),
        ("environment=default", True),
        ("environment=other", False),
    ],
)
def test_the_filter_works_without_script(requester: Visitor, asked: Source, query: str, found: bool) -> None:
    page = requester.get(f"/?{query}").text

    assert (asked.name in page) == found
    assert ("Nothing matches" in page) != found


# Asking


def test_asking_stores_the_wish_and_shows_the_source(requester: Visitor, engine: Engine) -> None:
    requester.get("/sources/new")
    response = requester.post("/sources/new", **wish())

    [source] = sources(engine)
    assert response.url.path == f"/sources/{source.id}"
    assert source.spec["log_groups"] == ["/aws/lambda/payments"]
    assert source.team == "payments"
    assert source.created_by == "dev-requester"


@pytest.mark.parametrize(
    ("changed", "field", "word"),
    [
        ({"_spec__log_groups": "not a group"}, "field-spec-log_groups", "Line 1"),
        ({"_spec__log_groups": "/aws/lambda/payments\n/orders/api"}, "field-spec-log_groups", "Line 2"),
        ({"_spec__log_groups": " "}, "field-spec-log_groups", ""),
        ({"_spec__retention_days": "0"}, "field-spec-retention_days", ""),
        ({"_spec__retention_days": "soon"}, "field-spec-retention_days", ""),
        ({"_name": "Not A Name"}, "name", ""),
        ({"_environment": "moon"}, "environment", "No such environment"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_is_lost(
    requester: Visitor, engine: Engine, changed: dict[str, str], field: str, word: str
) -> None:
    requester.get("/sources/new")
    response = requester.post("/sources/new", **wish(**changed))

    assert response.status_code == 422
    assert word in field_errors(response.text, field)
    for value in changed.values():
        assert value.split("\n")[0] in response.text or field == "environment"
    assert "payments" in response.text
    assert sources(engine) == []


@pytest.mark.usefixtures("asked")
def test_a_taken_name_is_told_at_the_name(requester: Visitor) -> None:
    requester.get("/sources/new")
    response = requester.post("/sources/new", **wish())

    assert "payments-api" in field_errors(response.text, "name")


def test_check_only_stores_nothing_and_says_how_it_would_end(requester: Visitor, engine: Engine) -> None:
    requester.get("/sources/new")
    good = requester.post("/sources/new", **wish(intent="check"))
    bad = requester.post("/sources/new", **wish(intent="check", _spec__log_groups="/orders/api"))

    assert "This would be accepted" in good.text
    assert "may not ship" in field_errors(bad.text, "field-spec-log_groups")
    assert "This would be accepted" not in bad.text
    assert sources(engine) == []


def test_a_requester_cannot_ask_for_another_team(requester: Visitor, engine: Engine) -> None:
    requester.get("/sources/new")
    requester.post("/sources/new", **wish(_team="orders"))

    assert [source.team for source in sources(engine)] == ["payments"]


@pytest.mark.parametrize("token", ["dev-viewer", "dev-operator"])
def test_who_may_not_ask_is_told_so(browser_of: Browser, token: str) -> None:
    assert browser_of(token).get("/sources/new").status_code == 403


# Forms that are not ours


def test_a_form_without_its_token_is_refused(requester: Visitor, engine: Engine) -> None:
    requester.get("/sources/new")
    requester.page = ""
    assert requester.post("/sources/new", **wish()).status_code == 403
    assert requester.post("/sources/new", form_token="0" * 64, **wish()).status_code == 403
    assert sources(engine) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_from_another_site_is_refused(requester: Visitor, headers: dict[str, str]) -> None:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', requester.get("/").text)
    assert token

    assert requester.client.post("/logout", data={"form_token": token[1]}, headers=headers).status_code == 403
    assert requester.client.post("/login", data={"token": "dev-admin"}, headers=headers).status_code == 403
    assert requester.get("/").url.path == "/"


# One source


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
        assert 'href="/problems/aws_access_denied"' in page
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
    stack = {"outputs": {"bucket": "lf-bucket", "queue_url": "http://queue"}, "resources": [resource]}
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
def test_a_plan_is_approved_by_somebody_else(browser_of: Browser, engine: Engine) -> None:
    plan = [{"urn": "urn:pulumi:s::p::t::bucket", "op": "delete", "properties": []}]
    with db.session(engine) as session:
        operation = session.exec(select(Operation)).one()
        operation.state, operation.plan, operation.fingerprint = "awaiting_approval", plan, "f1"
        session.add(operation)
    url, operator = f"/operations/{operation.id}", browser_of("dev-operator")

    assert "Approve" not in browser_of("dev-requester").get(url).text
    assert "Approve this plan" in operator.get(url).text
    assert operator.post(f"{url}/approve", fingerprint="f0").status_code == 409
    operator.get(url)
    operator.post(f"{url}/approve", fingerprint="f1")

    with db.session(engine) as session:
        assert session.exec(select(Operation)).one().approved_by == "dev-operator"
