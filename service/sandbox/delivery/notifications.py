"""S3 event notifications to queues and topics, under their policies.

Source: "Event message structure", "Granting permissions to publish event notification messages to a destination" and
"Amazon S3 Event Notifications" in the Amazon S3 User Guide. Hooks into moto's notification functions. They run within
the request that makes the event, so each object has its message when PutObject is answered, exactly once; AWS takes
seconds and promises at least once. Lambda functions and EventBridge are not played.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any
from urllib.parse import quote_plus

import structlog
from flask import has_request_context, request
from moto.s3 import notifications as moto_notifications
from moto.s3.models import FakeBucket
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from service.sandbox import moment
from service.sandbox.delivery import permissions, topics

log = structlog.get_logger(__name__)


def unreachable(bucket_arn: str, owner: str, destinations: list[str]) -> list[str]:
    """The ARNs of queues and topics that the bucket's events could not be sent to: missing, or not allowed."""
    return [arn for arn in destinations if not _allowed(arn, bucket_arn, owner)]


def event(
    bucket: FakeBucket, key: Any, event_name: str, configuration_id: str, requester: str
) -> dict[str, Any]:
    """The message about one object, event structure 2.1; `event_name` like ``s3:ObjectCreated:Put``."""
    now = moment.utcnow()
    about: dict[str, Any] = {"key": quote_plus(key.name, safe="/")}
    if event_name.startswith("s3:ObjectCreated"):
        about |= {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned:
        about["versionId"] = key.version_id
    about["sequencer"] = f"{int(now.replace(tzinfo=UTC).timestamp() * 1_000_000):018X}"
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
        "eventName": event_name.removeprefix("s3:"),
        "userIdentity": {"principalId": requester},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": _request_ids(f"{bucket.name}/{key.name}/{now.isoformat()}"),
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": _owner_id(bucket.account_id)},
                "arn": bucket.arn,
            },
            "object": about,
        },
    }
    return {"Records": [record]}


def test_event(bucket: FakeBucket) -> dict[str, Any]:
    """The message S3 sends to each destination when a notification configuration is put."""
    now = moment.utcnow()
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
        "Bucket": bucket.name,
    } | _request_ids(bucket.name + now.isoformat(), "RequestId", "HostId")


def send_event(account_id: str, event_name: str, bucket: FakeBucket, key: Any) -> None:  # noqa: ARG001 - moto's signature
    """In the place of moto's function: tell every destination whose event and filters fit."""
    for notification in _configured(bucket):
        if notification.matches(event_name, key.name):
            message = event(bucket, key, str(event_name.value), notification.id, _requester())  # type: ignore[attr-defined]  # moto passes an enumeration of strings
            _send(bucket, notification.arn, message)


def send_test_event(account_id: str, bucket: FakeBucket) -> None:  # noqa: ARG001 - moto's signature
    """In the place of moto's function: one test event to each destination."""
    for arn in dict.fromkeys(notification.arn for notification in _configured(bucket)):
        _send(bucket, arn, test_event(bucket))


def _configured(bucket: FakeBucket) -> Iterator[Any]:
    configuration = bucket.notification_configuration
    if configuration is not None:
        yield from configuration.queue
        yield from configuration.topic


def _send(bucket: FakeBucket, arn: str, message: dict[str, Any]) -> None:
    if not _allowed(arn, bucket.arn, bucket.account_id):
        log.warning("delivery.refused", bucket=bucket.name, destination=arn, reason="missing, or its policy")
        return
    _, _, service, region, account, name = arn.split(":", 5)
    text = json.dumps(message, separators=(",", ":"))
    if service == "sqs":
        sqs_backends[account][region].send_message(name, text)
    else:
        sns_backends[account][region].publish(text, arn, subject=topics.S3_SUBJECT)


def _allowed(arn: str, bucket_arn: str, owner: str) -> bool:
    check = permissions.may_send if arn.split(":")[2] == "sqs" else permissions.may_publish
    return check(permissions.S3, arn, bucket_arn, owner)


def _requester() -> str:
    """``AWS:`` and the unique id of the caller; the id of a key only while the request is being answered."""
    header = request.headers.get("Authorization", "") if has_request_context() else ""
    key = header.partition("Credential=")[2].partition("/")[0]
    return f"AWS:{key or 'ANONYMOUS'}"


def _owner_id(account: str) -> str:
    return "A" + hashlib.sha256(account.encode()).hexdigest()[:13].upper()


def _request_ids(seed: str, first: str = "x-amz-request-id", second: str = "x-amz-id-2") -> dict[str, str]:
    """Ids that look like those of a request, the same again when it is replayed."""
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return {first: digest[:16].upper(), second: digest[16:]}


def _in_place_of(name: str, function: Callable[..., None]) -> None:
    """moto's models look the function up in its module; that it is there is checked, as for any fix of moto."""
    getattr(moto_notifications, name)
    setattr(moto_notifications, name, function)


_in_place_of("send_event", send_event)
_in_place_of("send_test_event", send_test_event)
