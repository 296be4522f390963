"""Streams and filters AWS refuses are refused, and change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.streams import described, destination
from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, Sandbox

BAD_DESTINATIONS: dict[str, dict[str, Any]] = {
    "a role that is not there": {"RoleARN": f"arn:aws:iam::{PRODUCTION}:role/ghost"},
    "an interval above 900": {"BufferingHints": {"IntervalInSeconds": 901, "SizeInMBs": 5}},
    "a size above 128": {"BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 129}},
    "an expression without an error prefix": {"ErrorOutputPrefix": ""},
    "an error prefix without its type": {"ErrorOutputPrefix": "errors/!{timestamp:yyyy}/"},
}


@pytest.mark.parametrize("what", sorted(BAD_DESTINATIONS))
def test_a_destination_firehose_does_not_take_is_refused(sandbox: Sandbox, writer: str, what: str) -> None:
    firehose = sandbox.client("firehose", PRODUCTION)
    bad = destination(writer, **BAD_DESTINATIONS[what])
    create = firehose.create_delivery_stream
    refused = refusal(create, DeliveryStreamName="refused", ExtendedS3DestinationConfiguration=bad)
    assert refused == ("InvalidArgumentException", 400)
    name = f"bad-{len(what)}"
    create(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(writer))
    refused = refusal(
        firehose.update_destination,
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate=BAD_DESTINATIONS[what],
    )
    assert refused == ("InvalidArgumentException", 400)
    assert described(firehose, name)[0] == "1"


def test_a_filter_with_a_role_that_is_not_there_is_refused(sandbox: Sandbox, writer: str) -> None:
    firehose, logs = sandbox.client("firehose", PRODUCTION), sandbox.client("logs", PRODUCTION)
    stream = firehose.create_delivery_stream(
        DeliveryStreamName="filtered", ExtendedS3DestinationConfiguration=destination(writer)
    )["DeliveryStreamARN"]
    logs.create_log_group(logGroupName="/fixes/filtered")
    refused = refusal(
        logs.put_subscription_filter,
        logGroupName="/fixes/filtered",
        filterName="f",
        filterPattern="",
        destinationArn=stream,
        roleArn=f"arn:aws:iam::{PRODUCTION}:role/ghost",
    )
    assert refused == ("InvalidParameterException", 400)
    assert logs.describe_subscription_filters(logGroupName="/fixes/filtered")["subscriptionFilters"] == []


def test_a_retention_aws_does_not_know_is_refused(sandbox: Sandbox) -> None:
    logs = sandbox.client("logs", PRODUCTION)
    logs.create_log_group(logGroupName="/kept")
    logs.put_retention_policy(logGroupName="/kept", retentionInDays=400)
    refused = refusal(logs.put_retention_policy, logGroupName="/kept", retentionInDays=401)
    assert refused == ("InvalidParameterException", 400)
    [group] = logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"]
    assert group["retentionInDays"] == 400
