"""Foreign words become our reason codes."""

from __future__ import annotations

import pytest

from service.engine.reasons import RULES, classify

API = (
    "creating S3 Bucket (b): operation error S3: CreateBucket, "
    "https response error StatusCode: {status}, RequestID: x, api error {code}: {text}"
)


@pytest.mark.parametrize(
    ("text", "code", "retryable"),
    [
        (API.format(status=403, code="AccessDenied", text="no"), "aws_access_denied", False),
        (API.format(status=400, code="AccessDeniedException", text="no"), "aws_access_denied", False),
        (API.format(status=400, code="ThrottlingException", text="Rate exceeded"), "aws_throttled", True),
        (API.format(status=503, code="SlowDown", text="reduce"), "aws_throttled", True),
        (API.format(status=400, code="LimitExceededException", text="limit"), "aws_quota", False),
        (API.format(status=409, code="BucketAlreadyExists", text="taken"), "aws_already_exists", False),
        (API.format(status=409, code="EntityAlreadyExists", text="taken"), "aws_already_exists", False),
        (API.format(status=500, code="InternalError", text="oops"), "aws_unavailable", True),
        (API.format(status=400, code="InvalidParameterException", text="bad"), "aws_invalid", False),
        (API.format(status=400, code="MalformedPolicyDocument", text="bad"), "aws_invalid", False),
        (API.format(status=404, code="NoSuchBucket", text="gone"), "aws_not_found", False),
        (
            "An error occurred (AccessDenied) when calling the AssumeRole operation: no",
            "aws_access_denied",
            False,
        ),
        ("dial tcp 127.0.0.1:8401: connect: connection refused", "aws_unavailable", True),
        ("python inline source runtime error: boom", "program_failed", False),
        ("resource urn:x cannot be deleted\nbecause it is protected. To unprotect", "guarded", False),
        ("the stack is currently locked by 1 lock(s)", "engine_locked", True),
        ("something nobody has seen before", "engine_failed", False),
    ],
)
def test_each_kind_of_refusal_has_its_code(text: str, code: str, retryable: bool) -> None:
    failure = classify(text)
    assert (failure.code, failure.retryable) == (code, retryable)
    assert failure.message
    assert failure.hint


def test_the_code_of_aws_beats_what_its_message_happens_to_say() -> None:
    text = API.format(
        status=400, code="InvalidParameterValue", text="the role AccessDeniedRole was not found, throttling"
    )
    assert classify(text).code == "aws_invalid"


def test_only_passing_troubles_are_tried_again() -> None:
    assert {rule.code for rule in RULES if rule.retryable} == {
        "aws_throttled",
        "aws_unavailable",
        "engine_locked",
    }
