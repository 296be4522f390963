"""Check 3: a log group is there, of a class that can be shipped, and has room for a filter."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from programs.finding import Finding
from service.preflight import adoptable, log_groups
from service.preflight.view import View
from tests.preflight.scene import GROUP, Scene, fresh
from tests.support.aws import policy, trust
from tests.support.sandbox import PRODUCTION, REGION


def _group(scene: Scene, **more: Any) -> str:
    name = f"/aws/lambda/{uuid.uuid4().hex}"
    scene.root("logs", PRODUCTION).create_log_group(logGroupName=name, **more)
    return name


@pytest.fixture(scope="session")
def destination(scene: Scene) -> dict[str, str]:
    """A stream and a role that filters of others send to."""
    iam = scene.root("iam", PRODUCTION)
    role = iam.create_role(
        RoleName="others",
        AssumeRolePolicyDocument=trust(Service=["logs.amazonaws.com", "firehose.amazonaws.com"]),
    )["Role"]["Arn"]
    document = policy(Effect="Allow", Action=["firehose:*", "s3:*"], Resource="*")
    iam.put_role_policy(RoleName="others", PolicyName="all", PolicyDocument=document)
    s3 = scene.root("s3", PRODUCTION)
    s3.create_bucket(Bucket="others-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    stream = scene.root("firehose", PRODUCTION).create_delivery_stream(
        DeliveryStreamName="others",
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::others-logs"},
    )["DeliveryStreamARN"]
    return {"destinationArn": stream, "roleArn": role}


def _filters(scene: Scene, group: str, destination: dict[str, str], *names: str) -> None:
    for name in names:
        scene.root("logs", PRODUCTION).put_subscription_filter(
            logGroupName=group, filterName=name, filterPattern="", **destination
        )


def _room(view: View) -> list[Finding]:
    return list(log_groups.have_room(view))


def test_a_group_that_is_not_there_is_named_where_it_was_asked_for(scene: Scene) -> None:
    asked = fresh({"log_groups": [GROUP, "/aws/lambda/nobody"]})
    [found] = log_groups.exist(scene.view(asked))
    assert (found.severity, found.code, found.field) == ("ERROR", "log_group_missing", "/spec/log_groups/1")


def test_a_group_that_is_to_be_made_need_not_be_there(scene: Scene) -> None:
    asked = fresh({"log_groups": ["/aws/lambda/nobody"], "create_log_group": True})
    assert list(log_groups.exist(scene.view(asked))) == []
    assert _room(scene.view(asked)) == []


def test_a_name_that_only_begins_like_one_that_is_there_is_missing(scene: Scene) -> None:
    asked = fresh({"log_groups": [GROUP[:-1]]})
    assert [f.code for f in log_groups.exist(scene.view(asked))] == ["log_group_missing"]


def test_a_class_that_cannot_be_shipped_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    view = scene.view()
    logs = view.production("logs")
    rare = {"logGroupName": GROUP, "logGroupClass": "INFREQUENT_ACCESS"}
    # The sandbox keeps no class: what CloudWatch Logs answers for such a group.
    monkeypatch.setattr(logs, "describe_log_groups", lambda **_: {"logGroups": [rare]})
    [found] = log_groups.exist(view)
    assert (found.severity, found.code, found.field) == ("ERROR", "log_group_class", "/spec/log_groups/0")


def test_filters_of_others_are_suggested_warned_of_and_refused(
    scene: Scene, destination: dict[str, str]
) -> None:
    group = _group(scene)
    view = scene.view(fresh({"log_groups": [group]}))
    assert _room(view) == []
    _filters(scene, group, destination, "theirs")
    [one] = _room(view)
    assert (one.severity, one.code, one.field) == ("SUGGESTION", "other_filters", "/spec/log_groups/0")
    assert "theirs" in one.message
    _filters(scene, group, destination, "also-theirs")
    assert [(f.severity, f.code) for f in _room(view)] == [("WARNING", "many_filters")]
    view.filter_limit = 2
    assert [(f.severity, f.code) for f in _room(view)] == [("ERROR", "no_filter_slot")]


def test_a_filter_of_the_source_itself_takes_no_place(scene: Scene, destination: dict[str, str]) -> None:
    group = _group(scene)
    view = scene.view(fresh({"log_groups": [group]}), filter_limit=1)
    _filters(scene, group, destination, view.names.filter)
    assert _room(view) == []


def test_a_group_that_is_to_be_made_and_is_there_is_taken_over(scene: Scene) -> None:
    there = _group(scene)
    asked = fresh({"log_groups": [there, "/payments/new"], "create_log_group": True})
    accounts = scene.view(asked).accounts
    assert adoptable(asked, accounts, None) == {f"aws:cloudwatch/logGroup:LogGroup::log-group:{there}": there}
    known = json.dumps({"urn": f"urn:pulumi:s::p::t::log-group:{there}"}).encode()
    assert adoptable(asked, accounts, known) == {}
    assert adoptable(fresh({"log_groups": [there]}), accounts, None) == {}
