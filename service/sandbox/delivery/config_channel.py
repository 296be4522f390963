"""Where AWS Config delivers to, and the two who may write there: the recorder's role, then the service itself.

Source: "Permissions for the Amazon S3 bucket for the AWS Config delivery channel" and "Permissions for the KMS key" (AWS
Config Developer Guide): the role comes first, then config.amazonaws.com; a service-linked role never writes. Keys of
objects: "Example configuration snapshot delivery notification".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.config.models import ConfigBackend

from service.sandbox.call import Credentials
from service.sandbox.delivery import plane, sessions
from service.sandbox.services import credentials_of

log = structlog.get_logger(__name__)

SERVICE = "config.amazonaws.com"
SERVICE_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True)
class Channel:
    """Where one account and region delivers to, and who writes."""

    account: str
    region: str
    role_arn: str
    bucket: str
    prefix: str | None
    key_arn: str | None

    @property
    def source_arn(self) -> str:
        """What AWS Config sends as aws:SourceArn."""
        return f"arn:aws:config:{self.region}:{self.account}:*"

    @property
    def check_file(self) -> str:
        """The empty object that shows that it may write."""
        return f"{self.root}/ConfigWritabilityCheckFile"

    @property
    def root(self) -> str:
        """The folder of everything it writes, without a slash at its end."""
        return (
            f"{self.prefix}/AWSLogs/{self.account}/Config"
            if self.prefix
            else f"AWSLogs/{self.account}/Config"
        )

    def put(self, key: str) -> dict[str, Any]:
        """PutObject of a key as AWS Config sends it, without the body."""
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.key_arn} if self.key_arn else {}
        return {"Bucket": self.bucket, "Key": key, "ACL": "bucket-owner-full-control", **encryption}

    def named(self, kind: str, at: datetime, rest: str) -> str:
        """The key of a ConfigSnapshot or ConfigHistory: month and day without a leading zero, as AWS writes them."""
        day = f"{self.region}/{at.year}/{at.month}/{at.day}/{kind}"
        return f"{self.root}/{day}/{self.account}_Config_{self.region}_{kind}_{rest}.json.gz"


def channel_of(backend: ConfigBackend, channel: dict[str, Any] | None = None) -> Channel | None:
    """The channel in use, or the one it would be with the members of `channel`; None without a recorder or a channel."""
    recorder = next(iter(backend.recorders.values()), None)
    present = next(iter(backend.delivery_channels.values()), None)
    given = channel if channel is not None else (present.to_dict() if present else None)
    if recorder is None or given is None:
        return None
    return Channel(
        account=backend.account_id,
        region=backend.region_name,
        role_arn=recorder.role_arn,
        bucket=given["s3BucketName"],
        prefix=given.get("s3KeyPrefix"),
        key_arn=given.get("s3KmsKeyArn"),
    )


def writers(channel: Channel) -> Iterator[Credentials]:
    """The credentials to try, in order."""
    if SERVICE_LINKED not in channel.role_arn:
        context = {"aws:SourceAccount": channel.account, "aws:SourceArn": channel.source_arn}
        try:
            yield sessions.assume(SERVICE, channel.role_arn, context, "AWSConfig")
        except sessions.Refused:
            log.info("delivery.role_refused", role=channel.role_arn, service=SERVICE)
    yield credentials_of(SERVICE, channel.source_arn)


def write(channel: Channel, key: str, body: bytes) -> tuple[str, str] | None:
    """Put an object as whoever may; code and message of the last refusal where nobody may."""
    error = ("AccessDenied", "nobody may write")
    for credentials in writers(channel):
        s3 = sessions.client("s3", credentials, channel.region, plane.current().url)
        try:
            s3.put_object(Body=body, **channel.put(key))
        except ClientError as refusal:
            error = refusal.response["Error"]["Code"], refusal.response["Error"]["Message"]
        except BotoCoreError as failure:
            error = "ServiceUnavailable", str(failure)
        else:
            log.info("delivery.delivered", source=channel.source_arn, bucket=channel.bucket, key=key)
            return None
    log.warning("delivery.refused", source=channel.source_arn, bucket=channel.bucket, key=key, error=error[1])
    return error
