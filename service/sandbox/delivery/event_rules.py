"""EventBridge: API calls that CloudTrail tells of, matched by the rules of the default bus, sent on to Firehose.

Sources, in the EventBridge user guide: "AWS service events delivered via AWS CloudTrail" (detail-type, only with a trail that
logs), "Receiving read-only management events from AWS services" (rule states), "Amazon EventBridge targets" (role). Events go
out in the background; one that a target refuses is dropped with a line in the log, where AWS tries some errors again for a day.
Other targets than Firehose are not played.
"""

from __future__ import annotations

import json
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import Rule, events_backends

from service.sandbox.delivery import plane, sessions

log = structlog.get_logger(__name__)

DETAIL_TYPE = "AWS API Call via CloudTrail"
ALL_STATES = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def event(record: dict[str, Any]) -> Any:
    """The event about a CloudTrail record."""
    return {
        "version": "0",
        "id": record["eventID"],
        "detail-type": DETAIL_TYPE,
        "source": f"aws.{record['eventSource'].removesuffix('.amazonaws.com')}",
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def publish(record: dict[str, Any]) -> None:
    """Send the event to every target whose rule matches. `moment.EXCLUSIVE` is held."""
    backend = events_backends[record["recipientAccountId"]][record["awsRegion"]]
    happened = event(record)
    for rule in list(backend.event_buses["default"].rules.values()):
        if _hears(rule, record) and rule.event_pattern.matches_event(happened):
            for target in rule.targets:
                _hand_over(rule.arn, target, json.dumps(happened, separators=(",", ":")).encode())


def _hears(rule: Rule, record: dict[str, Any]) -> bool:
    """An enabled rule is not told of read-only management events; the third state is for them too."""
    if rule.state == "ENABLED":
        return not (record["readOnly"] and record["managementEvent"])
    return rule.state == ALL_STATES and rule.event_pattern.dump() is not None


def _hand_over(rule_arn: str, target: dict[str, Any], data: bytes) -> None:
    if ":firehose:" in target["Arn"]:
        plane.current().errands.add(lambda: _send(rule_arn, target["Arn"], target["RoleArn"], data))
    else:
        log.warning("delivery.refused", rule=rule_arn, destination=target["Arn"], reason="not played")


def _send(rule_arn: str, stream_arn: str, role_arn: str, data: bytes) -> None:
    """Put one record on the stream, as the target's role."""
    _, _, _, region, _, name = stream_arn.split(":", 5)
    try:
        credentials = sessions.assume_as_events(rule_arn, role_arn)
        firehose = sessions.client("firehose", credentials, region, plane.current().url)
        firehose.put_record(DeliveryStreamName=name.split("/", 1)[1], Record={"Data": data})
    except (sessions.Refused, ClientError, BotoCoreError) as error:
        log.warning(
            "delivery.refused", rule=rule_arn, destination=stream_arn, role=role_arn, error=str(error)
        )
