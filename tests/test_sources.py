"""Use cases on a wish: what each stores, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from service import sources
from service.auth import Caller
from service.environments import Environments
from service.errors import NameTaken, StaleWish, WrongPhase
from service.models import Audit, Generation, Operation, Source, now
from service.sources import SourceChange, SourceRequest

from .api.conftest import ENVIRONMENTS, WISH

REQUESTER, OPERATOR = Caller("ann", "requester", "payments"), Caller("olga", "operator")


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    path = tmp_path / "environments.toml"
    path.write_text(ENVIRONMENTS)
    return Environments.load(path)


@pytest.fixture
def source(db_session: Session, environments: Environments) -> Source:
    body = SourceRequest.model_validate(WISH)
    return sources.request(db_session, REQUESTER, environments, body)[0]


def change(
    db_session: Session, environments: Environments, source: Source, tag: str = "*", **body: Any
) -> tuple[Source, Operation | None]:
    whole = SourceChange.model_validate({"spec": WISH["spec"], **body})
    return sources.change(db_session, REQUESTER, environments, source.id, whole, tag)


def test_every_write_is_a_generation_and_an_audit_line(
    db_session: Session, environments: Environments, source: Source
) -> None:
    change(db_session, environments, source, spec={**WISH["spec"], "retention_days": 500})
    sources.retire(db_session, REQUESTER, source.id, '"2"')
    sources.restore(db_session, REQUESTER, environments, source.id)
    kept = db_session.exec(select(Generation).order_by(col(Generation.generation))).all()
    assert [(g.generation, g.desired, g.reason) for g in kept] == [
        (1, "active", "requested"),
        (2, "active", "changed"),
        (3, "retired", "retired"),
        (4, "active", "restored"),
    ]
    lines = db_session.exec(select(Audit).order_by(col(Audit.at))).all()
    assert [(line.principal, line.action) for line in lines] == [
        ("ann", action) for action in ("requested", "changed", "retired", "restored")
    ]


def test_a_pause_moves_the_version_and_asks_for_no_work(
    db_session: Session, environments: Environments, source: Source
) -> None:
    source.observed_generation = 1
    before = len(db_session.exec(select(Operation)).all())
    _, operation = change(db_session, environments, source, suspended=True)
    assert (operation, source.generation, source.observed_generation) == (None, 2, 2)
    assert sources.etag(source) == '"2"'
    assert len(db_session.exec(select(Operation)).all()) == before
    with pytest.raises(StaleWish):
        change(db_session, environments, source, '"1"')


def test_a_taken_name_leaves_the_session_usable(
    db_session: Session, environments: Environments, source: Source
) -> None:
    body = SourceRequest.model_validate(WISH)
    with pytest.raises(NameTaken):
        sources.request(db_session, REQUESTER, environments, body)
    assert db_session.exec(select(Source.id)).all() == [source.id]
    draft = sources.inspect_request(db_session, REQUESTER, environments, body)
    assert [finding.code for finding in draft.refused] == ["name_taken"]


def test_restoring_drops_a_purge_that_only_waits(
    db_session: Session, environments: Environments, source: Source
) -> None:
    sources.retire(db_session, REQUESTER, source.id, "*")
    purge = sources.purge(db_session, OPERATOR, source.id, source.name)
    with pytest.raises(WrongPhase, match="already under way"):
        sources.purge(db_session, OPERATOR, source.id, source.name)
    sources.restore(db_session, REQUESTER, environments, source.id)
    assert (purge.state, source.desired) == ("superseded", "active")


def test_a_purge_that_has_begun_cannot_be_taken_back(
    db_session: Session, environments: Environments, source: Source
) -> None:
    sources.retire(db_session, REQUESTER, source.id, "*")
    purge = sources.purge(db_session, OPERATOR, source.id, source.name)
    purge.state, purge.attempt, purge.started_at = "running", 1, now()
    db_session.add(purge)
    db_session.flush()
    with pytest.raises(WrongPhase, match="being purged"):
        sources.restore(db_session, REQUESTER, environments, source.id)


def test_retiring_twice_is_one_retirement(db_session: Session, source: Source) -> None:
    assert sources.retire(db_session, REQUESTER, source.id, "*")[1] is not None
    assert sources.retire(db_session, REQUESTER, source.id, "*") == (source, None)
    assert source.generation == 2
