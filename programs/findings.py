"""What can be said about a wish without looking into an account: refusals, warnings, suggestions, all at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from programs.lifecycle import tiers_for
from programs.names import PREFIX, names_of
from programs.spec import Wish

Severity = Literal["ERROR", "WARNING", "SUGGESTION"]


@dataclass(frozen=True)
class Finding:
    """One thing to know; `field` is a JSON Pointer into the request (`/spec/log_groups/0`)."""

    severity: Severity
    code: str
    field: str
    message: str
    hint: str


def check(wish: Wish) -> list[Finding]:
    """Everything there is to say about the wish, refusals first."""
    found = [*_names(wish), *_storage(wish), *_delivery(wish)]
    return sorted(found, key=lambda finding: ("ERROR", "WARNING", "SUGGESTION").index(finding.severity))


def _names(wish: Wish) -> Iterator[Finding]:
    """Limits: S3 "Bucket naming rules" 63, Firehose CreateDeliveryStream 64, IAM CreateRole 64, SQS CreateQueue 80."""
    names = names_of(wish)
    limits = (
        ("bucket", names.bucket, 63),
        ("stream", names.stream, 64),
        ("role", names.firehose_role, 64),
        ("queue", names.dead_letters, 80),
    )
    for what, name, limit in limits:
        if len(name) > limit:
            yield Finding(
                "ERROR",
                "name_too_long",
                "/name",
                f"The {what} would be called {name}: over {limit} characters.",
                "Shorten the name.",
            )
    for index, group in enumerate(wish.spec.log_groups):
        if group.startswith(f"/aws/kinesisfirehose/{PREFIX}"):
            yield Finding(
                "ERROR",
                "own_log_group",
                f"/spec/log_groups/{index}",
                f"{group} is the log of a delivery itself.",
                "Ship another group: this one would feed itself.",
            )


def _storage(wish: Wish) -> Iterator[Finding]:
    spec = wish.spec
    if not tiers_for(spec) and spec.retention_days > 60:
        yield Finding(
            "SUGGESTION",
            "no_tiers",
            "/spec/tiers",
            "Objects stay in the dearest storage class to the end.",
            "Leave tiers out to get the default ones.",
        )
    if spec.retention_days < 30:
        yield Finding(
            "WARNING",
            "short_retention",
            "/spec/retention_days",
            f"Logs are gone after {spec.retention_days} days.",
            "Check that no rule asks for longer.",
        )


def _delivery(wish: Wish) -> Iterator[Finding]:
    spec = wish.spec
    if spec.buffer_seconds < 60:
        yield Finding(
            "WARNING",
            "small_objects",
            "/spec/buffer_seconds",
            "A short buffer makes many small objects, which cost more to keep and read.",
            "Use 60 seconds or more unless delay matters.",
        )
    if spec.format == "lines" and len(spec.log_groups) > 1:
        yield Finding(
            "SUGGESTION",
            "groups_mixed",
            "/spec/format",
            "Lines of several groups end up in one object without saying which group they are from.",
            "Use format envelope, or a source a group.",
        )
