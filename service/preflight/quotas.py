"""Is there room in the accounts for what a source is made of?

Buckets: Service Quotas, `s3` L-DC2B2D3D ("General purpose buckets"), which is kept in us-east-1 like everything global. Roles:
IAM tells use and quota itself (GetAccountSummary). The quotas of Firehose, KMS, SNS and SQS are thousands of times what
a source takes, or have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from programs.cloudtrail.spec import ApiCallsSpec
from programs.cloudwatch.spec import LogGroupsSpec
from programs.finding import Finding
from programs.names import ROLE_PATH
from programs.syslog.spec import SyslogSpec

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
    """Both accounts can have the source's roles, or have them."""
    names = view.names
    copying = {names.replication_role} if names.replica_region else set()
    reading = {names.consumer(consumer.name).role for consumer in view.wish.consumers}
    yield from _roles(view.log("iam"), "log", copying | reading)
    yield from _roles(view.production("iam"), "production", _sending(view))


def _sending(view: View) -> set[str]:
    """The roles of the sender's side: a trail and a recorder have none of ours."""
    names, spec = view.names, view.wish.spec
    if isinstance(spec, SyslogSpec):
        return {names.syslog_role}
    if isinstance(spec, LogGroupsSpec):
        return {names.logs_role, names.firehose_role}
    return {names.events_role, names.firehose_role} if isinstance(spec, ApiCallsSpec) else set()


def _roles(iam: Any, side: str, wanted: set[str]) -> Iterator[Finding]:
    summary = iam.get_account_summary()["SummaryMap"]
    if "RolesQuota" in summary:
        pages = iam.get_paginator("list_roles").paginate(PathPrefix=ROLE_PATH)
        there = {role["RoleName"] for page in pages for role in page["Roles"]}
        yield from _room("roles", side, summary["Roles"], summary["RolesQuota"], len(wanted - there))


def _room(what: str, side: str, used: int, quota: int, wanted: int) -> Iterator[Finding]:
    told = f"The {side} account has {used} of {quota} {what}; this source takes {wanted} more."
    if wanted and used + wanted > quota:
        yield error("quota_used_up", "/environment", told, "Raise the quota, or free some.")
    elif wanted and used + wanted > quota * NEARLY:
        yield warning("quota_nearly_used", "/environment", told, "Raise the quota before it is used up.")
