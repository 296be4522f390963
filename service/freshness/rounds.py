"""Rounds over the sources: which are due, what was seen, and what of it is stored.

A source is claimed for one interval before it is looked at, so several workers share the sources and none is looked at
twice; a claim that is lost with its worker is due again an interval later. The columns are nobody else's, so no lease is
needed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlmodel import Session

from programs.wish import Wish
from service import conditions
from service.engine.asking import quick_accounts
from service.engine.aws import Accounts
from service.engine.reasons import classify
from service.environments import Environments
from service.models import Source, now
from service.settings import Settings
from service.status import delivering
from service.wish import wish_of

from .seen import Seen, last_delivery

log = structlog.get_logger(__name__)

AT_ONCE = 50
"""Sources of one round: the next one goes on with the rest."""


def look_round(database: Database, environments: Environments, settings: Settings) -> int:
    """Look at the sources that are due; how many were claimed. AWS that does not answer is only logged: freshness then ages."""
    with Session(database) as session:
        due = _claim(session, settings.freshness_seconds)
        wishes = _wishes(session, due, environments)
        session.commit()
    for name, sources in wishes.items():
        try:
            with quick_accounts(environments.get(name), settings, "freshness") as accounts:
                for wish, known in sources:
                    _look(database, wish, known, accounts)
        except (FileNotFoundError, KeyError) as error:
            log.warning("freshness.cannot_ask", environment=name, error=str(error))
    return len(due)


def _claim(session: Session, interval: float) -> list[str]:
    """Sources in place whose last look is an interval ago, longest first."""
    rows = session.connection().execute(
        text(
            "UPDATE source SET delivery_looked_at = clock_timestamp() WHERE id IN ("
            "  SELECT id FROM source WHERE desired = 'active' AND observed_generation > 0"
            "  AND (delivery_looked_at IS NULL"
            "       OR delivery_looked_at < clock_timestamp() - make_interval(secs => :interval))"
            "  ORDER BY delivery_looked_at NULLS FIRST LIMIT :most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
        {"interval": interval, "most": AT_ONCE},
    )
    return [row.id for row in rows]


def _wishes(
    session: Session, due: list[str], environments: Environments
) -> dict[str, list[tuple[Wish, datetime | None]]]:
    """Each source's wish and its last known delivery, by environment; what cannot be read any more is left out."""
    wishes: dict[str, list[tuple[Wish, datetime | None]]] = defaultdict(list)
    for source_id in due:
        source = session.get_one(Source, source_id)
        try:
            wish = wish_of(source, environments.get(source.environment))
        except (KeyError, ValidationError):
            continue
        wishes[source.environment].append((wish, source.last_delivery_at))
    return wishes


def _look(database: Database, wish: Wish, known: datetime | None, accounts: Accounts) -> None:
    try:
        seen = last_delivery(wish, accounts, known, now())
    except (ClientError, BotoCoreError) as error:
        why = classify(f"api error {error}")
        log.warning("freshness.not_seen", source_id=wish.source_id, code=why.code)
        return
    with Session(database) as session:
        source = session.get(Source, wish.source_id, with_for_update={"key_share": True})
        if source is not None:
            note(source, seen)
            session.commit()


def note(source: Source, seen: Seen) -> None:
    """Store what was seen; a known delivery is never taken back. A problem is told once it is one, and once it is over."""
    source.last_delivery_at = max(filter(None, (source.last_delivery_at, seen.last)), default=None)
    conditions.store(source, delivering(source.conditions, seen.problem, source.last_proof, now()))
