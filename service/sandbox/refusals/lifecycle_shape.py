"""Lifecycle configurations whose elements do not go together, before any day is counted.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.sandbox.call import Denial

MOST_RULES, LONGEST_ID, MOST_KEPT_VERSIONS = 1000, 255, 100
ACTIONS = (
    *("AbortIncompleteMultipartUpload", "Expiration", "NoncurrentVersionExpiration"),
    *("NoncurrentVersionTransitions", "Transitions"),
)
NOT_BY_TAG = "{} cannot be specified with Tags."


def bad_configuration(rules: list[dict[str, Any]]) -> Denial | None:
    """The first thing wrong with a configuration as a whole, or with the shape of a rule."""
    return next((denial for denial in _problems(rules)), None)


def _problems(rules: list[dict[str, Any]]) -> Iterator[Denial]:
    if not 1 <= len(rules) <= MOST_RULES:
        yield _malformed()
    named = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(named)) < len(named):
        yield _invalid("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        if len(rule.get("ID") or "") > LONGEST_ID:
            yield _invalid("InvalidArgument", f"ID length should not exceed allowed limit of {LONGEST_ID}")
        yield from _bad_filter(rule)
        yield from _bad_actions(rule)


def _bad_filter(rule: dict[str, Any]) -> Iterator[Denial]:
    """A rule has a filter or, in the older form, a prefix; a filter has one member, which may be And."""
    where = rule.get("Filter")
    if (where is None) == ("Prefix" not in rule) or len(where or {}) > 1:
        yield _malformed()
    both = (where or {}).get("And") or {}
    larger, smaller = both.get("ObjectSizeGreaterThan"), both.get("ObjectSizeLessThan")
    if larger is not None and smaller is not None and larger >= smaller:
        yield _invalid(
            "InvalidRequest", "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        )
    if (where or {}).get("Tag") or both.get("Tags"):
        if "AbortIncompleteMultipartUpload" in rule:
            yield _invalid("InvalidRequest", NOT_BY_TAG.format("AbortIncompleteMultipartUpload"))
        if (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker"):
            yield _invalid("InvalidRequest", NOT_BY_TAG.format("ExpiredObjectDeleteMarker"))


def _bad_actions(rule: dict[str, Any]) -> Iterator[Denial]:
    if not any(rule.get(action) for action in ACTIONS):
        yield _invalid("InvalidRequest", "At least one action needs to be specified in a rule")
    expiration = rule.get("Expiration") or {}
    if len(expiration.keys() & {"Days", "Date", "ExpiredObjectDeleteMarker"}) > 1:
        yield _malformed()
    if expiration.get("Days", 1) < 1:
        yield _invalid("InvalidArgument", "'Days' for Expiration action must be a positive integer")
    timed = [*rule.get("Transitions", []), *([expiration] if expiration.keys() & {"Days", "Date"} else [])]
    if len({"Date" in action for action in timed}) > 1:
        message = "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule"
        yield _invalid("InvalidRequest", message)
    for action in (rule.get("NoncurrentVersionExpiration"), *rule.get("NoncurrentVersionTransitions", [])):
        yield from _bad_count(rule, (action or {}).get("NewerNoncurrentVersions"))


def _bad_count(rule: dict[str, Any], kept: int | None) -> Iterator[Denial]:
    """How many noncurrent versions stay can be said by a rule with a filter alone."""
    if kept is None:
        return
    if "Filter" not in rule:
        yield _invalid("InvalidRequest", "NewerNoncurrentVersions cannot be specified without Filter")
    if not 1 <= kept <= MOST_KEPT_VERSIONS:
        yield _invalid("InvalidArgument", f"NewerNoncurrentVersions must be 1 to {MOST_KEPT_VERSIONS}")


def _malformed() -> Denial:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return Denial("MalformedXML", message, 400)


def _invalid(code: str, message: str) -> Denial:
    return Denial(code, message, 400)
