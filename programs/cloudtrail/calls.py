"""The presets: calls to one service's API, by an EventBridge rule into a Firehose stream.

Events come only where a trail of the account logs management events ("AWS service events delivered via AWS CloudTrail",
EventBridge User Guide): the environment has one, or a source of kind cloudtrail makes it. A rule hears of its own region.
"""

from __future__ import annotations

import pulumi_aws as aws

from programs.accounts import Accounts, tags_for, under
from programs.cloudtrail.policies import events_trust
from programs.cloudtrail.spec import ApiCallsSpec, EcrSpec
from programs.documents import render
from programs.firehose.roles import DeliveryArgs, DeliveryRoles, Feeder
from programs.firehose.stream import DELIMITER, DeliveryStream
from programs.names import Names
from programs.outputs import export
from programs.store.bucket import LogStore, LogStoreArgs
from programs.store.writers import role_writer
from programs.wish import Wish

DETAIL_TYPE = "AWS API Call via CloudTrail"
TARGET = "stream"
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""A rule that is only ENABLED is not told of calls that read ("Receiving read-only management events", EventBridge guide)."""
RETRY_SECONDS = 86_400
RETRIES = 185
"""The most of both: EventBridge then drops the event (API_RetryPolicy)."""


def sources(spec: ApiCallsSpec) -> list[str]:
    """Where the events come from. OpenSearch Service has two names in the EventBridge Events Reference; both are meant."""
    return ["aws.ecr"] if isinstance(spec, EcrSpec) else ["aws.es", "aws.opensearchservice"]


def api_calls(wish: Wish, names: Names, accounts: Accounts) -> None:
    """Roles, store and stream; the rule, which is what is gone while draining."""
    args = DeliveryArgs(wish, names, accounts.production)
    roles = DeliveryRoles("delivery-roles", args, Feeder("events", names.events_role, events_trust(names)))
    writer = role_writer(names, names.firehose_role_arn)
    store = LogStore("store", LogStoreArgs(wish, names, accounts, writer, (roles.firehose,)))
    delivery = DeliveryStream("delivery", args, roles, store, [DELIMITER])
    if wish.stage == "active":
        _listen(args, roles, delivery)
    export(wish, store, stream=delivery.stream.name, writer_role_arn=roles.firehose.arn, rule=names.rule)


def _listen(args: DeliveryArgs, roles: DeliveryRoles, delivery: DeliveryStream) -> None:
    spec = args.wish.spec_as(ApiCallsSpec)
    rule = aws.cloudwatch.EventRule(
        "rule",
        name=args.names.rule,
        description=f"logflume: calls for {args.wish.environment}/{args.wish.name}",
        event_pattern=render({"source": sources(spec), "detail-type": [DETAIL_TYPE]}),
        state=WITH_READS if spec.reads else "ENABLED",
        tags=tags_for(args.wish, "rule"),
        opts=under(delivery, args.account),
    )
    aws.cloudwatch.EventTarget(
        "target",
        rule=rule.name,
        target_id=TARGET,
        arn=delivery.stream.arn,
        role_arn=roles.feeder.arn,
        retry_policy={"maximum_event_age_in_seconds": RETRY_SECONDS, "maximum_retry_attempts": RETRIES},
        opts=under(rule, args.account, depends_on=delivery.permissions),
    )
