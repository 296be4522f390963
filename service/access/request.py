"""The question put to the evaluator: who asks, for which action, on what, and under which circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

CallerKind = Literal["root", "user", "role", "federated", "service", "anonymous"]


@dataclass(frozen=True)
class Caller:
    """The principal of a request, as policies can name it."""

    kind: CallerKind
    account: str = ""
    """Twelve digits; empty for AWS services and anonymous callers."""
    arn: str = ""
    """Root, user or role session ARN (``arn:aws:sts::A:assumed-role/NAME/SESSION``)."""
    role_arn: str | None = None
    """ARN of the role, with its path, behind a session."""
    services: frozenset[str] = frozenset()
    """The names of the calling AWS service (``aws:PrincipalServiceNamesList``): global and regional."""
    provider: str | None = None
    """Identity provider of a federated caller."""

    @cached_property
    def names(self) -> frozenset[str]:
        """Every value of ``Principal.AWS`` that names this caller itself (not its account)."""
        return frozenset(name for name in (self.arn, self.role_arn) if name)

    @cached_property
    def account_names(self) -> frozenset[str]:
        """The two ways to write the caller's account in ``Principal.AWS``."""
        return frozenset({self.account, f"arn:aws:iam::{self.account}:root"}) if self.account else frozenset()

    @property
    def principal_arn(self) -> str:
        """``aws:PrincipalArn``: for a session the ARN of its role, not of the session."""
        return self.role_arn or self.arn


ContextValue = str | list[str]


@dataclass(frozen=True)
class Request:
    """One action on one resource. `context` holds the condition keys; a list is a multivalued key."""

    caller: Caller
    action: str
    resource: str
    resource_account: str
    """Account that owns the resource; the caller's own where nothing owns it yet."""
    context: Mapping[str, ContextValue] = field(default_factory=dict)

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        """The context by lower-case key: AWS compares condition key names without regard to case."""
        return {
            key.lower(): (value,) if isinstance(value, str) else tuple(value)
            for key, value in self.context.items()
        }

    @property
    def cross_account(self) -> bool:
        """Whether caller and resource belong to different accounts."""
        return self.caller.account != self.resource_account
