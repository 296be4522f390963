"""CloudWatch: alarms on one metric. Inputs: `pulumi_aws.cloudwatch.MetricAlarm`; calls and bounds: PutMetricAlarm.

Metric math, anomaly detection and percentiles are not played, nor are thresholds with a fraction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Naming, Resource, present, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Prop,
    Values,
    block,
    choice,
    flag,
    known_block,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_ACTIONS = set_of(text(r"arn:.+"), longest=5)
_DAY, _WEEK, _HOUR = 86_400, 604_800, 3600


class MetricAlarm(Resource):
    """aws.cloudwatch.MetricAlarm on a single metric. Import by name."""

    token, title = "aws:cloudwatch/metricAlarm:MetricAlarm", "CloudWatch Metric Alarm"
    documented = "cloudwatch_metric_alarm"
    naming = Naming("name", None, 255)
    inputs = {
        "name": text(longest=255, replaces=True),
        "alarmDescription": text(longest=1024),
        "namespace": text(r"[^:].*", required=True, longest=255),
        "metricName": text(required=True, longest=255),
        "dimensions": Prop("map"),
        "statistic": choice("SampleCount", "Average", "Sum", "Minimum", "Maximum", required=True),
        "period": number(10, required=True),
        "evaluationPeriods": number(1, required=True),
        "datapointsToAlarm": number(1, computed=True),
        "threshold": number(required=True),
        "comparisonOperator": choice(
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            required=True,
        ),
        "treatMissingData": choice("missing", "ignore", "breaching", "notBreaching", default="missing"),
        "actionsEnabled": flag(default=True),
        "alarmActions": _ACTIONS,
        "okActions": _ACTIONS,
        "insufficientDataActions": _ACTIONS,
        "warmUpConfiguration": block(
            {
                "warmUpPeriodDurationInMinutes": number(1, 2880, required=True),
                "onlyStartEvaluatingAfterWarmUpPeriodEnds": flag(default=False),
            }
        ),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn",)

    def rules(self, inputs: Values) -> Iterator[Failure]:
        period, periods = inputs.get("period"), inputs.get("evaluationPeriods")
        if not isinstance(period, int) or not isinstance(periods, int):
            return
        if period not in (10, 20, 30) and period % 60:
            yield Failure("period", f"must be 10, 20, 30 or a multiple of 60, not {period}")
        longest = _DAY if period < _HOUR else _WEEK
        if period * periods > longest:
            yield Failure("evaluationPeriods", f"must not reach back longer than {longest} seconds")

    def create(self, aws: Aws, inputs: Values) -> str:
        aws.call("cloudwatch", "PutMetricAlarm", **_request(inputs), Tags=tag_list(inputs.get("tags")) or [])
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        alarms = aws.call("cloudwatch", "DescribeAlarms", AlarmNames=[id]).get("MetricAlarms", [])
        if not alarms:
            return None
        live = alarms[0]
        tags = aws.call("cloudwatch", "ListTagsForResource", ResourceARN=live["AlarmArn"]).get("Tags")
        return {
            "name": id,
            "arn": live["AlarmArn"],
            "alarmDescription": live.get("AlarmDescription"),
            "namespace": live.get("Namespace"),
            "metricName": live.get("MetricName"),
            "dimensions": {each["Name"]: each["Value"] for each in live.get("Dimensions", [])},
            "statistic": live.get("Statistic"),
            "period": live.get("Period"),
            "evaluationPeriods": live.get("EvaluationPeriods"),
            "datapointsToAlarm": live.get("DatapointsToAlarm"),
            "threshold": _whole(live.get("Threshold")),
            "comparisonOperator": live.get("ComparisonOperator"),
            "treatMissingData": live.get("TreatMissingData") or "missing",
            "actionsEnabled": live.get("ActionsEnabled"),
            "alarmActions": live.get("AlarmActions"),
            "okActions": live.get("OKActions"),
            "insufficientDataActions": live.get("InsufficientDataActions"),
            "warmUpConfiguration": _warm_up(live.get("WarmUpConfiguration")),
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags"}:
            aws.call("cloudwatch", "PutMetricAlarm", **_request(new))
        if "tags" in changed:
            self._retag(aws, id, old, new)

    def _retag(self, aws: Aws, id: str, old: Values, new: Values) -> None:
        arn = aws.call("cloudwatch", "DescribeAlarms", AlarmNames=[id])["MetricAlarms"][0]["AlarmArn"]
        gone, written = tag_changes(old, new)
        if gone:
            aws.call("cloudwatch", "UntagResource", ResourceARN=arn, TagKeys=gone)
        if written:
            aws.call("cloudwatch", "TagResource", ResourceARN=arn, Tags=tag_list(written))

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.call("cloudwatch", "DeleteAlarms", AlarmNames=[id])


def _request(inputs: Values) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in (inputs.get("dimensions") or {}).items()]
    warm_up = known_block(inputs.get("warmUpConfiguration"))
    return present(
        AlarmName=inputs["name"],
        AlarmDescription=inputs.get("alarmDescription"),
        Namespace=inputs["namespace"],
        MetricName=inputs["metricName"],
        Dimensions=dimensions,
        Statistic=inputs["statistic"],
        Period=inputs["period"],
        EvaluationPeriods=inputs["evaluationPeriods"],
        DatapointsToAlarm=inputs.get("datapointsToAlarm"),
        Threshold=inputs["threshold"],
        ComparisonOperator=inputs["comparisonOperator"],
        TreatMissingData=inputs.get("treatMissingData"),
        ActionsEnabled=inputs.get("actionsEnabled"),
        AlarmActions=inputs.get("alarmActions") or [],
        OKActions=inputs.get("okActions") or [],
        InsufficientDataActions=inputs.get("insufficientDataActions") or [],
        WarmUpConfiguration={name[0].upper() + name[1:]: value for name, value in warm_up.items()} or None,
    )


def _warm_up(live: dict[str, Any] | None) -> Values | None:
    return {name[0].lower() + name[1:]: value for name, value in live.items()} if live else None


def _whole(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value


RESOURCES: tuple[Resource, ...] = (MetricAlarm(),)
