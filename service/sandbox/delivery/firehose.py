"""Firehose: records are acknowledged at once, buffered, processed, and written to S3 by the stream's role.

Hooks into moto's PutRecord, PutRecordBatch and DeleteDeliveryStream. Destinations other than S3 stay moto's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.firehose.models import DeliveryStream, FirehoseBackend, firehose_backends
from moto.moto_api._internal import mock_random

from service.sandbox import journal, moment
from service.sandbox.delivery import error_log, packing, plane, sessions
from service.sandbox.delivery.buffer import Batch, Hints, Parcel
from service.sandbox.delivery.processing import Record
from service.sandbox.fixes import replaces
from service.sandbox.monitoring import metrics

log = structlog.get_logger(__name__)

SUCCESS = "DeliveryToS3.Success"
MAX_RECORD = 1000 * 1024
"""Bytes of one record (API_PutRecord)."""


def destination_of(stream: DeliveryStream) -> dict[str, Any] | None:
    """The S3 settings of a stream; None where it delivers elsewhere."""
    for destination in stream.destinations:
        found: dict[str, Any] | None = destination.get("ExtendedS3") or destination.get("S3")
        if found is not None and not {"HttpEndpoint", "Redshift", "Elasticsearch", "Snowflake"} & set(
            destination
        ):
            return found
    return None


def stream_of(arn: str) -> DeliveryStream | None:
    """The stream with this ARN, if it still exists."""
    _, _, _, region, account, name = arn.split(":", 5)
    with moment.EXCLUSIVE:
        backend: FirehoseBackend = firehose_backends[account][region]
        return backend.delivery_streams.get(name.split("/", 1)[1])


def accept(stream: DeliveryStream, settings: dict[str, Any], data: Sequence[bytes]) -> None:
    """Take records into the stream's buffer. `moment.EXCLUSIVE` is held."""
    arrived = moment.utcnow().replace(tzinfo=UTC)
    workers = plane.current()
    if journal.replaying():
        workers.replayed += data
    records = [Record(item, arrived) for item in data]
    workers.courier.put(stream.delivery_stream_arn, records, Hints.of(settings.get("BufferingHints")))
    metrics.of_stream(stream.delivery_stream_arn, "IncomingRecords", len(data))


def deliver(batch: Batch) -> None:
    """Write what is left of a batch. What is written is taken off it, so that a retry does not write it again.

    :raises ClientError, BotoCoreError, sessions.Refused, prefix.InvalidPrefix: the reason why something is left.
    """
    stream = stream_of(batch.stream)
    settings = destination_of(stream) if stream else None
    if stream is None or settings is None:
        log.warning(
            "delivery.discarded", stream=batch.stream, records=len(batch.records), reason="stream is gone"
        )
        return
    try:
        if batch.parcels is None:
            batch.parcels = packing.parcels(
                stream.delivery_stream_name, stream.version_id, settings, batch.records
            )
        _write(batch, settings)
        metrics.of_stream(batch.stream, SUCCESS, 1)
    except (ClientError, BotoCoreError, sessions.Refused, ValueError) as error:
        metrics.of_stream(batch.stream, SUCCESS, 0)
        error_log.report(stream, settings, error, plane.current().url)
        raise


def _write(batch: Batch, settings: dict[str, Any]) -> None:
    workers = plane.current()
    bucket = settings["BucketARN"].split(":::", 1)[1]
    s3 = None
    for parcel in list(batch.parcels or ()):
        if parcel.body:
            workers.ledger.begin(parcel.key, batch.stream, parcel.records, bucket, parcel.key)
            s3 = s3 or sessions.as_firehose("s3", batch.stream, settings["RoleARN"], workers.url)
            _put(s3, bucket, parcel, settings)
            log.info("delivery.delivered", stream=batch.stream, bucket=bucket, key=parcel.key)
        workers.ledger.done(parcel.key, batch.stream, parcel.records)
        batch.parcels = [other for other in batch.parcels or () if other is not parcel]


def _put(s3: Any, bucket: str, parcel: Parcel, settings: dict[str, Any]) -> None:
    """PutObject as Firehose sends it: the bucket's owner gets full control, with the stream's key if it has one."""
    encryption: dict[str, str] = {}
    key = ((settings.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig") or {}).get(
        "AWSKMSKeyARN"
    )
    if key:
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(
        Bucket=bucket,
        Key=parcel.key,
        Body=parcel.body,
        ContentType="application/octet-stream",
        ACL="bucket-owner-full-control",
        **encryption,
    )


@replaces(FirehoseBackend, "put_record_batch")
def _put_record_batch(
    original: Callable[..., dict[str, Any]],
    self: FirehoseBackend,
    delivery_stream_name: str,
    records: list[dict[str, bytes]],
) -> dict[str, Any]:
    stream = self.delivery_streams.get(delivery_stream_name)
    settings = destination_of(stream) if stream else None
    if stream is None or settings is None:
        return original(self, delivery_stream_name, records)
    data = [record["Data"] for record in records]
    accept(stream, settings, data)
    responses = [{"RecordId": mock_random.uuid4().hex} for _ in data]
    return {"FailedPutCount": 0, "Encrypted": False, "RequestResponses": responses}


@replaces(FirehoseBackend, "delete_delivery_stream")
def _delete_delivery_stream(
    original: Callable[..., None], self: FirehoseBackend, delivery_stream_name: str
) -> None:
    """What is buffered when a stream is deleted is lost; AWS gives no guarantee for it (API_DeleteDeliveryStream)."""
    stream = self.delivery_streams.get(delivery_stream_name)
    original(self, delivery_stream_name)
    if stream is not None and (lost := plane.current().courier.discard(stream.delivery_stream_arn)):
        log.warning(
            "delivery.discarded", stream=stream.delivery_stream_arn, records=lost, reason="stream deleted"
        )
