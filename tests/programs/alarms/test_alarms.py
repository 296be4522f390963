"""Each source has an alarm for each way in which logs can fail to arrive, and CloudWatch takes every one of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs import program_for
from programs.alarms.table import LONGEST_WARM_UP, Alarm, of_store, of_stream
from programs.names import names_of
from programs.wish import Wish
from tests.programs.recording import Registered, run
from tests.programs.wishes import LOG, PRODUCTION, REGION, account, wish

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = f"arn:aws:sns:{REGION}:{PRODUCTION}:everybodys"


def made(asked: Wish) -> dict[str, Registered]:
    return run(program_for(asked))[0]


def alarms(asked: Wish) -> set[str]:
    return {one.name.removeprefix("alarm:") for one in made(asked).values() if one.type == ALARM}


def test_every_part_of_the_way_is_watched() -> None:
    assert alarms(wish({"silence_hours": 6})) == {
        "late",
        "failing",
        "throttled",
        "copy-failed",
        "silent",
        *(f"{name}-{what}" for name in ("splunk", "elastic") for what in ("dead-letters", "unread")),
    }


def test_what_a_source_has_not_is_not_watched() -> None:
    assert alarms(wish(replica_region=None, consumers=())) == {"late", "failing", "throttled"}


@pytest.mark.parametrize(
    ("stage", "left"), [("draining", {"late", "failing", "throttled"}), ("retired", set())]
)
def test_a_source_that_goes_is_not_reproached_with_its_silence(stage: str, left: set[str]) -> None:
    assert alarms(wish({"silence_hours": 1}, stage=stage, consumers=(), replica_region=None)) == left


@given(hours=st.integers(1, 168), buffer=st.integers(0, 900))
def test_cloudwatch_takes_every_alarm(hours: int, buffer: int) -> None:
    """PutMetricAlarm: periods of less than an hour look back a day, longer ones 7 days; names have 255 characters."""
    asked = wish({"silence_hours": hours}, name="a" * 40)
    names = names_of(asked)
    table = (*of_stream(names, buffer), *of_store(asked, names))
    assert len({alarm.what for alarm in table}) == len(table)
    for alarm in table:
        assert alarm.period % 60 == 0
        assert alarm.period * alarm.periods <= (86_400 if alarm.period < 3600 else 604_800)
        assert len(names.alarm_prefix + alarm.what) <= 255
        assert len(alarm.description) <= 1024
        assert 1 <= (alarm.warm_up_minutes or 1) <= LONGEST_WARM_UP


def test_a_delivery_is_late_only_after_its_buffers_time() -> None:
    late = _named(of_stream(names_of(wish()), 900), "late")
    assert late.threshold > 900


def test_hours_without_data_are_hours_of_silence() -> None:
    asked = wish({"silence_hours": 72})
    silent = _named(of_store(asked, names_of(asked)), "silent")
    assert (silent.period, silent.periods, silent.missing) == (3600, 72, "breaching")
    assert silent.warm_up_minutes == LONGEST_WARM_UP


def _named(table: tuple[Alarm, ...], what: str) -> Alarm:
    return next(alarm for alarm in table if alarm.what == what)


def test_each_account_tells_its_own_topic_and_lets_nobody_else_speak() -> None:
    found = made(wish())
    for side, number in (("production", PRODUCTION), ("log", LOG)):
        topic = found[f"{side}-alarm-topic"]
        assert topic.provider == side
        policy = json.loads(found[f"{side}-alarm-topic-policy"].inputs["policy"])
        [statement] = policy["Statement"]
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": number}
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"].startswith(
            f"arn:aws:cloudwatch:{REGION}:{number}:alarm:logflume-payments-api-"
        )


def test_a_topic_of_the_environment_is_told_instead() -> None:
    found = made(wish(production=account("production", PRODUCTION) | {"alarm_topic": TOPIC}))
    assert "production-alarm-topic" not in found
    late = found["alarm:late"]
    assert (late.inputs["alarmActions"], late.inputs["okActions"]) == ([TOPIC], [TOPIC])
    assert "log-alarm-topic" in found
