"""`/metrics`: what Prometheus reads, for whoever has a token, the same from every process but for the requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.testclient import TestClient

from service.models import Lease, Operation, Source, now
from service.notices import Notice, NoticeCount, NoticeDelivery
from tests.api.conftest import As


def _samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _value(client: TestClient, name: str, **labels: str) -> float | None:
    return _samples(client).get((name, frozenset(labels.items())))


@pytest.fixture
def viewer(as_: As) -> TestClient:
    """Calls as somebody who may only look."""
    return as_("dev-viewer")


@pytest.fixture
def source(engine: Engine) -> str:
    """A ready source that was changed by hand and delivered a minute ago."""
    with Session(engine) as session:
        made = Source(
            name="payments-api",
            environment="default",
            kind="cloudwatch",
            team="payments",
            spec={"log_groups": ["/aws/lambda/payments"]},
            drift_policy={},
            created_by="dev",
            phase="ready",
            drift={"drifted": True},
            last_delivery_at=now() - timedelta(minutes=1),
        )
        session.add(made)
        session.commit()
        return made.id


def _operation(engine: Engine, source_id: str, **fields: Any) -> None:
    with Session(engine) as session:
        session.add(
            Operation(source_id=source_id, generation=1, requested_by="dev", **{"kind": "apply", **fields})
        )
        session.commit()


def test_a_token_is_needed_like_for_every_other_read(as_: As) -> None:
    assert as_("").get("/metrics").status_code == 401


def test_requests_are_counted_by_route_and_status(viewer: TestClient, source: str) -> None:
    viewer.get(f"/v1/sources/{source}")
    viewer.get("/v1/sources/none")
    viewer.get("/nowhere/at/all")
    route = "/v1/sources/{source_id}"
    assert _value(viewer, "logflume_requests_total", method="GET", route=route, status="200") == 1
    assert _value(viewer, "logflume_requests_total", method="GET", route=route, status="404") == 1
    assert _value(viewer, "logflume_requests_total", method="GET", route="none", status="404") == 1


def test_the_queue_has_a_depth_and_an_age(viewer: TestClient, engine: Engine, source: str) -> None:
    assert _value(viewer, "logflume_queue_age_seconds") == 0
    _operation(engine, source, queued_at=now() - timedelta(minutes=5))
    _operation(engine, source, not_before=now() + timedelta(hours=1))
    assert _value(viewer, "logflume_queue_depth", when="due") == 1
    assert _value(viewer, "logflume_queue_depth", when="later") == 1
    age = _value(viewer, "logflume_queue_age_seconds")
    assert age is not None
    assert 300 <= age < 360


def test_operations_are_counted_by_kind_and_result(viewer: TestClient, engine: Engine, source: str) -> None:
    _operation(engine, source, state="succeeded", finished_at=now(), engine_seconds=2.5)
    _operation(engine, source, state="failed", finished_at=now(), engine_seconds=1.5)
    _operation(engine, source, state="running", kind="check", engine_seconds=0.25)
    assert _value(viewer, "logflume_operations_total", kind="apply", result="succeeded") == 1
    assert _value(viewer, "logflume_operations_total", kind="apply", result="failed") == 1
    assert _value(viewer, "logflume_operations_live", kind="check", state="running") == 1
    assert _value(viewer, "logflume_engine_seconds_total", kind="apply") == 4
    assert _value(viewer, "logflume_engine_seconds_total", kind="check") == 0.25


def test_sources_are_counted_and_each_says_how_fresh_it_is(
    viewer: TestClient, engine: Engine, source: str
) -> None:
    assert _value(viewer, "logflume_sources", phase="ready") == 1
    assert _value(viewer, "logflume_sources_drifted") == 1
    labels = {"source": "payments-api", "environment": "default", "kind": "cloudwatch", "team": "payments"}
    age = _value(viewer, "logflume_source_freshness_seconds", **labels)
    assert age is not None
    assert 60 <= age < 120
    with Session(engine) as session:
        session.get_one(Source, source).last_delivery_at = None
        session.commit()
    assert _value(viewer, "logflume_source_freshness_seconds", **labels) is None


def test_takeovers_are_added_up(viewer: TestClient, engine: Engine, source: str) -> None:
    assert _value(viewer, "logflume_lease_takeovers_total") == 0
    with Session(engine) as session:
        session.add(Lease(source_id=source, takeovers=3))
        session.commit()
    assert _value(viewer, "logflume_lease_takeovers_total") == 3


def test_a_delivery_is_shown_with_its_source(viewer: TestClient, source: str) -> None:
    assert viewer.get(f"/v1/sources/{source}").json()["status"]["last_delivery_at"] is not None


def test_notifications_are_counted_by_receiver_and_result(viewer: TestClient, engine: Engine) -> None:
    assert _value(viewer, "logflume_notifications_waiting") == 0
    with Session(engine) as session:
        told = Notice(event="source.stalled", source_id="s", environment="default", team="payments", data={})
        session.add(told)
        session.flush()
        session.add_all(
            [
                NoticeDelivery(notice_id=told.id, subscription="hook"),
                NoticeDelivery(notice_id=told.id, subscription="ops", state="failed", next_at=None),
                NoticeCount(environment="default", subscription="ops", result="failed", number=3),
            ]
        )
        session.commit()
    assert _value(viewer, "logflume_notifications_waiting") == 1
    labels = {"environment": "default", "subscription": "ops", "result": "failed"}
    assert _value(viewer, "logflume_notifications_total", **labels) == 3
