"""All checks together: what is in order says nothing, and an account that cannot be asked is said, not crashed on."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from programs.finding import Finding
from service import preflight
from service.preflight import look, refusal
from service.preflight.view import View, error, warning
from tests.preflight.scene import GROUP, Scene, fresh
from tests.support.sandbox import LOG

GZIP = b"\x1f\x8b"


def test_a_wish_that_can_be_built_is_not_remarked_on(scene: Scene) -> None:
    assert look(scene.view()) == []


def test_a_look_changes_nothing(scene: Scene) -> None:
    """The sandbox's journal has every call that could; taking the deploy roles is all there is."""
    journal = scene.sandbox.home / "journal.jsonl"
    before = len(journal.read_bytes().splitlines())
    look(scene.view())
    sent = [json.loads(line) for line in journal.read_bytes().splitlines()[before:]]
    assert sent
    # What other tests wait for may be delivered meanwhile: those are packed objects, and no calls of ours.
    bodies = [body for each in sent if not (body := b64decode(each["body"])).startswith(GZIP)]
    assert {parse_qs(body.decode())["Action"][0] for body in bodies} == {"AssumeRole"}


def test_everything_that_is_wrong_is_said_at_once_refusals_first(scene: Scene) -> None:
    groups = [GROUP, "/aws/lambda/nobody", "/aws/lambda/no-one"]
    found = look(scene.view(fresh({"log_groups": groups}, replica_region="eu-nowhere-1")))
    codes = [finding.code for finding in found if finding.severity == "ERROR"]
    assert sorted(codes) == ["log_group_missing", "log_group_missing", "region_disabled"]
    assert [f.field for f in found if f.code == "log_group_missing"] == [
        "/spec/log_groups/1",
        "/spec/log_groups/2",
    ]


def _breaks(_view: View) -> Iterator[Finding]:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "DescribeThings")


def _forbidden(_view: View) -> Iterator[Finding]:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeThings")


def test_a_check_that_aws_does_not_answer_is_a_finding(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "EVERYBODY", (_breaks, _forbidden))
    found = look(scene.view())
    assert [(f.severity, f.code) for f in found] == [
        ("WARNING", "could_not_look"),
        ("WARNING", "may_not_look"),
    ]


def test_a_look_ends_in_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def waits(_view: View) -> list[Finding]:
        released.wait(20)
        return []

    monkeypatch.setattr(preflight, "EVERYBODY", (waits,))
    monkeypatch.setattr(preflight, "KINDS", {})
    monkeypatch.setattr(preflight.accounts_checks, "reached", lambda _view: [])
    try:
        [late] = look(scene.view(), patience=0.2)
    finally:
        released.set()
    assert (late.severity, late.code) == ("WARNING", "could_not_look")


def test_the_first_refusal_is_the_reason_and_the_others_are_counted() -> None:
    found = [warning("a", "", "a warning", ""), error("b", "", "No.", "Do."), error("c", "", "No!", "Do!")]
    told = refusal(found)
    assert told is not None
    assert (told.code, told.message, told.hint) == ("b", "No. And 1 more: see the findings.", "Do.")
    assert refusal(found[:1]) is None


def test_only_what_passes_by_itself_is_tried_again() -> None:
    passing = refusal([error("aws_unavailable", "", "", "")])
    lasting = refusal([error("bucket_taken", "", "", "")])
    assert passing is not None
    assert lasting is not None
    assert (passing.retryable, lasting.retryable) == (True, False)


def test_the_log_account_is_not_asked_about_production(scene: Scene) -> None:
    assert scene.view().log("sts").get_caller_identity()["Account"] == LOG
