"""Errors on demand: an AWS operation that answers what it is told to, until it is told otherwise.

For tests of what retries. Rules are kept in memory alone: a restart knows none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.sandbox.call import Call, Denial
from service.sandbox.routing import serving_account


@dataclass(frozen=True)
class Fault:
    """Every call of `operation` that `account` would serve ends with `code` and HTTP `status`."""

    service: str
    """Name of the boto3 client."""
    operation: str
    """Name of the botocore operation."""
    account: str
    """The account that owns what is called: of a bucket, its owner."""
    code: str = "SlowDown"
    status: int = 503
    message: str = "The sandbox was told to refuse this."


_rules: tuple[Fault, ...] = ()


def use(rules: Iterable[Fault]) -> None:
    """Have these rules, and none from before."""
    global _rules
    _rules = tuple(rules)


def of(call: Call) -> Denial | None:
    """The error a call was told to end with."""
    for rule in _rules:
        if (rule.service, rule.operation, rule.account) == (
            call.service,
            call.operation,
            serving_account(call),
        ):
            return Denial(rule.code, rule.message, rule.status)
    return None
