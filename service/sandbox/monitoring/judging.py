"""What state an alarm is in, from its data points. Pure: every instant is passed in.

Source: "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch alarms treat missing data" in the CloudWatch User
Guide. Two simplifications: periods end now instead of on the minute, and CloudWatch's look at some older points, where
newer ones are missing, is left out: an alarm of the sandbox goes off a little earlier.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}


@dataclass(frozen=True)
class Rule:
    """What an alarm watches for; `period` is in seconds of the caller's clock."""

    statistic: str
    comparison: str
    threshold: float
    period: float
    periods: int
    to_alarm: int
    missing: Missing = "missing"
    warm_up: float = 0.0
    """Seconds from its creation in which the alarm waits for its first data."""


@dataclass(frozen=True)
class Point:
    """One value of the metric, at an instant of the caller's clock (seconds)."""

    at: float
    value: float


def judge(rule: Rule, points: Sequence[Point], now: float, created: float, before: State) -> State:
    """The state at `now` of an alarm that was made at `created` and is in state `before`."""
    values = [_value(rule, points, now - index * rule.period) for index in range(rule.periods)]
    if now < created + rule.warm_up and None in values:
        return "INSUFFICIENT_DATA"
    verdicts = [_breaches(rule, value) for value in values]
    known = [verdict for verdict in verdicts if verdict is not None]
    if verdicts.count(True) >= rule.to_alarm:
        return "ALARM"
    if len(known) == len(verdicts):
        return "OK"
    if rule.missing == "ignore":
        return before
    if not known:
        return "INSUFFICIENT_DATA"
    return "ALARM" if all(known) else "OK"


def _value(rule: Rule, points: Sequence[Point], end: float) -> float | None:
    """The statistic over the period that ends at `end`; None where there is no data."""
    values = [point.value for point in points if end - rule.period < point.at <= end]
    return _STATISTICS[rule.statistic](values) if values else None


def _breaches(rule: Rule, value: float | None) -> bool | None:
    """Whether a period breaches; None where that is not known."""
    if value is not None:
        return _COMPARE[rule.comparison](value, rule.threshold)
    return {"breaching": True, "notBreaching": False}.get(rule.missing)
