"""One account that is made ready for logflume."""

from __future__ import annotations

from typing import Literal

from programs.names import BOUNDARY, DEPLOY_ROLE, PREFIX, ROLE_PATH
from programs.spec import AccountId, Frozen, Region
from programs.store.spec import BucketName


class BootstrapSpec(Frozen):
    """One account, and who may take its deploy role."""

    side: Literal["production", "log"]
    account_id: AccountId
    region: Region
    profile: Literal["logflume-production", "logflume-log"]
    service_principal: str
    """ARN of the identity that the service runs as."""
    external_id: str
    switch_at_source: bool = True
    """Whether sources of this production account may switch logging on at databases, clusters and zones."""
    proofs: bool = True
    """Whether delivery may be proved: something marked sent in production, and stores read to find it."""
    adoptable_buckets: tuple[BucketName, ...] = ()
    """Buckets of the log account that sources may take over; ours by nothing but this list."""

    @property
    def store_arns(self) -> list[str]:
        """The buckets that may be stores."""
        return [f"arn:aws:s3:::{name}" for name in (f"{PREFIX}*", *self.adoptable_buckets)]

    @property
    def boundary_arn(self) -> str:
        """ARN of the boundary made here."""
        return f"arn:aws:iam::{self.account_id}:policy{ROLE_PATH}{BOUNDARY}"

    @property
    def deploy_role_arn(self) -> str:
        """ARN of the deploy role made here."""
        return f"arn:aws:iam::{self.account_id}:role{ROLE_PATH}{DEPLOY_ROLE}"
