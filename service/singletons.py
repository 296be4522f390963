"""What there is one of: a recorder of an account and region, a bucket or a trail that is taken over. One source may hold it.

A source holds it from its request until it is seen to have let go, which is when its retirement has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, select

from programs import KINDS

from .environments import Environment, Environments
from .errors import SingletonTaken
from .models import Source


@dataclass(frozen=True)
class Claim:
    """Something that one source can hold: `key` is equal for the same thing, `what` and `field` tell the one who asks."""

    key: str
    what: str
    field: str


def claim(session: Session, environments: Environments, source: Source) -> None:
    """Make sure that the source may have what there is one of, until this transaction ends.

    Raises:
        SingletonTaken: another source holds it.
    """
    for wanted in claims_of(environments, source):
        # Two that ask at once both see nothing in the table: the second one waits here until the first has written its row.
        name = {"name": f"singleton:{wanted.key}"}
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)
    for wanted, holder in held(session, environments, source):
        raise SingletonTaken(taken_by(wanted, holder))


def held(session: Session, environments: Environments, source: Source) -> Iterator[tuple[Claim, Source]]:
    """What this source needs and another one holds."""
    wanted = {claim.key: claim for claim in claims_of(environments, source)}
    if not wanted:
        return
    others = select(Source).where(Source.id != source.id, col(Source.desired) != "purged")
    for other in session.exec(others):
        if (other.desired, other.phase) == ("retired", "retired"):
            continue
        for theirs in claims_of(environments, other):
            if theirs.key in wanted:
                yield wanted[theirs.key], other


def claims_of(environments: Environments, source: Source) -> list[Claim]:
    """What the source needs that there is one of; nothing where nobody knows its environment or its kind."""
    kind = KINDS.get(source.kind)
    try:
        environment = environments.get(source.environment)
    except KeyError:
        return []
    if kind is None:
        return []
    return [*_of_the_account(kind.title, environment, kind.only_one), *_taken_over(environment, source)]


def _of_the_account(title: str, environment: Environment, only_one: bool) -> Iterator[Claim]:
    if only_one:
        account, region = environment.production.account_id, environment.production.region
        what = f"{title} of account {account} in {region}"
        yield Claim(f"{title}:{account}:{region}", what, "/environment")


def _taken_over(environment: Environment, source: Source) -> Iterator[Claim]:
    bucket, trail = source.spec.get("adopt_bucket"), source.spec.get("adopt")
    if bucket:
        yield Claim(f"bucket:{bucket}", f"The bucket {bucket}", "/spec/adopt_bucket")
    if isinstance(trail, str):
        account = environment.production.account_id
        yield Claim(f"trail:{account}:{trail}", f"The trail {trail} of account {account}", "/spec/adopt")


def taken_by(wanted: Claim, holder: Source) -> str:
    """Who has it."""
    return (
        f"{wanted.what} belongs to the source {holder.environment}/{holder.name} of team {holder.team};"
        " there is one, and one source can have it."
    )
