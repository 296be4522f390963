"""CloudWatch: alarms begin without data, keep their state when they are written again, and act when it changes.

Sources: PutMetricAlarm and SetAlarmState of the CloudWatch API reference; "Notifying users on alarm changes" in the
CloudWatch User Guide for what is sent to a topic; "CloudWatch alarms and Amazon SNS" of AWS re:Post's knowledge centre
for the permission: the topic's policy lets `cloudwatch.amazonaws.com` publish, with the alarm's ARN as aws:SourceArn.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.sns.models import sns_backends

from service.sandbox import moment
from service.sandbox.delivery import permissions
from service.sandbox.fixes import replaces

log = structlog.get_logger(__name__)

CLOUDWATCH = "cloudwatch.amazonaws.com"
UNCHECKED = "Unchecked: Initial alarm creation"


@replaces(CloudWatchResponse, "put_metric_alarm")
def _put_metric_alarm(original: Callable[..., Any], self: Any) -> Any:
    alarms = self.cloudwatch_backend.alarms
    before = alarms.get(self._get_param("AlarmName"))
    answer = original(self)
    alarm = alarms[self._get_param("AlarmName")]
    alarm.warm_up_configuration = self._get_param("WarmUpConfiguration")
    alarm.created = getattr(before, "created", moment.utcnow())
    alarm.state_value = before.state_value if before else "INSUFFICIENT_DATA"
    alarm.state_reason = before.state_reason if before else UNCHECKED
    return answer


@replaces(CloudWatchBackend, "set_alarm_state")
def _set_alarm_state(
    original: Callable[..., None], self: CloudWatchBackend, alarm_name: str, *args: Any, **kwargs: Any
) -> None:
    alarm = self.alarms.get(alarm_name)
    before = alarm.state_value if alarm else None
    original(self, alarm_name, *args, **kwargs)
    if alarm is not None and before is not None and alarm.state_value != before and alarm.actions_enabled:
        for action in _actions(alarm):
            _act(self, alarm, action, before)


def _actions(alarm: Alarm) -> list[str]:
    by_state = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}
    return list(by_state.get(alarm.state_value, alarm.insufficient_data_actions) or [])


def _act(backend: CloudWatchBackend, alarm: Alarm, topic: str, before: str) -> None:
    """Tell a topic. Other actions are not played; a topic of another region cannot be told (PutMetricAlarm)."""
    _, _, service, region, account, _ = topic.split(":", 5)
    if service != "sns" or region != backend.region_name:
        log.warning("alarm.action_failed", alarm=alarm.name, action=topic, reason="no topic of this region")
    elif not permissions.may_publish(CLOUDWATCH, topic, alarm.alarm_arn, backend.account_id):
        log.warning("alarm.action_failed", alarm=alarm.name, action=topic, reason="missing, or its policy")
    else:
        subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
        message = json.dumps(_message(backend, alarm, before))
        sns_backends[account][region].publish(message, topic, subject=subject[:100])


def _message(backend: CloudWatchBackend, alarm: Alarm, before: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": f"{moment.utcnow():%Y-%m-%dT%H:%M:%S}.000+0000",
        "Region": backend.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "Statistic",
            "Statistic": (alarm.statistic or "").upper(),
            "Unit": alarm.unit,
            "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
        },
    }
