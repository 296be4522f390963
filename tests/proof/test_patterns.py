"""Events that are written for a filter pattern, held against the pattern as CloudWatch Logs reads it."""

from __future__ import annotations

import json

import pytest

from service.proof.fronts.patterns import NoEvent, event_for
from service.sandbox.delivery.patterns import compile_pattern

MARK = "logflume-1b2c.0."


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "ERROR",
        "ERROR -DEBUG",
        '"payment failed" ERROR',
        '"a \\"quoted\\" word"',
        "?ERROR ?WARN",
        '{ $.level = "ERROR" }',
        '{ $.level = "ERR*" && $.code = 500 && $.user.name = "ann" }',
        "{ $.level = ERROR }",
    ],
)
def test_what_is_written_has_the_mark_and_gets_through(pattern: str) -> None:
    event = event_for(pattern, MARK)
    assert MARK in event
    assert compile_pattern(pattern)(event)


@pytest.mark.parametrize(
    "pattern",
    [
        "-logflume",
        "%ERR[0-9]%",
        "[ip, user, status = 500]",
        "{ $.code > 400 }",
        '{ $.level = "A" || $.level = "B" }',
        '{ $.level = "A" && $.level = "B" }',
        '{ $.level = "A" && $.level.name = "B" }',
        '"never closed',
    ],
)
def test_what_is_not_sure_to_get_through_is_not_written(pattern: str) -> None:
    with pytest.raises(NoEvent):
        event_for(pattern, MARK)


def test_a_mark_stays_readable_where_the_event_is_put_into_an_envelope() -> None:
    assert MARK in json.dumps({"message": event_for("", MARK)})
