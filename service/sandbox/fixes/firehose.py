"""Firehose: a partial UpdateDestination changes what it names and keeps the rest.

moto rebuilds its copy of the S3 settings from the update alone, and the next delivery has no bucket.
https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.firehose.models import DeliveryStream, FirehoseBackend, create_s3_destination_config

from service.sandbox.fixes import replaces


@replaces(DeliveryStream, "__init__")
def _new_stream(original: Callable[..., None], self: DeliveryStream, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    if self.delivery_stream_encryption_configuration:
        self.delivery_stream_encryption_configuration["Status"] = "ENABLED"


@replaces(FirehoseBackend, "update_destination")
def _update_destination(
    original: Callable[..., None], self: FirehoseBackend, delivery_stream_name: str, *args: Any, **kwargs: Any
) -> None:
    original(self, delivery_stream_name, *args, **kwargs)
    for destination in self.delivery_streams[delivery_stream_name].destinations:
        extended = destination.get("ExtendedS3")
        if extended is not None:
            for update, _described in DeliveryStream.ALTERNATIVE_FIELD_NAMES:
                extended.pop(update, None)
            destination["S3"] = create_s3_destination_config(extended)
