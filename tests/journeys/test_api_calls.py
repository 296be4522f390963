"""The presets ecr and elasticsearch: a service's calls from the request to the consumer's hands; HTTP and boto3 only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.calls import (
    REPLICA_REGION,
    arrived,
    ask,
    call_of,
    keys_in,
    named,
    outputs_of,
    reader,
    told,
)
from tests.journeys.delivered import not_proved, proved
from tests.sandbox.provider.cases.trails import trail_policy
from tests.support.aws import refusal
from tests.support.deployment import LOG, PRODUCTION, REGION, Deployment

pytestmark = pytest.mark.engine

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def trail(running: Deployment) -> str:
    """A trail of the account's own, as many accounts have one: the presets rest on it."""
    s3, name = running.aws("s3", PRODUCTION), "account-trail-logs"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=name, Policy=trail_policy(name))
    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    cloudtrail.create_trail(Name="account-trail", S3BucketName=name, IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="account-trail")
    return "account-trail"


def _ecr(running: Deployment, name: str) -> None:
    running.aws("ecr", PRODUCTION).create_repository(repositoryName=name)
    running.aws("ecr", PRODUCTION).describe_repositories()


def _elasticsearch(running: Deployment, name: str) -> None:
    running.aws("opensearch", PRODUCTION).create_domain(DomainName=name)
    running.aws("opensearch", PRODUCTION).list_domain_names()


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("preset", "call", "write", "read", "source"),
    [
        ("ecr", _ecr, "CreateRepository", "DescribeRepositories", "aws.ecr"),
        ("elasticsearch", _elasticsearch, "CreateDomain", "ListDomainNames", "aws.es"),
    ],
)
def test_a_services_calls_from_the_request_to_the_store_alone_and_back(
    running: Deployment,
    preset: str,
    call: Callable[[Deployment, str], None],
    write: str,
    read: str,
    source: str,
) -> None:
    asked = ask(running, f"{preset}-calls", preset=preset)
    outputs = outputs_of(running, asked)
    elastic = reader(running, outputs)
    call(running, f"{preset}-one")
    seen = arrived(running, elastic, outputs, write, read)
    assert (len(named(seen, write)), len(named(seen, read))) == (1, 1)
    assert {one["source"] for one in seen} == {source}
    assert {one["detail-type"] for one in seen} == {"AWS API Call via CloudTrail"}
    found = keys_in(running, outputs["bucket"], LOG, "logs/")
    assert found
    assert found <= keys_in(running, outputs["replica_bucket"], LOG, "logs/", REPLICA_REGION)

    proved(running, asked["id"])
    told(elastic, outputs)
    _a_rule_by_hand_is_seen_and_mended(running, asked, outputs)
    _without_reads_changes_alone_come(running, asked, outputs, elastic, call, write, preset)
    _retiring_keeps_the_store(running, asked, outputs, found)


def _a_rule_by_hand_is_seen_and_mended(running: Deployment, asked: dict[str, Any], outputs: Outputs) -> None:
    events = running.aws("events", PRODUCTION)
    events.disable_rule(Name=outputs["rule"])
    assert "is disabled" in not_proved(running, asked["id"], "bucket")
    assert running.operate(asked["id"], "check")["state"] == "succeeded"
    (change,) = running.stack(asked["id"])["drift"]["changes"]
    assert change["urn"].endswith("::rule")
    assert [one["path"] for one in change["properties"]] == ["state"]
    assert running.operate(asked["id"], "repair")["state"] == "succeeded"
    assert events.describe_rule(Name=outputs["rule"])["State"].startswith("ENABLED")


def _without_reads_changes_alone_come(
    running: Deployment,
    asked: dict[str, Any],
    outputs: Outputs,
    elastic: Any,
    call: Callable[[Deployment, str], None],
    write: str,
    preset: str,
) -> None:
    body = {key: asked[key] for key in ("name", "environment", "kind", "team")}
    body["spec"] = {"preset": preset, "reads": False}
    assert running.api("PUT", f"/v1/sources/{asked['id']}", body, If_Match="*").status_code == 202
    running.ready(asked["id"])
    operation = running.operate(asked["id"], "verify")
    assert (operation["state"], operation["proof"]["proved"]) == ("succeeded", False)
    assert [finding["code"] for finding in operation["findings"]] == ["front_not_provable"]
    call(running, f"{preset}-two")
    seen = arrived(running, elastic, outputs, write)
    assert [call_of(one)["eventName"] for one in seen] == [write]


def _retiring_keeps_the_store(
    running: Deployment, asked: dict[str, Any], outputs: Outputs, found: set[str]
) -> None:
    events = running.aws("events", PRODUCTION)
    assert running.api("DELETE", f"/v1/sources/{asked['id']}", If_Match="*").status_code == 202
    assert running.settled(asked["id"])["status"]["phase"] == "retired"
    assert refusal(events.describe_rule, Name=outputs["rule"])[0] == "ResourceNotFoundException"
    assert found <= keys_in(running, outputs["bucket"], LOG, "logs/")
    assert running.api("POST", f"/v1/sources/{asked['id']}/restore").status_code == 202
    assert outputs_of(running, asked)["bucket"] == outputs["bucket"]
    assert events.describe_rule(Name=outputs["rule"])["State"] == "ENABLED"
