"""What a production account has room for once a region: one source may hold it, whatever its team or its environment.

A source holds it from its request until it is seen to have let go, which is when its retirement has ended.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session, col, select

from programs import KINDS

from .environments import Environments
from .errors import SingletonTaken
from .models import Source

Place = tuple[str, str]
"""Account and region."""


def claim(session: Session, environments: Environments, source: Source) -> None:
    """Make sure that the source may have what its kind has one of, until this transaction ends.

    Raises:
        SingletonTaken: another source holds it.
    """
    place = place_of(environments, source)
    if place is None:
        return
    # Two that ask at once both see nothing in the table: the second one waits here until the first has written its row.
    name = ":".join(("singleton", source.kind, *place))
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    holder = holder_of(session, environments, source)
    if holder is not None:
        raise SingletonTaken(taken_by(holder, place))


def holder_of(session: Session, environments: Environments, source: Source) -> Source | None:
    """The other source that holds what this one needs, if its kind has one of anything."""
    place = place_of(environments, source)
    if place is None:
        return None
    others = select(Source).where(
        Source.kind == source.kind, Source.id != source.id, col(Source.desired) != "purged"
    )
    held = (other for other in session.exec(others) if (other.desired, other.phase) != ("retired", "retired"))
    return next((other for other in held if place_of(environments, other) == place), None)


def place_of(environments: Environments, source: Source) -> Place | None:
    """Where the source needs the only one; None where its kind needs none, or nobody knows its environment."""
    kind = KINDS.get(source.kind)
    if kind is None or not kind.only_one:
        return None
    try:
        production = environments.get(source.environment).production
    except KeyError:
        return None
    return production.account_id, production.region


def taken_by(holder: Source, place: Place) -> str:
    """Who has it, and where."""
    account, region = place
    title = KINDS[holder.kind].title
    return (
        f"{title} of account {account} in {region} belongs to the source {holder.environment}/{holder.name}"
        f" of team {holder.team}; an account has one a region."
    )
