"""The log of the notifications: what was told, to whom, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from service.notices import Notice, NoticeDelivery
from tests.api.conftest import As

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATA = {"source": {"id": "s", "name": "pay"}, "condition": {"type": "Stalled", "status": "True"}}


@pytest.fixture
def told(engine: Engine) -> list[str]:
    """Three notices, oldest first: delivered, on its way after a failure, and wanted by nobody."""
    with Session(engine) as session:
        rows = [
            Notice(
                at=START + timedelta(minutes=n),
                event=event,
                source_id=f"s{n}",
                environment="default",
                team=team,
                data=DATA,
                sorted=True,
            )
            for n, (event, team) in enumerate(
                [("source.stalled", "payments"), ("source.drifted", "payments"), ("source.ready", "orders")]
            )
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(
            [
                NoticeDelivery(
                    notice_id=rows[0].id, subscription="hook", state="delivered", attempts=1, next_at=None
                ),
                NoticeDelivery(
                    notice_id=rows[1].id,
                    subscription="hook",
                    attempts=2,
                    last_error="the receiver answered 500",
                ),
            ]
        )
        session.commit()
        return [row.id for row in rows]


def test_the_newest_comes_first_with_its_deliveries(as_: As, told: list[str]) -> None:
    items = as_("dev-viewer").get("/v1/notifications").json()["items"]
    assert [item["id"] for item in items] == told[::-1]
    assert items[2]["type"] == "source.stalled"
    assert items[2]["data"] == DATA
    assert items[0]["deliveries"] == []
    (waiting,) = items[1]["deliveries"]
    assert (waiting["subscription"], waiting["state"], waiting["attempts"], waiting["last_error"]) == (
        "hook",
        "pending",
        2,
        "the receiver answered 500",
    )
    (done,) = items[2]["deliveries"]
    assert (done["state"], done["next_at"], done["last_error"]) == ("delivered", None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("source=s1", [1]),
        ("team=payments", [1, 0]),
        ("event=source.ready", [2]),
        ("state=pending", [1]),
        ("state=delivered&team=payments", [0]),
        ("environment=other", []),
    ],
)
def test_filters(as_: As, told: list[str], query: str, found: list[int]) -> None:
    items = as_("dev-viewer").get(f"/v1/notifications?{query}").json()["items"]
    assert [item["id"] for item in items] == [told[n] for n in found]


def test_pages(as_: As, told: list[str]) -> None:
    client, seen, cursor = as_("dev-viewer"), [], ""
    for _ in range(3):
        page = client.get(f"/v1/notifications?limit=1{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == told[::-1]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("query", ["event=source.exploded", "state=lost", "nobody=x", "cursor=x", "limit=0"])
def test_what_nobody_knows_is_refused(as_: As, query: str) -> None:
    assert as_("dev-viewer").get(f"/v1/notifications?{query}").status_code == 422


def test_a_token_is_needed(as_: As) -> None:
    assert as_("").get("/v1/notifications").status_code == 401
