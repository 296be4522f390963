"""What can be asked for is one flat list; a preset is asked for, kept and shown under its own name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
from sqlalchemy import Engine

from programs.cloudwatch.spec import CloudWatchSpec
from programs.kinds import KINDS, Offer
from service.web import offers

from .conftest import Visitor, wish
from .rows import sources


class FunctionsSpec(CloudWatchSpec):
    """A preset of the test's own."""

    preset: Literal["functions"] = "functions"
    hot: bool = False


@pytest.fixture(autouse=True)
def preset() -> Iterator[None]:
    """The kind cloudwatch has the preset functions, and nothing else is there; afterwards all is there again, in its order."""
    offer = Offer("functions", "Lambda functions", "What functions say.", FunctionsSpec, {"log_group": "/a"})
    before = dict(KINDS)
    KINDS.clear()
    KINDS["cloudwatch"] = replace(before["cloudwatch"], presets={"functions": offer})
    yield
    KINDS.clear()
    KINDS.update(before)


def chips(page: str) -> dict[str, bool]:
    """The list above the form: titles, and whether each is the one that is shown."""
    nav = re.search(r'<nav class="offers".*?</nav>', page, re.S)
    assert nav
    return {title: "aria-current" in tag for tag, title in re.findall(r"<a([^>]*)>([^<]+)</a>", nav[0])}


def asked_as_preset(requester: Visitor) -> None:
    requester.get("/sources/new?kind=cloudwatch&preset=functions")
    requester.post(
        "/sources/new",
        **wish(_spec__hot="on", _spec__preset="functions", kind="cloudwatch", preset="functions"),
    )


def test_kinds_and_presets_stand_side_by_side(requester: Visitor) -> None:
    assert chips(requester.get("/sources/new").text) == {
        KINDS["cloudwatch"].title: True,
        "Lambda functions": False,
    }
    page = requester.get("/sources/new?kind=cloudwatch&preset=functions").text
    assert chips(page)["Lambda functions"]
    assert "What functions say." in page
    assert 'name="/spec/hot"' in page
    assert '<input type="hidden" name="/spec/preset" value="functions">' in page


@pytest.mark.parametrize("query", ["kind=nothing", "kind=cloudwatch&preset=nothing", "preset=functions"])
def test_what_is_not_on_the_list_is_the_first_of_it(requester: Visitor, query: str) -> None:
    assert chips(requester.get(f"/sources/new?{query}").text)[KINDS["cloudwatch"].title]


def test_a_preset_is_stored_and_shown_and_kept_when_edited(requester: Visitor, engine: Engine) -> None:
    asked_as_preset(requester)
    [source] = sources(engine)
    assert (source.spec["preset"], source.spec["hot"]) == ("functions", True)
    assert "Lambda functions" in requester.get(f"/sources/{source.id}").text
    assert "Lambda functions" in requester.get("/").text

    page = requester.get(f"/sources/{source.id}/edit").text
    assert 'name="/spec/hot" checked' in page
    requester.post(f"/sources/{source.id}/edit", **wish(_spec__retention_days="500", version='"1"'))
    [source] = sources(engine)
    assert (source.spec["preset"], source.spec["hot"], source.spec["retention_days"]) == (
        "functions",
        False,
        500,
    )


def test_a_form_that_is_shown_again_is_still_the_presets(requester: Visitor) -> None:
    requester.get("/sources/new?kind=cloudwatch&preset=functions")
    again = requester.post("/sources/new", **wish(_name="", kind="cloudwatch", preset="functions"))

    assert again.status_code == 422
    assert chips(again.text)["Lambda functions"]


def test_a_source_of_something_forgotten_is_still_shown(requester: Visitor, engine: Engine) -> None:
    asked_as_preset(requester)
    [source] = sources(engine)
    source.spec = {**source.spec, "preset": "gone"}

    assert (offers.of(source).title, offers.of(source).schema) == ("cloudwatch gone", {})
