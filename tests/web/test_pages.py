"""The pages as somebody without script, and with less than every right, meets them."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select, update

from service import db
from service.auth import create_token, revoke_token
from service.models import Source, WebSession, now

from .conftest import Browser, Visitor, wish
from .rows import field_errors, sources

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
