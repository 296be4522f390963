"""The pages in a real browser: the way of somebody who asks for a first source, and what only a browser can tell."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import uvicorn
import yaml
from fastapi import FastAPI
from playwright import sync_api
from sqlalchemy import Engine
from sqlmodel import select

from service import db, events
from service.models import Operation, Source, now
from service.web import offers
from tests.consumers.readings import outputs
from tests.exposure import build

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="SKIPPED BROWSER TESTS: no chromium on this machine"),
]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

UNLABELLED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
    .filter(e => !e.labels.length).map(e => e.outerHTML)"""
UNDESCRIBED = """() => [...document.querySelectorAll('[aria-describedby]')]
    .flatMap(e => e.getAttribute('aria-describedby').split(' ')).filter(id => !document.getElementById(id))"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
    return ids.filter((id, i) => ids.indexOf(id) !== i) }"""
FAINT = """() => {
    const rgb = text => { const c = new OffscreenCanvas(1, 1).getContext('2d'); c.fillStyle = text; c.fillRect(0, 0, 1, 1);
        return [...c.getImageData(0, 0, 1, 1).data] };
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const ground = e => { for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c }
        return [255, 255, 255] };
    const faint = [];
    for (const e of document.querySelectorAll('body *')) {
        if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
        const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        const contrast = (a + .05) / (b + .05);
        if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${e.outerHTML.slice(0, 80)}`);
    }
    return faint }"""
"""Text under the contrast of 4.5 that WCAG 2.2, 1.4.3 asks for."""


COMPLAINTS: WeakKeyDictionary[sync_api.Page, list[str]] = WeakKeyDictionary()
"""What the browser said against each page: breaches of its policy, and errors of scripts."""


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    """The pages on a port of their own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def chromium() -> Iterator[sync_api.Browser]:
    """A browser, closed at the end."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def signed_in(browser: sync_api.Browser, site: str, **context: Any) -> sync_api.Page:
    """A page on the list, as the requester of team payments; complaints of the browser end the test."""
    page = browser.new_context(base_url=site, **context).new_page()
    page.set_default_timeout(15_000)
    complaints = COMPLAINTS[page] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Security Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/login")
    page.get_by_role("button", name="Requester of team payments").click()
    page.get_by_role("heading", name="Log sources").wait_for()
    return page


def assert_sound(page: sync_api.Page) -> None:
    """What can be found out about a page's accessibility by rule."""
    assert page.evaluate(UNLABELLED) == []
    assert page.evaluate(UNDESCRIBED) == []
    assert page.evaluate(TWICE) == []
    assert page.evaluate(FAINT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert COMPLAINTS[page] == []


def ask(page: sync_api.Page, *, group: str) -> None:
    page.goto("/sources/new")
    page.get_by_label("Name", exact=True).fill("payments-api")
    page.get_by_label("Log groups", exact=True).fill(group)
    page.get_by_role("button", name="Ask for it").click()


def test_a_wrong_log_group_is_corrected_and_the_source_is_there(
    chromium: sync_api.Browser, site: str
) -> None:
    page = signed_in(chromium, site)
    page.get_by_role("link", name="Ask for the first one").click()
    page.get_by_label("Name", exact=True).fill("payments-api")
    groups = page.get_by_label("Log groups", exact=True)
    groups.fill("/aws/lambda/payments\n/somebody/elses")
    page.get_by_role("button", name="Ask for it").click()

    page.get_by_text("1 thing to correct").wait_for()
    wrong = page.locator(f"#{(groups.get_attribute('aria-describedby') or '').split()[0]}")
    assert "Line 2" in wrong.inner_text()
    assert groups.get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Name", exact=True).input_value() == "payments-api"
    assert_sound(page)

    groups.fill("/aws/lambda/payments")
    page.get_by_role("button", name="Ask for it").click()
    page.get_by_role("heading", name="payments-api").wait_for()
    assert page.locator(".head .badge").inner_text().endswith("Waiting")
    assert_sound(page)


def test_the_source_page_follows_its_operation_and_then_stops_asking(
    chromium: sync_api.Browser, site: str, engine: Engine
) -> None:
    page = signed_in(chromium, site)
    ask(page, group="/aws/lambda/payments")
    page.get_by_role("heading", name="payments-api").wait_for()

    with db.session(engine) as session:
        operation = session.exec(select(Operation)).one()
        operation.state = "running"
        session.add(operation)
        events.add(session, operation.id, events.RESOURCE, "created Bucket store")
    page.get_by_text("created Bucket store").wait_for()

    with db.session(engine) as session:
        row = session.exec(select(Operation)).one()
        row.state, row.finished_at, row.changes = "succeeded", now(), {"create": 17}
        session.add(row)
    page.get_by_role("cell", name="17 created").wait_for()
    assert page.locator("[hx-trigger^=every]").count() == 0
    assert_sound(page)


def test_the_filter_answers_while_one_types(chromium: sync_api.Browser, site: str) -> None:
    page = signed_in(chromium, site)
    ask(page, group="/aws/lambda/payments")
    page.get_by_role("heading", name="payments-api").wait_for()
    page.goto("/")

    page.get_by_label("Name, team or log group").press_sequentially("nothing like it")
    page.get_by_text("Nothing matches this filter").wait_for()
    assert page.url == f"{site}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_every_page_is_sound_on_a_phone_and_in_the_dark(
    chromium: sync_api.Browser, site: str, scheme: str, width: int
) -> None:
    page = signed_in(chromium, site, color_scheme=scheme, viewport={"width": width, "height": 800})
    ask(page, group="/aws/lambda/payments")
    page.get_by_role("heading", name="payments-api").wait_for()
    source = page.url.removeprefix(site)

    for url in ("/", "/sources/new", source, f"{source}/edit", f"{source}/retire", "/sources/nothing"):
        page.goto(url)
        for fold in page.locator("details").all():
            fold.evaluate("e => { e.open = true }")
        assert_sound(page)


@pytest.mark.parametrize("width", [360, 1200])
def test_the_form_of_every_offer_is_sound(chromium: sync_api.Browser, site: str, width: int) -> None:
    page = signed_in(chromium, site, viewport={"width": width, "height": 800})
    for choice in offers.choices():
        page.goto(f"/sources/new?{choice.query}")
        page.get_by_text(choice.description).wait_for()
        for fold in page.locator("details").all():
            fold.evaluate("e => { e.open = true }")
        for box in page.locator(".optional > .tick input").all():
            box.check()
        assert_sound(page)


def test_what_may_be_left_out_opens_with_its_box(chromium: sync_api.Browser, site: str) -> None:
    page = signed_in(chromium, site)
    page.goto("/sources/new?kind=cloudwatch")
    page.get_by_text("More settings").click()
    lock = page.get_by_label("Object lock", exact=True).and_(page.locator("input"))
    days = page.get_by_role("group", name="Object lock").get_by_label("Days")

    assert not days.is_visible()
    lock.check()
    days.fill("30")
    page.get_by_label("Name", exact=True).fill("payments-api")
    page.get_by_label("Log groups", exact=True).fill("/aws/lambda/payments")
    page.get_by_role("button", name="Ask for it").click()
    page.get_by_text("Mode: GOVERNANCE").wait_for()


def test_a_consumers_text_is_fetched_onto_the_page_and_one_click_selects_it(
    chromium: sync_api.Browser, site: str, engine: Engine
) -> None:
    page = signed_in(chromium, site, viewport={"width": 360, "height": 800})
    ask(page, group="/aws/lambda/payments")
    page.get_by_role("heading", name="payments-api").wait_for()
    with db.session(engine) as session:
        source = session.exec(select(Source)).one()
        source.stack = {"outputs": outputs("siem", "elastic")}
        session.add(source)
    page.reload()

    page.get_by_role("link", name="filebeat.yml to paste").click()
    text = page.locator("#paste-siem pre")
    text.click()
    selected = str(page.evaluate("getSelection().toString()"))
    assert yaml.safe_load(selected)["filebeat.inputs"][0]["type"] == "aws-s3"
    assert_sound(page)
    page.goto(page.url + "/consumers/siem")
    assert_sound(page)


def test_who_can_touch_the_logs_is_told_on_wide_and_narrow_screens(
    stood: str, engine: Engine, chromium: sync_api.Browser, site: str
) -> None:
    with db.session(engine) as session:
        build.open_by_hand(
            session, session.get_one(Source, stood), "arn:aws:iam::444444444444:role/somebody-else"
        )
    page = signed_in(chromium, site)
    page.goto(f"/sources/{stood}/access")
    page.get_by_text("Somebody can do what nobody is meant to").wait_for()
    assert_sound(page)
    page.get_by_role("link", name="Engineer with * in the production account").click()
    page.get_by_role("heading", name="Engineer with * in the production account").wait_for()
    assert_sound(page)
    page.set_viewport_size({"width": 360, "height": 800})
    assert_sound(page)


def test_the_way_to_the_form_is_open_to_the_keyboard(chromium: sync_api.Browser, site: str) -> None:
    page = signed_in(chromium, site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Ask for a source").wait_for()
