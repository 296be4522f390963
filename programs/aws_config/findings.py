"""What can be said about a recorder before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.aws_config.spec import ConfigSpec
from programs.finding import Finding
from programs.wish import Wish

GLOBAL_TYPES = ("AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User")


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about lock, types and names."""
    spec = wish.spec_as(ConfigSpec)
    if spec.object_lock is not None:
        yield Finding(
            "ERROR",
            "object_lock_unsupported",
            "/spec/object_lock",
            "AWS Config does not deliver to a bucket whose objects are locked by default.",
            "Leave object_lock out; the replica and the bucket policy guard what is kept.",
        )
    for index, kind in enumerate(spec.resource_types):
        if kind in GLOBAL_TYPES:
            yield Finding(
                "SUGGESTION",
                "global_type",
                f"/spec/resource_types/{index}",
                f"{kind} is the same in every region, and is billed in each one that records it.",
                "Record it in one region of the account.",
            )
    if not spec.adopt and (spec.recorder_name, spec.channel_name) != ("default", "default"):
        yield Finding(
            "WARNING",
            "unusual_name",
            "/spec/recorder_name",
            "AWS's console and most tools expect the recorder and its channel to be called default.",
            "Name them only to take over what is there (adopt).",
        )
