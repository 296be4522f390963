"""What was told, and to whom: the log of the notifications. Stored rows only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from sqlmodel import Session, col, select

from .cursors import after, cursor_of
from .notices import Notice, NoticeDelivery
from .queries import Filter, Page, StrictFilters
from .subscriptions import Event

DeliveryState = Literal["pending", "delivered", "failed"]


class NoticeFilters(StrictFilters):
    """Which notices; every one given must hold."""

    source: Filter | None = None
    environment: Filter | None = None
    team: Filter | None = None
    event: Event | None = None
    state: DeliveryState | None = None
    """At least one delivery of it is in this state."""


def page(
    session: Session, filters: NoticeFilters, limit: int = 50, cursor: str | None = None
) -> Page[Notice]:
    """Notices, newest first. Raises Invalid for a cursor that is none of ours."""
    keys = (col(Notice.at), col(Notice.id))
    wanted = {"source_id": filters.source, **filters.model_dump(include={"environment", "team", "event"})}
    statement = select(Notice).filter_by(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    if filters.state is not None:
        some = select(NoticeDelivery.notice_id).where(NoticeDelivery.state == filters.state)
        statement = statement.where(col(Notice.id).in_(some))
    if cursor is not None:
        statement = statement.where(after(cursor, keys, newest_first=True))
    rows = session.exec(statement.order_by(keys[0].desc(), keys[1].desc()).limit(limit + 1)).all()
    more = cursor_of(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=list(rows[:limit]), next_cursor=more)


def deliveries(session: Session, notice_ids: Sequence[str]) -> dict[str, list[NoticeDelivery]]:
    """The deliveries of each of these notices, by the name of the subscription."""
    found: dict[str, list[NoticeDelivery]] = defaultdict(list)
    statement = select(NoticeDelivery).where(col(NoticeDelivery.notice_id).in_(notice_ids))
    for row in session.exec(statement.order_by(col(NoticeDelivery.subscription))):
        found[row.notice_id].append(row)
    return found
