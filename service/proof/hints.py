"""Why a leg is broken, as far as AWS says. Each look is a small one, and one that AWS refuses says nothing.

What is certain ends a proof at once: without its subscription filter nothing more comes of a log group. What Firehose says is
not, since it tries again for a day ("Understand data delivery in Amazon Data Firehose"); it counts once the record is late.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.cloudwatch.spec import LogGroupsSpec
from programs.firehose.spec import FirehoseSpec
from service.preflight.view import View

from .state import LegName, Proof

Hint = Callable[[View, Proof], Iterator[str]]


def certain(view: View, proof: Proof, leg: LegName) -> str:
    """Reasons for which nothing will come any more, as sentences; empty where there is none."""
    return _asked(_CERTAIN[leg], view, proof)


def likely(view: View, proof: Proof, leg: LegName) -> str:
    """What AWS says about it besides."""
    return _asked(_LIKELY[leg], view, proof)


def _asked(hints: tuple[Hint, ...], view: View, proof: Proof) -> str:
    return " ".join(text for hint in hints for text in _told(hint, view, proof))


def _told(hint: Hint, view: View, proof: Proof) -> list[str]:
    try:
        return list(hint(view, proof))
    except (ClientError, BotoCoreError):
        return []


def _missing(proof: Proof) -> list[str]:
    return [m.front for m in proof.marks if m.key is None]


def _filters(view: View, proof: Proof) -> Iterator[str]:
    if not isinstance(view.wish.spec, LogGroupsSpec):
        return
    logs, name = view.production("logs"), view.names.filter
    for group in _missing(proof):
        found = logs.describe_subscription_filters(logGroupName=group, filterNamePrefix=name)
        if not found["subscriptionFilters"]:
            yield f"Log group {group} has no subscription filter {name} any more."


def _rule(view: View, _proof: Proof) -> Iterator[str]:
    if not isinstance(view.wish.spec, ApiCallsSpec):
        return
    events = view.production("events")
    try:
        state = events.describe_rule(Name=view.names.rule)["State"]
    except events.exceptions.ResourceNotFoundException:
        yield f"The EventBridge rule {view.names.rule} is gone."
        return
    if state == "DISABLED":
        yield f"The EventBridge rule {view.names.rule} is disabled."


def _roles(view: View, _proof: Proof) -> Iterator[str]:
    """The roles that services take on the way. Ours may be read wherever they are ours: by their path."""
    names, iam = view.names, view.production("iam")
    feeder = names.events_role if isinstance(view.wish.spec, ApiCallsSpec) else names.logs_role
    for role in (feeder, names.firehose_role) if isinstance(view.wish.spec, FirehoseSpec) else ():
        try:
            if not iam.list_role_policies(RoleName=role)["PolicyNames"]:
                yield f"The role {role} has no permissions any more."
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDenied", "NoSuchEntity"):
                yield f"The role {role} is gone."


def _stream(view: View, proof: Proof) -> Iterator[str]:
    """What Firehose says of itself: its error log, and what it put aside."""
    if not isinstance(view.wish.spec, FirehoseSpec) or proof.sent is None:
        return
    since = int(proof.sent.timestamp() * 1000)
    told = view.production("logs").filter_log_events(logGroupName=view.names.error_group, startTime=since)
    if told["events"]:
        yield f"Firehose says: {_said(told['events'][-1]['message'])}"
    aside = view.log("s3").list_objects_v2(Bucket=proof.bucket, Prefix="errors/").get("Contents", [])
    if any(entry["LastModified"] >= proof.sent for entry in aside):
        yield "Firehose has put something aside under errors/."


def _said(message: str) -> str:
    """The error log's lines are JSON ("Monitoring using CloudWatch Logs", Firehose guide)."""
    try:
        line = json.loads(message)
        return f"{line['errorCode']}: {line['message']}"[:400]
    except (ValueError, KeyError, TypeError):
        return message[:400]


def _trail(view: View, _proof: Proof) -> Iterator[str]:
    if not isinstance(view.wish.spec, CloudTrailSpec):
        return
    name = view.wish.spec.adopt or view.names.trail
    status = view.production("cloudtrail").get_trail_status(Name=name)
    if not status.get("IsLogging", True):
        yield f"The trail {name} has been stopped."


def _delivery(view: View, _proof: Proof) -> Iterator[str]:
    if not isinstance(view.wish.spec, CloudTrailSpec):
        return
    name = view.wish.spec.adopt or view.names.trail
    problem = view.production("cloudtrail").get_trail_status(Name=name).get("LatestDeliveryError")
    if problem:
        yield f"CloudTrail says: {problem}."


def _channel(view: View, _proof: Proof) -> Iterator[str]:
    if not isinstance(view.wish.spec, ConfigSpec):
        return
    names = [view.wish.spec.channel_name]
    answer = view.production("config").describe_delivery_channel_status(DeliveryChannelNames=names)
    for channel in answer["DeliveryChannelsStatus"]:
        told = channel.get("configSnapshotDeliveryInfo") or {}
        if told.get("lastStatus") == "FAILURE":
            yield f"AWS Config says: {told.get('lastErrorCode')}: {told.get('lastErrorMessage')}"


def _notification(view: View, proof: Proof) -> Iterator[str]:
    found = view.log("s3").get_bucket_notification_configuration(Bucket=proof.bucket)
    topics = [entry["TopicArn"] for entry in found.get("TopicConfigurations", [])]
    if view.names.topic_arn not in topics:
        yield f"The bucket does not announce its objects to {view.names.topic} any more."


def _topic(view: View, _proof: Proof) -> Iterator[str]:
    sns = view.log("sns")
    try:
        told = sns.get_topic_attributes(TopicArn=view.names.topic_arn)["Attributes"]
    except sns.exceptions.NotFoundException:
        yield f"The topic {view.names.topic} is gone."
        return
    if view.names.bucket_arn not in told.get("Policy", ""):
        yield f"The policy of the topic {view.names.topic} does not let the bucket publish."


def _replication(view: View, proof: Proof) -> Iterator[str]:
    s3: Any = view.log("s3")
    try:
        rules = s3.get_bucket_replication(Bucket=proof.bucket)["ReplicationConfiguration"]["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ReplicationConfigurationNotFoundError":
            yield "The bucket has no replication rule any more."
        return
    if not any(rule["Status"] == "Enabled" for rule in rules):
        yield "The replication rule is switched off."


_CERTAIN: dict[LegName, tuple[Hint, ...]] = {
    "sent": (),
    "bucket": (_filters, _rule, _roles, _trail),
    "announced": (_notification, _topic),
    "replica": (_replication,),
}
_LIKELY: dict[LegName, tuple[Hint, ...]] = {
    "sent": (),
    "bucket": (_stream, _delivery, _channel),
    "announced": (),
    "replica": (),
}
