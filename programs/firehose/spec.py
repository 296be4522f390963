"""What every spec says whose logs go through a Firehose stream."""

from __future__ import annotations

from pydantic import Field

from programs.spec import ADVANCED
from programs.store.spec import StoreSpec


class FirehoseSpec(StoreSpec):
    """Buffer hints of the stream; the bounds are those of BufferingHints (Firehose API reference)."""

    buffer_seconds: int = Field(
        title="Deliver after at most (seconds)",
        json_schema_extra=ADVANCED,
        default=60,
        ge=0,
        le=900,
        description="Firehose buffers at most this long.",
    )
    buffer_mib: int = Field(
        title="Deliver after at most (MiB)",
        json_schema_extra=ADVANCED,
        default=5,
        ge=1,
        le=128,
        description="Firehose buffers at most this much, in MiB.",
    )

    @property
    def drain_seconds(self) -> int:
        """Firehose holds records for its buffer's time."""
        return self.buffer_seconds
