"""The tables of what is told: what has happened, to whom it goes, and how often that went well.

A notice is written in the transaction of what it tells, and by nobody but `service/outbox.py`; the rest is the senders'.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from .models import new_id, now


class Notice(SQLModel, table=True):
    """Something that has happened to a source. Its id is what receivers tell repetitions by."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("notice_newest", "at", "id"),
        Index("notice_by_source", "source_id", "at"),
        Index("notice_unsorted", "at", postgresql_where=text("NOT sorted")),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=now)
    event: str
    source_id: str
    """No foreign key: what was told outlives whom it was about."""
    environment: str
    team: str
    data: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    """The `data` of the payload: the source, and its condition or its operation."""
    sorted: bool = False
    """Whether a sender has made the deliveries of it, which may be none."""


class NoticeDelivery(SQLModel, table=True):
    """A notice on its way to one subscription."""

    __tablename__ = "notice_delivery"
    __table_args__ = (Index("notice_delivery_due", "next_at", postgresql_where=text("state = 'pending'")),)

    notice_id: str = Field(primary_key=True, foreign_key="notice.id", ondelete="CASCADE")
    subscription: str = Field(primary_key=True)
    """The name of it, in the notice's environment."""
    state: str = "pending"  # pending | delivered | failed
    attempts: int = 0
    next_at: datetime | None = None
    """When it is tried; while a sender has it, when another may take it. None once it has ended."""
    last_error: str | None = None
    ended_at: datetime | None = None


class NoticeCount(SQLModel, table=True):
    """How many deliveries have ended, and how. It only grows, whatever is pruned."""

    __tablename__ = "notice_count"

    environment: str = Field(primary_key=True)
    subscription: str = Field(primary_key=True)
    result: str = Field(primary_key=True)  # delivered | failed
    number: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
