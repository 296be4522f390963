"""Alarms."""

from __future__ import annotations

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values
from tests.support.sandbox import LOG, REGION

TOPIC = f"arn:aws:sns:{REGION}:{LOG}:alarms"


def _put(clients: Clients, name: str, threshold: float) -> None:
    live = clients("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    kept = (
        *("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods"),
        *(
            "ComparisonOperator",
            "TreatMissingData",
            "AlarmActions",
            "AlarmDescription",
            "WarmUpConfiguration",
        ),
    )
    clients("cloudwatch").put_metric_alarm(**{key: live[key] for key in kept}, Threshold=threshold)


def _alarm(names: Values) -> Values:
    return {
        "name": names["name"],
        "alarmDescription": "Messages that no consumer could take.",
        "namespace": "AWS/SQS",
        "metricName": "ApproximateNumberOfMessagesVisible",
        "dimensions": {"QueueName": "letters"},
        "statistic": "Maximum",
        "period": 300,
        "evaluationPeriods": 2,
        "threshold": 0,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [TOPIC],
        "warmUpConfiguration": {"warmUpPeriodDurationInMinutes": 60},
        "tags": TAGS,
    }


CASES = (
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs=_alarm,
        change=lambda _: {"threshold": 5, "okActions": [TOPIC], "tags": {"team": "orders"}},
        changed=("okActions", "tags.team", "threshold"),
        by_hand=lambda c, n, _: _put(c, n["name"], 9),
        drifted="threshold",
        replace={"name": "another"},
    ),
)
