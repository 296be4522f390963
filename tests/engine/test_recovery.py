"""What a dead attempt left behind is read, cleaned and adopted."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from service.engine.aws import Accounts
from service.engine.finders import Place
from service.engine.outcome import Step
from service.engine.recovery import prune, unprotect, unrecorded

PLACE = Place("222222222222", "profile", "eu-west-3")


def document(**latest: Any) -> bytes:
    return json.dumps({"version": 3, "checkpoint": {"latest": latest}}).encode()


def latest(body: bytes | None) -> Any:
    assert body is not None
    return json.loads(body)["checkpoint"]["latest"]


def test_pending_operations_are_dropped_and_resources_kept() -> None:
    body = document(resources=[{"urn": "a"}], pending_operations=[{"type": "creating"}])
    assert latest(prune(body)) == {"resources": [{"urn": "a"}]}


@pytest.mark.parametrize("body", [None, b"", b'{"version": 3, "checkp', b"[]"])
def test_a_checkpoint_that_was_cut_off_is_no_checkpoint(body: bytes | None) -> None:
    assert prune(body) is None


def test_a_purge_takes_the_guards_off_and_lets_buckets_be_emptied() -> None:
    body = document(
        resources=[{"type": "aws:s3/bucket:Bucket", "protect": True, "inputs": {}, "outputs": {}}]
    )
    (bucket,) = latest(unprotect(body))["resources"]
    assert bucket == {
        "type": "aws:s3/bucket:Bucket",
        "inputs": {"forceDestroy": True},
        "outputs": {"forceDestroy": True},
    }


class Logs:
    """An account with one log group in it."""

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:
        if logGroupNamePrefix == "hidden":
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeLogGroups")
        if logGroupNamePrefix == "gone":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeLogGroups")
        return {"logGroups": [{"logGroupName": "there"}, {"logGroupName": "there-too"}]}


class OneAccount:
    def client(self, _profile: str, _service: str, _region: str) -> Logs:
        return Logs()


def planned(name: str, op: str = "create") -> Step:
    return Step(
        f"urn:pulumi:s::logflume::aws:cloudwatch/logGroup:LogGroup::{name}", op, inputs={"name": name}
    )


def look(*steps: Step) -> dict[str, str]:
    return unrecorded(steps, cast(Accounts, OneAccount()), lambda _: PLACE)


def test_a_planned_create_that_exists_is_adopted_and_one_that_does_not_is_made() -> None:
    assert look(planned("there"), planned("absent"), planned("gone")) == {
        "aws:cloudwatch/logGroup:LogGroup::there": "there"
    }


def test_what_the_state_knows_already_is_not_looked_up() -> None:
    assert look(planned("there", op="update")) == {}


def test_not_being_allowed_to_look_is_not_taken_for_absence() -> None:
    with pytest.raises(ClientError):
        look(planned("hidden"))
