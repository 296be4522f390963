"""How long log objects stay, and where. Pure; every rule made here is one that S3 accepts.

Source of the rules: "Transitioning objects using Amazon S3 Lifecycle" and "Managing your storage lifecycle" in the
S3 User Guide, PutBucketLifecycleConfiguration in the S3 API reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from programs.store.spec import DEFAULT_TIERS, StoreSpec, Tier

GRACE_DAYS = 7
"""How long a deleted or overwritten version can still be brought back; then its bytes are gone."""
INCOMPLETE_UPLOAD_DAYS = 7

SMALLEST_MOVED = "all_storage_classes_128K"
"""Objects under 128 KiB stay where they are: moving one costs more than its cheaper storage saves."""

MINIMUM_STAY = {"STANDARD_IA": 30, "GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
"""Days that are billed for an object in a class, even if it leaves earlier (S3 pricing)."""


@dataclass(frozen=True)
class Rule:
    """One lifecycle rule of the whole bucket. Days count from an object's creation (or from when it was replaced)."""

    id: str
    transitions: tuple[Tier, ...] = ()
    expire_days: int | None = None
    noncurrent_days: int | None = None
    expired_markers: bool = False
    abort_incomplete_days: int | None = None


def tiers_for(spec: StoreSpec) -> tuple[Tier, ...]:
    """The tiers asked for, or every default tier in which objects stay as long as is billed anyway."""
    if spec.tiers is not None:
        return spec.tiers
    return tuple(tier for tier in DEFAULT_TIERS if stays(tier, spec.retention_days))


def stays(tier: Tier, retention_days: int) -> bool:
    """Whether objects are in the tier for at least its minimum billed time before they are deleted."""
    return tier.days + MINIMUM_STAY[tier.storage_class] <= retention_days


def rules_for(spec: StoreSpec) -> tuple[Rule, ...]:
    """The rules of a store. S3 takes days and expired markers only in rules of their own."""
    retention = Rule(
        id="retention",
        transitions=tiers_for(spec),
        expire_days=spec.retention_days,
        noncurrent_days=GRACE_DAYS,
    )
    return retention, Rule(id="leftovers", expired_markers=True, abort_incomplete_days=INCOMPLETE_UPLOAD_DAYS)
