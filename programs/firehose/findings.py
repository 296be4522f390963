"""What can be said about a Firehose delivery before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.finding import Finding
from programs.firehose.spec import FirehoseSpec


def check(spec: FirehoseSpec) -> Iterator[Finding]:
    """Everything about the buffer."""
    if spec.object_lock is not None:
        yield Finding(
            "WARNING",
            "lock_unproven",
            "/spec/object_lock",
            "S3 takes objects into a locked bucket with a checksum alone, and whether Firehose sends one is nowhere written.",
            "Look whether the first object arrives; Firehose gives up after 24 hours.",
        )
    if spec.buffer_seconds < 60:
        yield Finding(
            "WARNING",
            "small_objects",
            "/spec/buffer_seconds",
            "A short buffer makes many small objects, which cost more to keep and read.",
            "Use 60 seconds or more unless delay matters.",
        )
