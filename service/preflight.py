"""What can be seen in the accounts before anything is changed there: a refusal now is cheaper than half a pipeline."""

from __future__ import annotations

from typing import Any

from programs.cloudwatch.spec import LogGroupsSpec
from programs.spec import PRODUCTION_PROFILE
from programs.wish import Wish
from service.engine.aws import Accounts
from service.engine.reasons import Failure

_LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def blocking(wish: Wish, accounts: Accounts) -> Failure | None:
    """The first reason why the wish cannot be made true as it stands, or None.

    Raises:
        botocore.exceptions.ClientError: the account cannot be asked (role, permission, throttling).
    """
    if not isinstance(wish.spec, LogGroupsSpec):
        return None
    logs = accounts.client(PRODUCTION_PROFILE, "logs")
    if not wish.spec.create_log_group:
        missing = [name for name in wish.spec.reads_log_groups if _group(logs, name) is None]
        if missing:
            return Failure(
                "log_group_missing",
                f"There is no log group {', '.join(missing)} in account {wish.production.account_id} ({wish.production.region}).",
                "Correct the name, or set create_log_group to have it made.",
            )
    return _wrong_class(wish, logs)


def adoptable(wish: Wish, accounts: Accounts, checkpoint: bytes | None) -> dict[str, str]:
    """Log groups that are to be created and exist already, unknown to the stack: "type::name" -> id to import.

    "Create what is missing" must not fail on what is there; such a group is taken as it is, and stays when the source goes.

    Raises:
        botocore.exceptions.ClientError: the account cannot be asked.
    """
    if not isinstance(wish.spec, LogGroupsSpec) or not wish.spec.create_log_group:
        return {}
    logs = accounts.client(PRODUCTION_PROFILE, "logs")
    known = checkpoint or b""
    return {
        f"{_LOG_GROUP}::log-group:{name}": name
        for name in wish.spec.reads_log_groups
        if f'::log-group:{name}"'.encode() not in known and _group(logs, name) is not None
    }


def _wrong_class(wish: Wish, logs: Any) -> Failure | None:
    """Subscription filters work on the STANDARD class alone (CloudWatch Logs User Guide, "Log classes")."""
    for name in wish.spec.reads_log_groups:
        group = _group(logs, name) or {}
        if group.get("logGroupClass", "STANDARD") != "STANDARD":
            return Failure(
                "log_group_class",
                f"Log group {name} is of class {group['logGroupClass']}; only STANDARD groups can be shipped.",
                "Choose another log group: the class of a group cannot be changed.",
            )
    return None


def _group(logs: Any, name: str) -> dict[str, Any] | None:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in groups if group["logGroupName"] == name), None)
