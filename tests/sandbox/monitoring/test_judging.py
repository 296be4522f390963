"""The state of an alarm follows from its data points as the CloudWatch guide says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.sandbox.monitoring.judging import Missing, Point, Rule, State, judge

NOW = 1000.0
RULE = Rule("Maximum", "GreaterThanThreshold", 0, period=10, periods=3, to_alarm=3)


def _points(drawn: str) -> list[Point]:
    """`0` is a point within, `X` one that breaches, `-` a period without; the newest is the last."""
    values = {"0": 0.0, "X": 1.0}
    return [
        Point(NOW - 5 - 10 * index, values[mark])
        for index, mark in enumerate(reversed(drawn))
        if mark in values
    ]


@pytest.mark.parametrize(
    ("drawn", "missing", "state"),
    [
        ("0X0", "missing", "OK"),
        ("XXX", "missing", "ALARM"),
        ("XX0", "missing", "OK"),
        ("---", "missing", "INSUFFICIENT_DATA"),
        ("---", "ignore", "OK"),
        ("---", "breaching", "ALARM"),
        ("---", "notBreaching", "OK"),
        ("--X", "missing", "ALARM"),
        ("--X", "notBreaching", "OK"),
        ("-0-", "breaching", "OK"),
        ("--X", "breaching", "ALARM"),
    ],
)
def test_missing_data_counts_as_the_alarm_says(drawn: str, missing: Missing, state: State) -> None:
    assert judge(replace(RULE, missing=missing), _points(drawn), NOW, created=0, before="OK") == state


def test_some_of_the_periods_can_be_enough() -> None:
    assert judge(replace(RULE, to_alarm=2), _points("X0X"), NOW, created=0, before="OK") == "ALARM"


def test_points_of_one_period_become_one_value() -> None:
    points = [Point(NOW - 1, 1), Point(NOW - 2, 0), Point(NOW - 3, 1)]
    rule = replace(
        RULE, statistic="Average", comparison="LessThanThreshold", threshold=1, periods=1, to_alarm=1
    )
    assert judge(rule, points, NOW, created=0, before="OK") == "ALARM"
    assert judge(rule, points[:1], NOW, created=0, before="OK") == "OK"


def test_an_alarm_on_silence_waits_until_it_has_warmed_up() -> None:
    rule = replace(RULE, missing="breaching", warm_up=30)
    assert judge(rule, [], NOW, created=NOW - 29, before="INSUFFICIENT_DATA") == "INSUFFICIENT_DATA"
    assert judge(rule, [], NOW, created=NOW - 31, before="INSUFFICIENT_DATA") == "ALARM"
