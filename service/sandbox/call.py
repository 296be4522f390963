"""The words the parts of the sandbox share: who calls, what is called, and how a call is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

PrincipalKind = Literal["root", "user", "role", "service", "anonymous"]


@dataclass(frozen=True)
class Principal:
    """Who a request comes from, as IAM sees it."""

    kind: PrincipalKind
    account: str
    """Twelve digits; empty for anonymous callers and for AWS services."""
    arn: str
    """Root, user or session ARN (``arn:aws:sts::A:assumed-role/NAME/SESSION``), a service name such
    as ``firehose.amazonaws.com``, or empty for anonymous callers."""
    role_arn: str | None = None
    """Full ARN of the role, with its path, when the caller is a role session."""
    session_policy: str | None = None
    """JSON text of the policy that was passed when the session was made."""
    source_arn: str = ""
    """Of a service that acts for somebody: what it acts for, which it sends as aws:SourceArn."""
    source_account: str = ""
    """The account of `source_arn`, sent as aws:SourceAccount."""


ANONYMOUS = Principal(kind="anonymous", account="", arn="")


@dataclass(frozen=True)
class Call:
    """One AWS API request, resolved to the operation botocore knows it by."""

    service: str
    """Name of the boto3 client: ``s3``, ``logs``, ``firehose``, ``kms`` and so on."""
    operation: str
    """Name of the botocore operation: ``PutObject``."""
    account: str
    """Account the caller's credentials belong to, or a service acts for; empty for anonymous callers."""
    region: str
    principal: Principal
    params: dict[str, Any]
    """Input members by their botocore names (``Bucket``, ``Key``, ``KeyId``, ``RoleArn``)."""
    secure: bool
    """Whether the request counts as TLS (see ``x-sandbox-transport`` in the emulator)."""
    headers: Mapping[str, str]
    """Request headers, their names in lower case."""


@dataclass(frozen=True)
class Denial:
    """An AWS error that answers a call instead of the service."""

    code: str
    message: str
    status: int = 403


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role session."""

    access_key_id: str
    secret_access_key: str
    session_token: str
