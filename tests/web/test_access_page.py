"""The page that says who can touch the logs of a source."""

from __future__ import annotations

import re

from sqlalchemy import Engine

from service import db
from service.models import Source
from tests.exposure import build

from .conftest import Visitor

THIEF = "arn:aws:iam::444444444444:role/thief"


def test_everybody_is_there_with_what_they_may_do(requester: Visitor, stood: str) -> None:
    told = requester.get(f"/sources/{stood}/access").text
    assert "Engineer with * in the production account" in told
    assert "Root of the log account (break-glass)" in told
    assert "nobody is meant to" not in told
    assert "What this does not see" in told


def test_one_of_them_is_shown_with_each_statement_that_decides(requester: Visitor, stood: str) -> None:
    page = requester.get(f"/sources/{stood}/access").text
    link = re.search(r'href="(\?basis=found&amp;who=production%3Aengineer)#who"', page)
    assert link, "the name leads to more"
    told = requester.get(f"/sources/{stood}/access{link[1].replace('&amp;', '&')}").text
    assert "DenyProduction in the policy of the bucket" in told
    assert "taken to be everything" in told


def test_whoever_was_let_in_by_hand_stands_on_top(engine: Engine, requester: Visitor, stood: str) -> None:
    with db.session(engine) as session:
        build.open_by_hand(session, session.get_one(Source, stood), THIEF)
    told = requester.get(f"/sources/{stood}/access").text
    assert "Somebody can do what nobody is meant to" in told
    assert THIEF in told
    assert THIEF not in requester.get(f"/sources/{stood}/access?basis=applied").text


def test_before_anything_is_built_there_is_nothing_to_touch(requester: Visitor, asked: Source) -> None:
    assert "Nothing was built yet" in requester.get(f"/sources/{asked.id}/access").text


def test_somebody_who_is_not_around_is_not_found(requester: Visitor, stood: str) -> None:
    assert requester.get(f"/sources/{stood}/access?who=nobody").status_code == 404
