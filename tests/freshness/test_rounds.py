"""A round looks at the sources that are due, stores what it saw, and harms nothing when AWS is away."""

from __future__ import annotations

import configparser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from service.environments import Environments
from service.freshness.rounds import look_round, note
from service.freshness.seen import Seen
from service.models import Source, now
from service.settings import Settings
from service.wish import wish_of
from tests.freshness.test_seen import store
from tests.preflight.scene import Scene


@pytest.fixture
def settings(scene: Scene, tmp_path: Path) -> Settings:
    """A worker's settings, with the service's identity at home."""
    parser = configparser.ConfigParser(interpolation=None)
    parser["logflume"] = scene.identity
    with (tmp_path / "service-credentials.ini").open("w") as out:
        parser.write(out)
    port = urlsplit(scene.sandbox.url).port
    assert port is not None
    return Settings(home=tmp_path, sandbox_port=port, freshness_seconds=300)


@pytest.fixture
def environments(scene: Scene) -> Environments:
    return Environments({"default": scene.environment()})


def _source(engine: Engine, **more: Any) -> Source:
    fields: dict[str, Any] = {
        "name": "payments",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_groups": ["/aws/lambda/payments"]},
        "drift_policy": {},
        "created_by": "dev",
        "observed_generation": 1,
    }
    with Session(engine, expire_on_commit=False) as session:
        source = Source(**fields | more)
        session.add(source)
        session.commit()
        return source


def _row(engine: Engine, source: Source) -> Source:
    with Session(engine) as session:
        return session.get_one(Source, source.id)


def test_a_delivery_is_seen_once_an_interval(
    scene: Scene, engine: Engine, environments: Environments, settings: Settings
) -> None:
    source = _source(engine)
    put = store(scene, wish_of(source, environments.get("default")))
    assert look_round(engine, environments, settings) == 1
    assert _row(engine, source).last_delivery_at is None
    delivered = put(0)
    assert look_round(engine, environments, settings) == 0, "it is not due yet"
    soon = settings.model_copy(update={"freshness_seconds": 0})
    assert look_round(engine, environments, soon) == 1
    assert _row(engine, source).last_delivery_at == delivered


@pytest.mark.parametrize("more", [{"observed_generation": 0}, {"desired": "retired"}, {"desired": "purged"}])
def test_a_source_that_is_not_in_place_is_not_looked_at(
    engine: Engine, environments: Environments, settings: Settings, more: dict[str, Any]
) -> None:
    _source(engine, **more)
    assert look_round(engine, environments, settings) == 0


def test_what_cannot_be_asked_leaves_what_is_known(
    engine: Engine, environments: Environments, settings: Settings
) -> None:
    known = datetime(2026, 1, 2, tzinfo=UTC)
    source = _source(engine, last_delivery_at=known)  # It has no bucket.
    assert look_round(engine, environments, settings) == 1
    assert _row(engine, source).last_delivery_at == known
    (settings.home_path / "service-credentials.ini").unlink()
    _source(engine, name="other")
    assert look_round(engine, environments, settings) == 1


def test_a_source_of_an_environment_that_is_gone_keeps_nobody_waiting(
    engine: Engine, environments: Environments, settings: Settings
) -> None:
    _source(engine, environment="gone")
    assert look_round(engine, environments, settings) == 1


def test_a_known_delivery_is_never_taken_back(engine: Engine) -> None:
    source = _source(engine, last_delivery_at=now())
    known = source.last_delivery_at
    assert known is not None
    note(source, Seen(known - timedelta(days=1)))
    note(source, Seen(None))
    assert source.last_delivery_at == known


def test_a_problem_is_told_once_it_is_one_and_once_it_is_over(engine: Engine) -> None:
    source = _source(engine)
    note(source, Seen(now()))
    assert source.conditions == []
    note(source, Seen(now(), "AccessDenied"))
    [failed] = source.conditions
    assert (failed["type"], failed["status"], failed["message"]) == (
        "Delivering",
        "False",
        "The last delivery failed: AccessDenied",
    )
    note(source, Seen(now()))
    assert [(c["status"], c["reason"]) for c in source.conditions] == [("True", "Delivered")]
