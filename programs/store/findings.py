"""What can be said about the store of a wish before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.documents import render
from programs.finding import Finding
from programs.names import names_of
from programs.store import policies
from programs.store.lifecycle import MINIMUM_STAY, stays, tiers_for
from programs.store.writers import role_writer
from programs.wish import Wish

_POLICY_CHARACTERS = 20_480
"""What S3 takes as a bucket policy (S3 User Guide, "Bucket policies")."""
_ROOM_FOR_A_WRITER = 2_000
"""More than any kind's writer takes beyond a role's."""
_KEY_ARN_LENGTH = 100


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about names, readers, tiers, retention, copy and lock."""
    yield from _names(wish)
    yield from _readers(wish)
    yield from _tiers(wish)
    yield from _copies(wish)


def _names(wish: Wish) -> Iterator[Finding]:
    """Limits: S3 "Bucket naming rules" 63, Firehose CreateDeliveryStream 64, IAM CreateRole 64, SQS CreateQueue 80."""
    names = names_of(wish)
    limits = [
        ("bucket", names.replica, 63),
        ("stream", names.stream, 64),
        ("role", names.firehose_role, 64),
        ("queue", names.proof_queue, 80),
    ]
    for consumer in map(names.consumer, (consumer.name for consumer in wish.consumers)):
        limits += [("role", consumer.role, 64), ("queue", consumer.dead_letters, 80)]
    for what, name, limit in limits:
        if len(name) > limit:
            message = f"The {what} would be called {name}: over {limit} characters."
            yield Finding("ERROR", "name_too_long", "/name", message, "Shorten the name.")


def _readers(wish: Wish) -> Iterator[Finding]:
    names = names_of(wish)
    writer = role_writer(names, names.firehose_role_arn)
    document = policies.bucket_policy(names, "x" * _KEY_ARN_LENGTH, wish.readers, writer)
    if len(render(document)) + _ROOM_FOR_A_WRITER > _POLICY_CHARACTERS:
        yield Finding(
            "ERROR",
            "policy_too_large",
            "/environment",
            f"The environment names {len(wish.readers)} readers: more than fit into a bucket policy.",
            "Let an account's root read, and give its people rights there.",
        )


def _tiers(wish: Wish) -> Iterator[Finding]:
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


def _copies(wish: Wish) -> Iterator[Finding]:
    if not wish.spec.replicate and wish.replica_region is not None:
        yield Finding(
            "WARNING",
            "not_replicated",
            "/spec/replicate",
            "There is one copy of these logs, in one region.",
            "Leave replicate out to keep another one.",
        )
    if wish.spec.object_lock is not None:
        yield Finding(
            "WARNING",
            "lock_is_for_good",
            "/spec/object_lock",
            f"Objects cannot be deleted for {wish.spec.object_lock.days} days, and a purge has to wait for that.",
            "Leave it out unless a rule asks for it.",
        )
