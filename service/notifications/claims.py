"""The rows of a sender: notices become deliveries, a delivery is claimed, tried, and ends. Each function is one transaction.

A claim is a row whose next time lies a claim's length ahead: nobody else takes it meanwhile, and when its sender dies it is due
again. The number of its try is the fence: who reports an older try than the row's is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, text
from sqlalchemy import Engine as Database
from sqlmodel import Session, col, select

from service.environments import Environments
from service.notices import Notice, NoticeDelivery

AT_ONCE = 100
"""Notices that are made deliveries of in one transaction."""
CLAIM = timedelta(seconds=60)
"""Longer than any try takes."""
REST = timedelta(seconds=30)
"""How long a receiver that has just failed is left alone, so that it does not hold up the others."""
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600)
)
"""Between tries: ten of them, within 17 hours."""


@dataclass(frozen=True)
class Claimed:
    """A delivery that is this sender's until its claim runs out."""

    notice: Notice
    subscription: str
    attempt: int


def sort(database: Database, environments: Environments) -> int:
    """Make a delivery for each subscription that wants a notice; how many notices were looked at.

    A notice that nobody wants is kept as a line of the log. Subscriptions made later are not told of it.
    """
    with Session(database) as session:
        unsorted = (
            select(Notice).where(~col(Notice.sorted)).order_by(col(Notice.at), col(Notice.id)).limit(AT_ONCE)
        )
        notices = session.exec(unsorted.with_for_update(skip_locked=True)).all()
        for notice in notices:
            environment = environments.find(notice.environment)
            for one in environment.notifications if environment else ():
                if one.wants(notice.event, notice.team):
                    session.add(NoticeDelivery(notice_id=notice.id, subscription=one.name, next_at=notice.at))
            notice.sorted = True
        session.commit()
    return len(notices)


def claim(database: Database, at: datetime) -> Claimed | None:
    """The delivery that has been due for longest, or None. Two senders never get the same one."""
    with Session(database, expire_on_commit=False) as session:
        due = (
            select(NoticeDelivery)
            .where(NoticeDelivery.state == "pending", col(NoticeDelivery.next_at) <= at)
            .order_by(col(NoticeDelivery.next_at), col(NoticeDelivery.notice_id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = session.exec(due).first()
        if row is None:
            return None
        row.attempts, row.next_at = row.attempts + 1, at + CLAIM
        notice = session.get_one(Notice, row.notice_id)
        session.commit()
    return Claimed(notice, row.subscription, row.attempts)


def delivered(database: Database, claimed: Claimed, at: datetime) -> None:
    """It was taken."""
    _end(database, claimed, "delivered", None, at)


def failed(database: Database, claimed: Claimed, reason: str, at: datetime, *, final: bool) -> None:
    """It was not taken: it is tried again after a while, or given up after the last try."""
    if final or claimed.attempt > len(WAITS):
        return _end(database, claimed, "failed", reason, at)
    again = at + WAITS[claimed.attempt - 1]
    with Session(database) as session:
        if _report(session, claimed, "next_at = :again, last_error = :reason", again=again, reason=reason):
            _rest(session, claimed, at + REST)
        session.commit()


def prune(database: Database, before: datetime) -> int:
    """Forget notices from before that are on their way to nobody any more; how many."""
    with Session(database) as session:
        gone = session.connection().execute(
            text(
                "DELETE FROM notice n WHERE n.at < :before AND n.sorted AND NOT EXISTS ("
                "  SELECT 1 FROM notice_delivery d WHERE d.notice_id = n.id AND d.state = 'pending')"
            ),
            {"before": before},
        )
        session.commit()
    return gone.rowcount


def _end(database: Database, claimed: Claimed, result: str, reason: str | None, at: datetime) -> None:
    with Session(database) as session:
        change = "state = :result, next_at = NULL, ended_at = :at, last_error = :reason"
        if _report(session, claimed, change, result=result, at=at, reason=reason):
            session.connection().execute(
                text(
                    "INSERT INTO notice_count AS c (environment, subscription, result, number)"
                    " VALUES (:environment, :subscription, :result, 1)"
                    " ON CONFLICT (environment, subscription, result) DO UPDATE SET number = c.number + 1"
                ),
                {
                    "environment": claimed.notice.environment,
                    "subscription": claimed.subscription,
                    "result": result,
                },
            )
        session.commit()


def _report(session: Session, claimed: Claimed, change: str, **values: object) -> bool:
    """Change the row if this try is still the newest; whether it was."""
    done: CursorResult[object] = session.connection().execute(
        text(
            f"UPDATE notice_delivery SET {change} WHERE notice_id = :notice AND subscription = :subscription"  # noqa: S608 - our own words
            " AND attempts = :attempt AND state = 'pending'"
        ),
        {
            "notice": claimed.notice.id,
            "subscription": claimed.subscription,
            "attempt": claimed.attempt,
            **values,
        },
    )
    return done.rowcount == 1


def _rest(session: Session, claimed: Claimed, until: datetime) -> None:
    """Put off everything else that waits for the same receiver. Rows that somebody has at hand are left to them."""
    session.connection().execute(
        text(
            "UPDATE notice_delivery SET next_at = :until WHERE (notice_id, subscription) IN ("
            "  SELECT d.notice_id, d.subscription FROM notice_delivery d JOIN notice n ON n.id = d.notice_id"
            "  WHERE d.state = 'pending' AND d.next_at < :until AND d.subscription = :subscription"
            "  AND n.environment = :environment AND d.notice_id <> :notice FOR UPDATE OF d SKIP LOCKED)"
        ),
        {
            "until": until,
            "subscription": claimed.subscription,
            "environment": claimed.notice.environment,
            "notice": claimed.notice.id,
        },
    )
