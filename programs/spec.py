"""What specs and wishes are made of: frozen, validated values, and the names AWS accepts."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

PROGRAM_VERSION = "2"
"""Raised whenever a program would build something else from the same wish; it is part of the effective wish."""

PRODUCTION_PROFILE = "logflume-production"
LOG_PROFILE = "logflume-log"
"""Constant AWS profile names: nothing that changes from run to run may be a provider input."""

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]

SOURCE_NAME = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
"""What a source may be called. Every physical name is made from it, so it is what the narrowest (a bucket) takes."""
ENVIRONMENT_NAME = r"^[a-z](-?[a-z0-9]){0,29}$"

LOG_GROUP_PATTERN = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
"""Log group names, from the CreateLogGroup page of the CloudWatch Logs API."""
OWN_LOG_GROUPS = "/logflume/"
"""Where our own error logs are. Shipping them would make each error of a delivery the cause of another delivery."""

ADVANCED: dict[str, Any] = {"advanced": True}
"""Marks fields that a form may fold away: their defaults fit nearly everybody."""


class Frozen(BaseModel):
    """A value: immutable, and strict about names so that a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountAccess(Frozen):
    """One AWS account as a program sees it: who it is and which profile reaches it."""

    account_id: AccountId
    region: Region
    profile: Literal["logflume-production", "logflume-log"]
    boundary_arn: str
    """Permissions boundary that every role created in this account must carry."""
    alarm_topic: str | None = None
    """ARN of the topic that alarms tell; None: each source has its own."""


def _log_group(name: str) -> str:
    if not LOG_GROUP_PATTERN.fullmatch(name):
        raise ValueError("a log group name has 1 to 512 characters out of A-Z a-z 0-9 . - _ / #")
    if name.lower().startswith("aws/"):
        raise ValueError("names that start with aws/ are reserved by AWS")
    if name.startswith(OWN_LOG_GROUPS):
        raise ValueError(f"{OWN_LOG_GROUPS} holds logflume's own error logs, which are not shipped")
    return name


LogGroupName = Annotated[str, AfterValidator(_log_group)]
ReaderArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)$")
]
"""An account's root, a role or a user; never a wildcard."""
