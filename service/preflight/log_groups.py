"""Log groups: there, of a class that can be shipped, and with room for one more filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from programs.cloudwatch.spec import CloudWatchSpec, LogGroupsSpec
from programs.finding import Finding
from programs.spec import PRODUCTION_PROFILE
from programs.wish import Wish
from service.engine.aws import Accounts

from .view import View, error, suggestion, warning

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
USUAL_FILTERS = 2
"""What a log group could have for years; accounts may still be held to it ("CloudWatch Logs quotas")."""


def exist(view: View) -> Iterator[Finding]:
    """Each group is there, unless it is to be made. Subscription filters work on the STANDARD class alone ("Log classes")."""
    spec, logs = view.wish.spec_as(LogGroupsSpec), view.production("logs")
    maker = "create_log_group" if isinstance(spec, CloudWatchSpec) else "enable_at_source"
    for place, name in zip(spec.log_group_fields, spec.reads_log_groups, strict=True):
        group = _group(logs, name)
        if group is None and not spec.makes_log_groups:
            yield error(
                "log_group_missing",
                place,
                f"There is no log group {name} in account {view.names.production_account} ({view.names.production_region}).",
                f"Correct the name, or set {maker} to have it made.",
            )
        elif group is not None and group.get("logGroupClass", "STANDARD") != "STANDARD":
            yield error(
                "log_group_class",
                place,
                f"Log group {name} is of class {group['logGroupClass']}; only STANDARD groups can be shipped.",
                "Choose another log group: the class of a group cannot be changed.",
            )


def have_room(view: View) -> Iterator[Finding]:
    """A filter of ours that is there already takes no new place (PutSubscriptionFilter overwrites by name)."""
    spec, logs = view.wish.spec_as(LogGroupsSpec), view.production("logs")
    for place, name in zip(spec.log_group_fields, spec.reads_log_groups, strict=True):
        if _group(logs, name) is None:
            continue
        found = logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"]
        others = [each["filterName"] for each in found if each["filterName"] != view.names.filter]
        yield from _room(place, name, others, view.filter_limit)


def _room(place: str, group: str, others: list[str], limit: int) -> Iterator[Finding]:
    has = f"Log group {group} has {len(others)} subscription filters of others: {', '.join(others)}."
    if len(others) >= limit:
        hint = f"A group takes {limit}: remove one, or raise LOGFLUME_SUBSCRIPTION_FILTERS with the account's quota."
        yield error("no_filter_slot", place, has, hint)
    elif len(others) >= USUAL_FILTERS:
        hint = (
            f"Some accounts take {USUAL_FILTERS} only: see CloudWatch Logs in the account's Service Quotas."
        )
        yield warning("many_filters", place, has, hint)
    elif others:
        yield suggestion("other_filters", place, has, "Check that nobody ships the same logs twice.")


def adoptable(wish: Wish, accounts: Accounts, known: bytes) -> dict[str, str]:
    """Log groups that are to be created and exist already, unknown to the stack: "type::name" -> id to import.

    "Create what is missing" must not fail on what is there; such a group is taken as it is, and stays when the source goes.

    Raises:
        botocore.exceptions.ClientError: the account cannot be asked.
    """
    spec = wish.spec_as(LogGroupsSpec)
    if not spec.makes_log_groups:
        return {}
    logs = accounts.client(PRODUCTION_PROFILE, "logs", wish.sender.region)
    return {
        f"{LOG_GROUP}::log-group:{name}": name
        for name in spec.reads_log_groups
        if f'::log-group:{name}"'.encode() not in known and _group(logs, name) is not None
    }


def _group(logs: Any, name: str) -> dict[str, Any] | None:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in groups if group["logGroupName"] == name), None)
