"""Requests made from the OpenAPI document: whatever is sent, the answer is one that the document announces."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from service import db
from service.api import operations
from service.models import Source
from tests.consumers.readings import outputs

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def schema(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document of the app; a story is read for a moment only."""
    monkeypatch.setattr(operations, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(operations, "LONGEST_STREAM", 0.003)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture
def ids(engine: Engine, asked: dict[str, Any]) -> dict[str, str]:
    """A source, an operation and a consumer that are there."""
    with db.session(engine) as session:
        source = session.get_one(Source, asked["id"])
        source.stack = {"outputs": outputs("siem", "elastic")}
        session.add(source)
    operation = asked["status"]["operation"]["id"]
    return {"source_id": asked["id"], "operation_id": operation, "consumer": "siem"}


def test_every_answer_is_one_that_the_document_announces(schema: Any, ids: dict[str, str]) -> None:
    seen = Counter[str]()
    for offered in schema.get_all_operations():
        _try(offered.ok(), ids, seen)
    assert {"200", "202", "404", "409", "422", "428"} <= set(seen), "most kinds of answers were met"


def _try(operation: Any, ids: dict[str, str], seen: Counter[str]) -> None:
    sent = count()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        if next(sent) % 2:  # Every second request finds what it asks for.
            case.path_parameters.update({name: ids[name] for name in case.path_parameters})
        response = case.call(headers={"Authorization": "Bearer dev-admin"})
        seen[str(response.status_code)] += 1
        case.validate_response(response, checks=CHECKS)

    answers()
