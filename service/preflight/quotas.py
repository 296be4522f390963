"""Is there room in the accounts for what a source is made of?

Buckets: Service Quotas, `s3` L-DC2B2D3D ("General purpose buckets"), which is kept in us-east-1 like everything global. Roles:
IAM tells use and quota itself (GetAccountSummary). The quotas of Firehose, KMS, SNS and SQS are thousands of times what
a source takes, or have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from programs.finding import Finding

from .view import View, error, warning

GLOBAL = "us-east-1"
BUCKETS = ("s3", "L-DC2B2D3D")
NEARLY = 0.9


def buckets(view: View) -> Iterator[Finding]:
    """The log account can have the store's buckets, or has them."""
    service, code = BUCKETS
    quota = view.log("service-quotas", GLOBAL).get_service_quota(ServiceCode=service, QuotaCode=code)
    there = {bucket["Name"] for bucket in view.log("s3").list_buckets()["Buckets"]}
    wanted = {view.names.bucket} | ({view.names.replica} if view.names.replica_region else set())
    yield from _room("buckets", "log", len(there), int(quota["Quota"]["Value"]), len(wanted - there))


def roles(view: View) -> Iterator[Finding]:
    """Both accounts can have the roles of one more source."""
    yield from _roles(view.production("iam"), "production", 2)
    yield from _roles(view.log("iam"), "log", 1 + len(view.wish.consumers))


def _roles(iam: Any, side: str, wanted: int) -> Iterator[Finding]:
    summary = iam.get_account_summary()["SummaryMap"]
    if "RolesQuota" in summary:
        yield from _room("roles", side, summary["Roles"], summary["RolesQuota"], wanted)


def _room(what: str, side: str, used: int, quota: int, wanted: int) -> Iterator[Finding]:
    told = f"The {side} account has {used} of {quota} {what}; this source takes {wanted} more."
    if wanted and used + wanted > quota:
        yield error("quota_used_up", "/environment", told, "Raise the quota, or free some.")
    elif wanted and used + wanted > quota * NEARLY:
        yield warning("quota_nearly_used", "/environment", told, "Raise the quota before it is used up.")
