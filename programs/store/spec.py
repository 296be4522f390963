"""What every kind's spec says about where its logs are kept."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from programs.spec import ADVANCED, Frozen, ReaderArn

STORAGE_CLASSES = ("STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""The storage classes of a tier, each colder than the one before."""
IA_DAYS = 30
"""Objects must be this old before they may go to STANDARD_IA, and must stay this long before they go on
("Transitioning objects using Amazon S3 Lifecycle", S3 User Guide)."""


class Tier(Frozen):
    """A lifecycle step: after `days` days, objects move to `storage_class`."""

    days: int = Field(ge=1, le=36500)
    storage_class: Literal["STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]


DEFAULT_TIERS = (Tier(days=30, storage_class="STANDARD_IA"), Tier(days=90, storage_class="GLACIER_IR"))


class ObjectLock(Frozen):
    """Nobody deletes or changes an object's version for so many days ("Using S3 Object Lock", S3 User Guide).

    GOVERNANCE: whoever has s3:BypassGovernanceRetention still can. COMPLIANCE: nobody can, the account's root included.
    """

    mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    days: int = Field(ge=1, le=3650, description="Days that each object is locked.")


RESERVED_NAMES = ("proof", "replica")
"""Our own queue and role of a source are called so."""


BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
"""From "Bucket naming rules" in the S3 User Guide."""


class Consumer(Frozen):
    """Somebody who is told of every new object and may read it: a queue and a role of its own.

    The short name becomes part of queue and role names (SQS 80 characters, IAM 64).
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9]{1,11}$")
    type: Literal["splunk", "elastic", "vector", "fluentd"]
    principal: ReaderArn
    """Who may take the reader role."""
    external_id: str | None = Field(
        default=None, repr=False, pattern=r"^[A-Za-z0-9_+=,.@:/-]+$", min_length=2, max_length=1224
    )
    """What it must say to take it (AssumeRole, STS API reference); against the confused deputy, and no secret.
    Splunk's add-on says nothing (`sts.assume_role` in its common/credentials.py), so its role must not ask for one.
    """

    @field_validator("name")
    @classmethod
    def _not_ours(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError(f"{name} is a name of logflume's own")
        return name

    @model_validator(mode="after")
    def _one_that_it_can_say(self) -> Self:
        if self.type == "splunk" and self.external_id is not None:
            raise ValueError(
                "Splunk's add-on sends no external_id, so it could not take the role; leave it out"
            )
        if self.type != "splunk" and self.external_id is None:
            raise ValueError(
                "external_id is missing: it is what keeps others from reading through this consumer"
            )
        return self

    @property
    def raw(self) -> bool:
        """Whether messages come as S3 wrote them. Splunk's add-on checks SNS's signature, so it gets SNS's envelope."""
        return self.type != "splunk"


class StoreSpec(Frozen):
    """The part of a wish that the store is made from."""

    retention_days: int = Field(
        default=400,
        ge=1,
        le=3650,
        description="Days until a log object is deleted; its bytes are gone a week later.",
        title="Retention (days)",
    )
    tiers: tuple[Tier, ...] | None = Field(
        title="Cheaper storage by age",
        json_schema_extra=ADVANCED,
        default=None,
        description="Cheaper storage by age. Left out: every default tier that fits the retention.",
    )
    replicate: bool = Field(
        title="Keep a copy in a second region",
        json_schema_extra=ADVANCED,
        default=True,
        description="In the environment's replica region, where it has one.",
    )
    object_lock: ObjectLock | None = Field(
        title="Object Lock",
        json_schema_extra=ADVANCED,
        default=None,
        description="Locks each object against deletion. It cannot be taken back for objects that are locked.",
    )
    adopt_bucket: BucketName | None = Field(
        title="Take over an existing bucket",
        json_schema_extra=ADVANCED,
        default=None,
        description="A bucket of the log account; it is left as it was found when the source is retired.",
    )
    silence_hours: int | None = Field(
        title="Alarm after silence (hours)",
        json_schema_extra=ADVANCED,
        default=None,
        ge=1,
        le=168,
        description="Raise an alarm when nothing was delivered for so long. Left out: silence is normal.",
    )

    @property
    def drain_seconds(self) -> int:
        """How long what was taken in may take to reach the store once nothing new comes."""
        raise NotImplementedError(f"{type(self).__name__} does not say how long it drains")

    @property
    def reads_log_groups(self) -> tuple[str, ...]:
        """Log groups of the production account whose events are shipped; a team may ask for its own alone."""
        return ()

    @property
    def log_group_fields(self) -> tuple[str, ...]:
        """JSON Pointers to what in the spec stands for each of `reads_log_groups`."""
        return tuple(f"/spec/log_groups/{index}" for index in range(len(self.reads_log_groups)))

    @property
    def sender_region(self) -> str | None:
        """Where the sender's side has to be; None: in the environment's production region."""
        return None

    @property
    def hears_networks(self) -> tuple[str, ...]:
        """IPv4 ranges that may send something; a team may ask for its own alone."""
        return ()

    @field_validator("tiers")
    @classmethod
    def _tiers_go_down(cls, tiers: tuple[Tier, ...] | None, info: ValidationInfo) -> tuple[Tier, ...] | None:
        if tiers and "retention_days" in info.data:
            _check_tiers(tiers, info.data["retention_days"])
        return tiers

    @model_validator(mode="after")
    def _lock_ends_with_retention(self) -> Self:
        # A locked version outlives its expiry: then "deleted after retention_days" would not be true.
        if self.object_lock is not None and self.object_lock.days > self.retention_days:
            raise ValueError(
                f"objects would be locked for {self.object_lock.days} days, longer than the retention of {self.retention_days}"
            )
        return self


def _check_tiers(tiers: tuple[Tier, ...], retention_days: int) -> None:
    """Raise ValueError for a lifecycle that S3 refuses (PutBucketLifecycleConfiguration)."""
    for earlier, later in pairwise(tiers):
        if STORAGE_CLASSES.index(later.storage_class) <= STORAGE_CLASSES.index(earlier.storage_class):
            raise ValueError(f"{later.storage_class} is not colder than {earlier.storage_class} before it")
        stay = IA_DAYS if earlier.storage_class == "STANDARD_IA" else 1
        if later.days < earlier.days + stay:
            raise ValueError(
                f"{later.storage_class} begins at day {earlier.days + stay} at the earliest,"
                f" {stay} days after {earlier.storage_class}; not {later.days}"
            )
    for tier in tiers:
        if tier.storage_class == "STANDARD_IA" and tier.days < IA_DAYS:
            raise ValueError(f"STANDARD_IA begins at day {IA_DAYS} at the earliest, not {tier.days}")
        if tier.days >= retention_days:
            raise ValueError(
                f"{tier.storage_class} from day {tier.days} on is never reached: objects are deleted at day {retention_days}"
            )
