"""Lifecycle rules S3 does not take: their days and the order of their classes (their shape: `lifecycle_shape`).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from __future__ import annotations

from typing import Any

from service.sandbox.ageing_rules import lower
from service.sandbox.call import Call, Denial
from service.sandbox.refusals.lifecycle_shape import bad_configuration

INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
MINIMUM_DAYS = 30
"""Days an object stays in STANDARD before an infrequent class, and in that class before the next."""


def bad_lifecycle(call: Call) -> Denial | None:
    """The shape of the rules, the minimums of infrequent access classes, the order of classes, and expiration after the
    last transition."""
    rules = (call.params.get("LifecycleConfiguration") or {}).get("Rules", [])
    denial = bad_configuration(rules)
    if denial is not None:
        return denial
    messages = (_current(rule) or _noncurrent(rule) for rule in rules)
    message = next((message for message in messages if message), None)
    return Denial("InvalidArgument", message, 400) if message else None


def _current(rule: dict[str, Any]) -> str | None:
    moves = [(move["Days"], move["StorageClass"]) for move in rule.get("Transitions", []) if "Days" in move]
    expiration = (rule.get("Expiration") or {}).get("Days")
    return _broken_minimum(moves, "'Days' in Transition action") or _broken_order(
        moves, expiration, "'Days' in the Expiration action", "'Days' in the Transition action"
    )


def _noncurrent(rule: dict[str, Any]) -> str | None:
    written = rule.get("NoncurrentVersionTransitions", [])
    moves = [(move["NoncurrentDays"], move["StorageClass"]) for move in written if "NoncurrentDays" in move]
    expiration = (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays")
    return _broken_minimum(moves, "'NoncurrentDays' in NoncurrentVersionTransition action") or _broken_order(
        moves,
        expiration,
        "'NoncurrentDays' in the NoncurrentVersionExpiration action",
        "'NoncurrentDays' in the NoncurrentVersionTransition action",
    )


def _broken_minimum(moves: list[tuple[int, str]], what: str) -> str | None:
    earlier: tuple[int, str] | None = None
    for days, storage_class in sorted(moves):
        if storage_class in INFREQUENT and days < MINIMUM_DAYS:
            return (
                f"{what} must be greater than or equal to {MINIMUM_DAYS} for storageClass '{storage_class}'"
            )
        if earlier and earlier[1] in INFREQUENT and days < earlier[0] + MINIMUM_DAYS:
            return f"{what} for '{storage_class}' must be {MINIMUM_DAYS} days more than for '{earlier[1]}'"
        if earlier and not lower(earlier[1], storage_class):
            return f"{what} for '{storage_class}' cannot follow '{earlier[1]}'"
        earlier = (days, storage_class)
    return None


def _broken_order(moves: list[tuple[int, str]], expiration: int | None, late: str, early: str) -> str | None:
    if expiration is None or not moves or expiration > max(days for days, _ in moves):
        return None
    return f"{late} must be greater than {early}"


REFUSALS = [
    (("s3", "PutBucketLifecycleConfiguration"), bad_lifecycle),
]
