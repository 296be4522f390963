"""What can be said about a wish without looking into an account: refusals, warnings, suggestions, all at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from programs import policies
from programs.lifecycle import MINIMUM_STAY, stays, tiers_for
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
    found = [*_names(wish), *_readers(wish), *_storage(wish), *_delivery(wish)]
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


_POLICY_CHARACTERS = 20_480
"""What S3 takes as a bucket policy (S3 User Guide, "Bucket policies")."""
_KEY_ARN_LENGTH = 100


def _readers(wish: Wish) -> Iterator[Finding]:
    document = policies.bucket_policy(names_of(wish), "x" * _KEY_ARN_LENGTH, wish.readers, writer=True)
    if len(policies.render(document)) > _POLICY_CHARACTERS:
        yield Finding(
            "ERROR",
            "policy_too_large",
            "/environment",
            f"The environment names {len(wish.readers)} readers: more than fit into a bucket policy.",
            "Let an account's root read, and give its people rights there.",
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
    for index, tier in enumerate(spec.tiers or ()):
        place = f"/spec/tiers/{index}"
        if tier.storage_class in ("GLACIER", "DEEP_ARCHIVE"):
            yield Finding(
                "WARNING",
                "not_readable",
                place,
                f"Consumers cannot read objects in {tier.storage_class} before somebody restores them.",
                "Use GLACIER_IR, which is read like any other object.",
            )
        if not stays(tier, spec.retention_days):
            yield Finding(
                "SUGGESTION",
                "tier_too_short",
                place,
                f"{tier.storage_class} is billed for {MINIMUM_STAY[tier.storage_class]} days, longer than objects stay in it.",
                "Leave the tier out, or keep logs longer.",
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
