"""A partial update of a stream keeps the rest."""

from __future__ import annotations

from tests.sandbox.streams import described, destination
from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, Sandbox


def test_a_partial_update_of_a_stream_keeps_the_rest(sandbox: Sandbox, writer: str) -> None:
    firehose = sandbox.client("firehose", PRODUCTION)
    given = destination(writer)
    firehose.create_delivery_stream(DeliveryStreamName="partial", ExtendedS3DestinationConfiguration=given)
    version, before = described(firehose, "partial")
    update = {
        "DeliveryStreamName": "partial",
        "CurrentDeliveryStreamVersionId": version,
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": {"BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64}},
    }
    firehose.update_destination(**update)
    newer, after = described(firehose, "partial")
    assert newer == str(int(version) + 1)
    assert after == before | {"BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64}}
    whole = firehose.describe_delivery_stream(DeliveryStreamName="partial")["DeliveryStreamDescription"]
    assert whole["Destinations"][0]["S3DestinationDescription"]["BucketARN"] == given["BucketARN"]
    assert refusal(firehose.update_destination, **update)[0] == "ConcurrentModificationException"
