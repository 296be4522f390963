"""AWS services act through roles: take a role as a service does, and call the sandbox's own endpoint with it."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import boto3
from botocore.config import Config

from service.sandbox import services
from service.sandbox.authoriser import assume_as_service
from service.sandbox.call import Credentials, Denial
from service.sandbox.moment import EXCLUSIVE

LOGS = "logs.amazonaws.com"
FIREHOSE = "firehose.amazonaws.com"
EVENTS = "events.amazonaws.com"

# No proxy: the endpoint is this process. Two quick retries for throttling and the like; whoever calls decides about
# the slow ones. Checksums are sent, as boto3 does: a bucket with a default retention takes no upload without one
# (S3 User Guide, "Object Lock considerations").
CONFIG = Config(
    proxies={},
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=60,
    s3={"addressing_style": "path"},
)

_making = threading.Lock()
_session = boto3.Session()
_keys: deque[str] = deque(maxlen=1024)
"""Access key ids of the newest sessions of CloudWatch Logs."""


class Refused(Exception):
    """The role cannot be taken by the service; the text is AWS's own."""


def assume(service: str, role_arn: str, context: dict[str, str], session_name: str) -> Credentials:
    """Credentials of `role_arn`, taken as `service`; `context` has the condition keys the service sends.

    :raises Refused: the role does not exist, or its trust policy does not allow it.
    """
    with EXCLUSIVE:
        taken = assume_as_service(service, role_arn, context, session_name)
    if isinstance(taken, Denial):
        raise Refused(taken.message)
    if service.startswith("logs."):
        _keys.append(taken.access_key_id)
    return taken


def as_firehose(name: str, stream_arn: str, role_arn: str, url: str) -> Any:
    """A client of service `name` that acts as the role of a stream, taken as Firehose takes it.

    Source: "Controlling access with Amazon Data Firehose" (the external id is the account's own id).

    :raises Refused: see `assume`.
    """
    _, _, _, region, account, _ = stream_arn.split(":", 5)
    context = {"sts:ExternalId": account, "aws:SourceAccount": account, "aws:SourceArn": stream_arn}
    return client(name, assume(FIREHOSE, role_arn, context, "firehose-delivery"), region, url)


def as_logs(name: str, log_group_arn: str, role_arn: str, url: str) -> Any:
    """A client of service `name` that acts as the role of a subscription filter, taken as CloudWatch Logs takes it.

    `log_group_arn` has no ``:*`` at its end: so CloudWatch Logs sends it as aws:SourceArn.

    :raises Refused: see `assume`; both names of the service have been tried.
    """
    region = log_group_arn.split(":")[3]
    return client(name, assume_as_logs(log_group_arn, role_arn), region, url)


def as_service(
    name: str, service: str, source_arn: str, url: str, *, region: str = "", account: str = ""
) -> Any:
    """A client of service `name` that acts as the AWS service itself (``config.amazonaws.com``) for `source_arn`.

    Region and account are those of `source_arn`, unless it has none and they are given.
    """
    held = services.credentials_of(service, source_arn, account)
    return client(name, held, region or source_arn.split(":")[3], url)


def assume_as_logs(log_group_arn: str, role_arn: str) -> Credentials:
    """Credentials of a subscription filter's role; trust may name the service with or without the region.

    :raises Refused: see `assume`.
    """
    _, _, _, region, account, _ = log_group_arn.split(":", 5)
    context = {"aws:SourceArn": log_group_arn, "aws:SourceAccount": account}
    try:
        return assume(LOGS, role_arn, context, "CloudWatchLogs")
    except Refused:
        return assume(f"logs.{region}.amazonaws.com", role_arn, context, "CloudWatchLogs")


def assume_as_events(rule_arn: str, role_arn: str) -> Credentials:
    """Credentials of a target's role, taken as EventBridge takes it for a rule.

    Source: "Using IAM roles for targets" in the EventBridge user guide (aws:SourceArn is the rule).

    :raises Refused: see `assume`.
    """
    context = {"aws:SourceArn": rule_arn, "aws:SourceAccount": rule_arn.split(":")[4]}
    return assume(EVENTS, role_arn, context, "events-target")


def belongs_to_logs(access_key_id: str) -> bool:
    """Whether the key is one that CloudWatch Logs has taken for itself."""
    return access_key_id in _keys


def client(name: str, credentials: Credentials, region: str, url: str) -> Any:
    """A boto3 client of service `name` that calls the sandbox at `url`."""
    # Making a client is not safe from several threads; using one is.
    with _making:
        return _session.client(
            name,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=CONFIG,
        )
