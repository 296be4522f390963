"""Accounts, signatures, wire formats and control of the sandbox, through boto3."""

from __future__ import annotations

import urllib.error
import urllib.request

from tests.support.sandbox import LOG, PRODUCTION, SECURITY, Sandbox


def test_a_twelve_digit_key_is_the_root_of_that_account(sandbox: Sandbox) -> None:
    for account in (PRODUCTION, LOG, SECURITY):
        identity = sandbox.client("sts", account).get_caller_identity()
        assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:root")


def test_accounts_do_not_see_each_others_resources(sandbox: Sandbox) -> None:
    sandbox.client("sns", PRODUCTION).create_topic(Name="only-here")
    assert "only-here" not in str(sandbox.client("sns", LOG).list_topics()["Topics"])
    assert "only-here" in str(sandbox.client("sns", PRODUCTION).list_topics()["Topics"])


def test_every_answer_says_that_it_comes_from_the_sandbox(sandbox: Sandbox) -> None:
    response = sandbox.client("sqs", LOG).list_queues()
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-logflume-sandbox"] == "1"
    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/health", timeout=10) as health:  # noqa: S310 - loopback
        assert health.headers["X-Logflume-Sandbox"] == "1"


def test_a_control_path_nobody_knows_is_not_found(sandbox: Sandbox) -> None:
    assert sandbox.control("GET", "/_sandbox/nothing")[0] == 404
    assert sandbox.control("GET", "/_sandbox/flush")[0] == 404
