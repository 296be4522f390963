"""`verify` sends something marked and finds it everywhere; with any part of the way taken away it fails and says which."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.delivered import announced, queue
from tests.support.deployment import LOG, PRODUCTION, Deployment

pytestmark = pytest.mark.engine

NAME = "proved"
GROUPS = [f"/aws/lambda/payments-{NAME}", f"/aws/lambda/payments-{NAME}-too"]
REPLICA_REGION = "eu-west-1"


@pytest.fixture(scope="module")
def source(running: Deployment) -> dict[str, Any]:
    """A pipeline of one's own, of two log groups."""
    asked = running.request(NAME, log_groups=GROUPS, buffer_seconds=30, filter_pattern='"logflume" -secret')
    return running.ready(asked["id"])


def outputs_of(running: Deployment, source: dict[str, Any]) -> dict[str, Any]:
    return dict(running.stack(source["id"])["outputs"])


def delivering(running: Deployment, source: dict[str, Any]) -> tuple[str, str]:
    """Status and reason of the condition."""
    conditions = running.source(source["id"])["status"]["conditions"]
    return next((c["status"], c["reason"]) for c in conditions if c["type"] == "Delivering")


def states(operation: dict[str, Any]) -> dict[str, str]:
    return {leg["name"]: leg["state"] for leg in operation["proof"]["legs"]}


def test_a_whole_pipeline_is_proved_leg_by_leg(running: Deployment, source: dict[str, Any]) -> None:
    outputs = outputs_of(running, source)
    announced(running, queue(outputs))
    operation = running.operate(source["id"], "verify")
    assert operation["state"] == "succeeded", operation
    legs = {leg["name"]: leg for leg in operation["proof"]["legs"]}
    assert states(operation) == dict.fromkeys(("sent", "bucket", "announced", "replica"), "passed")
    assert legs["sent"]["where"] == GROUPS
    assert all(legs[name]["seconds"] is not None for name in ("bucket", "announced", "replica"))
    keys = set(legs["bucket"]["where"])
    assert {f"{outputs['replica_bucket']}/{key}" for key in keys} == set(legs["replica"]["where"])
    assert keys <= set(announced(running, queue(outputs))), "a consumer's messages are its own"
    told = running.api("GET", f"/v1/operations/{operation['id']}/events", Accept="application/json").json()
    assert [e["data"]["leg"] for e in told["items"] if e["name"] == "leg"] == [
        "sent", "bucket", "announced", "replica",
    ]  # fmt: skip
    last = running.source(source["id"])["status"]["last_proof"]
    assert (last["proved"], last["operation_id"]) == (True, operation["id"])
    assert last["seconds"] == operation["proof"]["seconds"]
    assert delivering(running, source) == ("True", "Proved")


@dataclass(frozen=True)
class Way:
    """A pipeline as its breakers see it."""

    running: Deployment
    outputs: dict[str, Any]
    source: str

    def aws(self, service: str, account: str = LOG) -> Any:
        """A client as the root of an account."""
        return self.running.aws(service, account)

    def repair(self) -> None:
        """What cannot be put back by hand as it was."""
        assert self.running.operate(self.source, "repair")["state"] == "succeeded"


Undo = Callable[[], Any]


def without_its_filter(way: Way) -> Undo:
    logs = way.aws("logs", PRODUCTION)
    [found] = logs.describe_subscription_filters(logGroupName=GROUPS[1])["subscriptionFilters"]
    logs.delete_subscription_filter(logGroupName=GROUPS[1], filterName=found.pop("filterName"))
    wanted = {name: found[name] for name in ("filterPattern", "destinationArn", "roleArn", "distribution")}
    name = way.outputs["stream"]
    return lambda: logs.put_subscription_filter(logGroupName=GROUPS[1], filterName=name, **wanted)


def without_a_role(way: Way) -> Undo:
    """The one that CloudWatch Logs takes. Its administrator makes it again: IAM does not say the path of what is gone."""
    iam, writer = way.aws("iam", PRODUCTION), way.outputs["writer_role_arn"].rpartition("/")[2]
    role = iam.get_role(RoleName=writer.removesuffix("-firehose") + "-logs")["Role"]
    named = {"RoleName": role["RoleName"]}
    [name] = iam.list_role_policies(**named)["PolicyNames"]
    policy = iam.get_role_policy(**named, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(**named, PolicyName=name)
    iam.delete_role(**named)

    def again() -> None:
        iam.create_role(
            **named,
            Path=role["Path"],
            AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
            PermissionsBoundary=role["PermissionsBoundary"]["PermissionsBoundaryArn"],
            Tags=role["Tags"],
        )
        iam.put_role_policy(**named, PolicyName=name, PolicyDocument=json.dumps(policy))

    return again


def without_a_roles_permissions(way: Way) -> Undo:
    iam, role = way.aws("iam", PRODUCTION), way.outputs["writer_role_arn"].rpartition("/")[2]
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    return lambda: iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)


def without(document: str, sid: str) -> str:
    """A policy without one of its statements."""
    policy = json.loads(document)
    return json.dumps({**policy, "Statement": [s for s in policy["Statement"] if s["Sid"] != sid]})


def without_a_statement(way: Way) -> Undo:
    s3, bucket = way.aws("s3"), way.outputs["bucket"]
    whole = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.put_bucket_policy(Bucket=bucket, Policy=without(whole, "Writer"))
    return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=whole)


def without_a_grant(way: Way) -> Undo:
    kms, key = way.aws("kms"), {"KeyId": way.outputs["key_arn"], "PolicyName": "default"}
    whole = kms.get_key_policy(**key)["Policy"]
    kms.put_key_policy(**key, Policy=without(whole, "Writer"))
    return lambda: kms.put_key_policy(**key, Policy=whole)


def without_its_topic(way: Way) -> Undo:
    way.aws("sns").delete_topic(TopicArn=way.outputs["topic_arn"])
    return way.repair


def without_the_right_to_publish(way: Way) -> Undo:
    sns, topic = way.aws("sns"), way.outputs["topic_arn"]
    whole = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    other = whole.replace(way.outputs["bucket"], "logflume-another")
    policy = {"TopicArn": topic, "AttributeName": "Policy"}
    sns.set_topic_attributes(**policy, AttributeValue=other)
    return lambda: sns.set_topic_attributes(**policy, AttributeValue=whole)


def without_its_replica_rule(way: Way) -> Undo:
    s3, bucket = way.aws("s3"), way.outputs["bucket"]
    whole = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    s3.delete_bucket_replication(Bucket=bucket)
    return lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=whole)


@dataclass(frozen=True)
class Broken:
    """What comes of a proof without something: the code of its error, the leg, and what is said."""

    code: str
    leg: str
    says: str


BREAKS: dict[Callable[[Way], Undo], Broken] = {
    without_its_filter: Broken(
        "not_delivered", "bucket", f"Log group {GROUPS[1]} has no subscription filter"
    ),
    without_a_role: Broken("not_delivered", "bucket", "-logs is gone"),
    without_a_roles_permissions: Broken("not_delivered", "bucket", "-firehose has no permissions any more"),
    without_a_statement: Broken("not_delivered", "bucket", "Firehose says: S3.AccessDenied"),
    without_a_grant: Broken("not_delivered", "bucket", "Firehose says: S3.AccessDenied"),
    without_its_topic: Broken("not_announced", "announced", "is gone"),
    without_the_right_to_publish: Broken("not_announced", "announced", "does not let the bucket publish"),
    without_its_replica_rule: Broken("not_copied", "replica", "No replication rule took"),
}


@pytest.mark.parametrize("taken", BREAKS, ids=lambda taken: taken.__name__)
def test_what_is_taken_away_breaks_its_leg(
    running: Deployment, source: dict[str, Any], taken: Callable[[Way], Undo]
) -> None:
    broken = BREAKS[taken]
    undo = taken(Way(running, outputs_of(running, source), source["id"]))
    try:
        operation = running.operate(source["id"], "verify")
        seen = delivering(running, source)
    finally:
        undo()
    assert (operation["state"], operation["error"]["code"]) == ("failed", broken.code), operation
    assert broken.says in operation["error"]["message"]
    assert states(operation)[broken.leg] == "broken"
    assert seen == ("False", "ProofFailed")


def test_whatever_was_broken_and_mended_is_proved_again(running: Deployment, source: dict[str, Any]) -> None:
    operation = running.operate(source["id"], "verify")
    assert operation["state"] == "succeeded", operation
    assert delivering(running, source) == ("True", "Proved")
