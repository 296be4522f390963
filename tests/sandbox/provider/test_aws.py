"""Retries, waiting, and what a provider may be told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.provider import aws as module
from service.sandbox.provider.aws import Aws, ProviderConfig, Session


class Idle:
    """A session that nothing is asked of."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()


@pytest.fixture
def aws() -> Aws:
    """Calls that only wait."""
    return Aws(cast(Session, Idle()), "eu-west-3")


def refusal(code: str) -> AwsError:
    return AwsError("IAM", "CreateRole", 400, "id", code, "no")


def test_a_refusal_that_passes_is_asked_again(aws: Aws) -> None:
    answers: Iterator[Any] = iter([refusal("Later"), refusal("Later"), {"Role": "made"}])

    def call() -> dict[str, Any]:
        answer = next(answers)
        if isinstance(answer, AwsError):
            raise answer
        return cast(dict[str, Any], answer)

    assert aws.retrying(call, lambda error: error.code == "Later") == {"Role": "made"}


def test_any_other_refusal_is_final(aws: Aws) -> None:
    calls = []

    def call() -> dict[str, Any]:
        calls.append(1)
        raise refusal("AccessDenied")

    with pytest.raises(AwsError, match="api error AccessDenied: no"):
        aws.retrying(call, lambda error: error.code == "Later")
    assert len(calls) == 1


def test_patience_ends(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)

    def call() -> dict[str, Any]:
        raise refusal("Later")

    with pytest.raises(AwsError, match="api error Later"):
        aws.retrying(call, lambda _: True)


def test_waiting_ends_in_time(aws: Aws) -> None:
    with pytest.raises(ProviderError, match=r"waiting for the stream: timeout after 0\.1s"):
        aws.wait("the stream", lambda: False, 0.1)


def test_nothing_is_waited_for_once_the_engine_cancels(aws: Aws) -> None:
    aws.session.cancelled.set()
    with pytest.raises(ProviderError, match="cancelled by the engine"):
        aws.wait("the stream", lambda: False, 60)


def test_a_provider_is_told_its_lists_as_json_text() -> None:
    config = ProviderConfig.parse(
        {
            "profile": "p",
            "allowedAccountIds": '["1"]',
            "defaultTags": '{"tags": {"a": "b"}}',
            "maxRetries": "7",
        }
    )
    assert (config.allowed_account_ids, config.default_tags, config.max_retries) == (("1",), {"a": "b"}, 7)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8401", True),
        ("http://127.9.9.9:1", True),
        ("http://[::1]:8401", True),
        ("http://localhost:8401", True),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1:8401", False),
        ("https://s3.eu-west-3.amazonaws.com", False),
        ("http://127.0.0.1@192.0.2.1/", False),
        ("", False),
    ],
)
def test_only_this_machine_counts_as_loopback(url: str, here: bool) -> None:
    assert module._is_loopback(url) is here


@pytest.mark.parametrize(("status", "code"), [(403, "Forbidden"), (404, "NotFound"), (400, "BadRequest")])
def test_a_head_that_is_refused_has_a_code_like_any_other(status: int, code: str) -> None:
    response = {
        "Error": {"Code": str(status), "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    error = module._refused("S3", "HeadBucket", ClientError(response, "HeadBucket"))
    assert error.code == code
    assert f"StatusCode: {status}" in str(error)
    assert str(error).endswith(f"api error {code}: no")
