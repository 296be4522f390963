"""A proof of delivery on the pages: asked for, leg by leg, and as what was last seen."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import select, update

from service import db
from service.models import Operation, Source

from .conftest import Visitor
from .rows import finish

LEGS = [
    {"name": "sent", "state": "passed", "seconds": None, "where": ["/aws/lambda/payments"]},
    {"name": "bucket", "state": "passed", "seconds": 61.5, "where": ["logs/2026/11/24/12/a<b.gz"]},
    {"name": "announced", "state": "broken", "seconds": None, "where": []},
    {"name": "replica", "state": "waiting", "seconds": None, "where": []},
]


def test_a_proof_can_be_asked_for_once_something_is_built(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    page = f"/sources/{asked.id}"
    assert "Send a test record" not in requester.get(page).text
    with db.session(engine) as session:
        session.connection().execute(update(Source).values(observed_generation=1))
    assert "Send a test record" in requester.get(page).text
    finish(engine, asked, "succeeded")
    requester.post(f"{page}/operations", kind="verify")
    with db.session(engine) as session:
        kinds = session.exec(select(Operation.kind).where(Operation.source_id == asked.id)).all()
    assert sorted(kinds) == ["apply", "verify"]


def test_the_legs_are_shown_with_how_long_each_took(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    operation = finish(engine, asked, "failed", kind="verify", progress={"proof": {"legs": LEGS}})
    page = requester.get(f"/operations/{operation.id}").text
    for told in ("Sent at the source", "1 minute", "a&lt;b.gz", "Broken", "Copied to the second region"):
        assert told in page


def test_the_source_page_says_when_delivery_was_proved_last(
    requester: Visitor, asked: Source, engine: Engine
) -> None:
    operation = finish(engine, asked, "succeeded")
    proof = {"at": "2026-11-24T12:00:00+00:00", "operation_id": operation.id, "message": "m", "legs": LEGS}
    for proved, seconds, told in ((True, 75.0, "proved</a>"), (False, None, "not proved</a>")):
        with db.session(engine) as session:
            last = {**proof, "proved": proved, "seconds": seconds}
            session.connection().execute(update(Source).values(last_proof=last))
        page = requester.get(f"/sources/{asked.id}").text
        assert told in page
        assert (f'href="/operations/{operation.id}"' in page, "from end to end" in page) == (True, proved)
