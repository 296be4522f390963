"""From what the engine or AWS said to a reason code. The only file that matches foreign text.

AWS's own error code (`api error CODE` in the provider's words) is looked at alone first, since a message may
contain anything; then the whole text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """Why a run failed, for the person who asked."""

    code: str
    message: str
    hint: str
    retryable: bool = False

    def as_json(self) -> dict[str, Any]:
        """The `error` of an operation."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "retryable": self.retryable}


@dataclass(frozen=True)
class Rule:
    """Any of the patterns means this reason."""

    code: str
    hint: str
    patterns: tuple[str, ...]
    retryable: bool = False


GUARDED = "guarded"
"""The engine refused to delete or replace something that is protected."""

# Most telling first: the first rule that matches wins.
RULES = (
    Rule(
        GUARDED,
        "The change would delete or replace a guarded resource, and no plan could be made of it; the engine's text says why.",
        ("is protected", "marked for protection", "because it is protected"),
    ),
    Rule(
        "program_failed",
        "This is a fault of logflume's program; the engine's own text says where.",
        ("inline source runtime error",),
    ),
    Rule(
        "wrong_account",
        "The role leads to another account than the environment names; correct the environments file.",
        ("AWS account ID not allowed", "allowed_account_ids", "allowedAccountIds"),
    ),
    Rule(
        "aws_throttled",
        "AWS asks to slow down; it is tried again by itself.",
        (r"Throttling\w*", r"TooManyRequests\w*", "RequestLimitExceeded", "SlowDown", "Rate exceeded"),
        retryable=True,
    ),
    Rule(
        "aws_access_denied",
        "A role lacks a permission: compare the deploy role with the bootstrap program, then ask for apply.",
        (
            r"AccessDenied\w*",
            "Forbidden",
            "UnauthorizedOperation",
            "AuthorizationError",
            "is not authorized to perform",
        ),
    ),
    Rule(
        "aws_credentials",
        "The service cannot prove who it is to AWS: check its identity and the deploy role's trust and external id.",
        (
            "InvalidClientTokenId",
            r"ExpiredToken\w*",
            "SignatureDoesNotMatch",
            "Unable to locate credentials",
            "failed to refresh cached credentials",
            "No valid credential sources",
        ),
    ),
    Rule(
        "aws_quota",
        "An AWS quota is used up: raise it or free a place, then ask for apply.",
        (r"LimitExceeded\w*", r"\w*QuotaExceeded\w*", "TooManyBuckets"),
    ),
    Rule(
        "aws_already_exists",
        "Something else has this name in the account: remove or rename it, then ask for apply.",
        (r"BucketAlready\w+", r"\w*AlreadyExists\w*", "ResourceInUseException"),
    ),
    Rule(
        "aws_unavailable",
        "AWS did not answer properly; it is tried again by itself.",
        (
            "InternalError",
            "InternalFailure",
            r"ServiceUnavailable\w*",
            r"InternalServer\w*",
            r"StatusCode: 5\d\d",
            "[Cc]onnection (?:refused|reset)",
            "EndpointConnectionError",
            "Could not connect to the endpoint",
            "[Tt]imed out",
            "error reading from server: EOF",
        ),
        retryable=True,
    ),
    Rule(
        "aws_not_found",
        "Something the wish refers to does not exist in the account.",
        (r"\w*NotFound\w*", r"NoSuch\w+", r"\w*NonExistentQueue"),
    ),
    Rule(
        "aws_invalid",
        "AWS refuses a value: correct the wish, the message says which.",
        (r"Malformed\w+", r"Invalid\w+", r"Validation\w+", "Duplicate resource URN", "Missing required"),
    ),
    Rule(
        "engine_locked",
        "An earlier run has not let go of the state; it is tried again by itself.",
        ("currently locked by",),
        retryable=True,
    ),
)
UNKNOWN = Rule("engine_failed", "The engine's own text says more.", ())

_API_ERROR = re.compile(r"api error (\w+)|An error occurred \((\w+)\)")


def classify(text: str) -> Failure:
    """The reason behind what the engine or AWS said."""
    rule = _rule_for(text)
    return Failure(rule.code, _first_lines(text), rule.hint, rule.retryable)


def is_retryable(code: str) -> bool:
    """Whether this reason passes by itself."""
    return any(rule.retryable for rule in RULES if rule.code == code)


def _rule_for(text: str) -> Rule:
    api = _API_ERROR.search(text)
    subjects = [api.group(1) or api.group(2), text] if api else [text]
    for subject in subjects:
        for rule in RULES:
            if any(re.search(pattern, subject) for pattern in rule.patterns):
                return rule
    return UNKNOWN


def _first_lines(text: str, limit: int = 600) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " ".join(lines[:4])[:limit] or "The engine failed without a word."
