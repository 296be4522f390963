"""The log of the notifications over REST: what was told, to whom, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from service import notice_log, queries
from service.notice_log import NoticeFilters
from service.notices import Notice, NoticeDelivery

from .deps import SIGNED_IN, CallerDep, SessionDep

router = APIRouter(prefix="/v1/notifications", tags=["notifications"], dependencies=[SIGNED_IN])


class NoticeQuery(NoticeFilters):
    """Filters and paging of the list."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: queries.Cursor | None = None


class DeliveryView(BaseModel):
    """A notification on its way to one subscription."""

    subscription: str
    state: str
    """pending, delivered or failed."""
    attempts: int
    next_at: datetime | None
    """When it is tried, or tried again; null once it has ended."""
    last_error: str | None
    ended_at: datetime | None


class NoticeView(BaseModel):
    """Something that has happened; `data` is what receivers get."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]
    deliveries: list[DeliveryView]


class NoticePage(BaseModel):
    """A part of the list, newest first."""

    items: list[NoticeView]
    next_cursor: str | None


@router.get("")
def listing(session: SessionDep, _: CallerDep, query: Annotated[NoticeQuery, Query()]) -> NoticePage:
    """What has happened to sources, whom it was told, and what came of it; newest first."""
    filters = NoticeFilters(**query.model_dump(exclude={"limit", "cursor"}))
    page = notice_log.page(session, filters, query.limit, query.cursor)
    sent = notice_log.deliveries(session, [notice.id for notice in page.items])
    return NoticePage(
        items=[_view(notice, sent.get(notice.id, [])) for notice in page.items], next_cursor=page.next_cursor
    )


def _view(notice: Notice, deliveries: list[NoticeDelivery]) -> NoticeView:
    return NoticeView(
        id=notice.id,
        type=notice.event,
        timestamp=notice.at,
        data=notice.data,
        deliveries=[
            DeliveryView(**{name: getattr(row, name) for name in DeliveryView.model_fields})
            for row in deliveries
        ],
    )
