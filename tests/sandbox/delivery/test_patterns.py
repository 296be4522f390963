"""Filter patterns, by the examples of the CloudWatch Logs guide's "Filter pattern syntax"."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sandbox.delivery.patterns import UnsupportedPattern, compile_pattern

EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "123.123.0.7",
    "latency": 50,
    "ok": True,
    "none": None,
    "objects": [{"id": 1}, {"id": 2}],
    "user": {"name": "Root"},
}


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR] it broke", True),
        ("ERROR", "[error] it broke", False),
        ("ERROR ARGUMENTS", "ERROR in ARGUMENTS", True),
        ("ERROR ARGUMENTS", "ERROR only", False),
        ('"INTERNAL SERVER ERROR"', "500 INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "SERVER INTERNAL ERROR", False),
        ("ERROR -ARGUMENTS", "ERROR 401", True),
        ("ERROR -ARGUMENTS", "ERROR ARGUMENTS", False),
        ('-"health check"', "GET /", True),
        ('-"health check"', "GET /health health check", False),
        ("?ERROR ?WARN", "WARN: low", True),
        ("?ERROR ?WARN", "INFO: fine", False),
        ("?ERROR INFO", "INFO: fine", True),
    ],
)
def test_terms_match_as_the_guide_says(pattern: str, message: str, matches: bool) -> None:
    assert compile_pattern(pattern)(message) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = Update* }", True),
        ('{ $.sourceIPAddress = "123.123.*" }', True),
        ('{ $.sourceIPAddress != "123.123.*" }', False),
        ("{ $.latency > 40 }", True),
        ("{ $.latency >= 50 && $.latency <= 50 }", True),
        ("{ $.latency < 50 }", False),
        ("{ $.latency = 50 }", True),
        ("{ $.latency = 5.0e1 }", True),
        ("{ $.latency != 50 }", False),
        ("{ $.ok IS TRUE }", True),
        ("{ $.none IS NULL }", True),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.user NOT EXISTS }", False),
        ("{ $.missing = x }", False),
        ("{ $.missing != x }", False),
        ("{ $.objects[1].id = 2 }", True),
        ('{ ($.user.name = "Root") && ($.latency > 99 || $.ok IS TRUE) }', True),
        ('{ ($.user.name = "Root" && $.latency > 99) || $.ok IS FALSE }', False),
    ],
)
def test_json_patterns_match_as_the_guide_says(pattern: str, matches: bool) -> None:
    assert compile_pattern(pattern)(json.dumps(EVENT)) is matches


def test_a_json_pattern_matches_no_text() -> None:
    assert not compile_pattern('{ $.a = "b" }')("a = b")


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user]",
        "%ERROR%",
        '"open',
        "{ $.a = 1",
        "{ $.a }",
        "{ a = 1 }",
        "{ $.a ~ 1 }",
        "{ ($.a = 1 }",
        "{ $.a > x }",
    ],
)
def test_what_is_not_simulated_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPattern):
        compile_pattern(pattern)


@given(word=st.from_regex(r"\A[A-Za-z0-9_]{1,12}\Z"), before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_term_and_its_exclusion_are_opposites(word: str, before: str, after: str) -> None:
    for message in (before + word + after, before + after):
        assert compile_pattern(word)(message) is not compile_pattern(f"-{word}")(message)


@given(value=st.integers(-1000, 1000), limit=st.integers(-1000, 1000))
def test_exactly_one_of_less_equal_and_greater_holds(value: int, limit: int) -> None:
    message = json.dumps({"v": value})
    assert sum(compile_pattern(f"{{ $.v {sign} {limit} }}")(message) for sign in ("<", "=", ">")) == 1
