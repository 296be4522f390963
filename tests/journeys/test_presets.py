"""Route 53, RDS and EKS, asked for in their own words: what they log arrives, and they are left as they were found."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.journeys.delivered import lines, objects, proved, queue
from tests.journeys.fronts import FRONTS, Front, eks, route53
from tests.journeys.people import Person, person
from tests.sandbox.databases import make_cluster, make_zone, types_of
from tests.support.aws import policy
from tests.support.deployment import PRODUCTION, SECURITY, Deployment, eventually

pytestmark = pytest.mark.engine

REPLICA_REGION = "eu-west-1"


def happens(running: Deployment, front: Front, spec: dict[str, Any], mark: str) -> dict[str, bool]:
    """Everything that can happen at the front happens once; whether it was logged, by what is logged there."""
    logged = {}
    for kind, event in front.events.items():
        told = {name: text.format(mark=f"mark-{mark}-{kind.lower()}") for name, text in event.items()}
        if event["event"] == "dns_query":
            told["zone"] = spec["zone_id"]
        logged[kind] = running.happen(**told)
    return logged


def marks(found: list[str], mark: str) -> Counter[str]:
    """How often each line with a mark is there, whatever it is written in."""
    return Counter(re.findall(rf"mark-{mark}-[a-z]+", "\n".join(found)))


def expected(kinds: Iterable[str], mark: str) -> Counter[str]:
    """Each of them once."""
    return Counter(f"mark-{mark}-{kind.lower()}" for kind in kinds)


def reader(running: Deployment, name: str, outputs: dict[str, Any]) -> Person:
    """Elastic, in the role that it reads with. A user has two keys at most, so each test has its own."""
    allow = policy(Effect="Allow", Action="sts:AssumeRole", Resource="*")
    consumer = person(running, SECURITY, f"elastic-agent-{name}", allow)
    return consumer.as_role(outputs["consumers"]["elastic"]["role_arn"], "elastic-reads-logs")


def announced_to(consumer: Person, queue_url: str) -> list[str]:
    """What the queue announces to its consumer."""
    found, sqs = [], consumer.client("sqs")
    while messages := sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            records = json.loads(message["Body"]).get("Records", [])
            found += [unquote_plus(record["s3"]["object"]["key"]) for record in records]
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return found


def lines_of(consumer: Person, bucket: str, keys: list[str]) -> list[str]:
    """The lines of some objects, read by the consumer."""
    s3 = consumer.client("s3")
    bodies = [gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    return [line for body in bodies for line in body.decode().splitlines()]


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: front.name)
def test_what_a_source_logs_arrives_and_the_source_is_left_as_it_was_found(
    running: Deployment, front: Front
) -> None:
    spec = front.make(running)
    logged = {kind for kind, was in happens(running, front, spec, "before").items() if was}
    assert logged == set(front.found) & front.events.keys()
    assert front.on(running) == front.found

    source = running.ready(running.ask(f"preset-{front.name}", spec)["id"])
    outputs = running.stack(source["id"])["outputs"]
    assert front.on(running) == front.wanted
    all_of_it_arrives_once(running, front, spec, outputs)
    assert [f["code"] for f in proved(running, source["id"])["findings"]] == ["service_not_proved"]
    what_its_owner_switches_off_is_seen_and_mended(running, front, source)
    another_wish_is_made_true(running, front, source)
    retired_it_is_as_it_was_found(running, front, source)
    assert marks(lines(running, outputs["bucket"]), "one") == expected(front.events, "one")
    it_comes_back(running, front, spec, source, outputs["bucket"])


def all_of_it_arrives_once(
    running: Deployment, front: Front, spec: dict[str, Any], outputs: dict[str, Any]
) -> None:
    """In the bucket, in its copy, and in a consumer's queue, read under the consumer's role."""
    assert all(happens(running, front, spec, "one").values())
    wanted, consumer = expected(front.events, "one"), reader(running, front.name, outputs)
    running.flush()
    eventually(lambda: marks(lines(running, outputs["bucket"]), "one") == wanted or None, "all of it arrives")
    keys = announced_to(consumer, queue(outputs))
    assert marks(lines_of(consumer, outputs["bucket"], keys), "one") == wanted
    running.flush()
    assert objects(running, outputs["replica_bucket"], region=REPLICA_REGION).keys() == set(keys)


def what_its_owner_switches_off_is_seen_and_mended(
    running: Deployment, front: Front, source: dict[str, Any]
) -> None:
    front.off(running)
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    drift = running.stack(source["id"])["drift"]
    assert [change["urn"].split("::")[-1] for change in drift["changes"]] == [front.drifted]
    assert running.operate(source["id"], "repair")["state"] == "succeeded"
    assert front.on(running) == front.wanted
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    assert not running.stack(source["id"])["drift"]["drifted"]


def another_wish_is_made_true(running: Deployment, front: Front, source: dict[str, Any]) -> None:
    body = {"spec": {**source["spec"], **front.change}}
    answer = running.api("PUT", f"/v1/sources/{source['id']}", body, If_Match="*")
    assert answer.status_code == 202, answer.text
    running.ready(source["id"])
    assert front.on(running) == front.changed


def retired_it_is_as_it_was_found(running: Deployment, front: Front, source: dict[str, Any]) -> None:
    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    retired = running.settled(source["id"])
    assert retired["status"]["phase"] == "retired", retired["status"]
    assert front.on(running) == front.found


def it_comes_back(
    running: Deployment, front: Front, spec: dict[str, Any], source: dict[str, Any], bucket: str
) -> None:
    assert running.api("POST", f"/v1/sources/{source['id']}/restore").status_code == 202
    running.ready(source["id"])
    assert front.on(running) == front.changed
    kinds = {kind for kind, was in happens(running, front, spec, "back").items() if was}
    assert kinds == set(front.changed) & front.events.keys()
    running.flush()
    wanted = expected(kinds, "back")
    eventually(lambda: marks(lines(running, bucket), "back") == wanted or None, "what happens arrives again")


def test_what_is_logged_already_is_taken_and_the_source_is_not_touched(running: Deployment) -> None:
    make_cluster(eks(running), PRODUCTION, "payments-alone", "audit")
    event = {"event": "control_plane_log", "cluster": "payments-alone", "type": "audit"}
    assert running.happen(**event, line="mark-early-audit")
    spec = {"preset": "eks", "cluster": "payments-alone", "enable_at_source": False}
    source = running.ready(running.ask("preset-alone", spec)["id"])
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    assert running.happen(**event, line="mark-late-audit")
    running.flush()
    eventually(lambda: lines(running, bucket) == ["mark-late-audit"] or None, "the line arrives")
    assert types_of(eks(running), "payments-alone") == ["audit"]
    types = [resource["type"] for resource in running.stack(source["id"])["resources"]]
    assert not [kind for kind in types if kind.startswith("logflume:")]


def test_a_zone_of_somebody_else_is_refused_before_anything_is_made(running: Deployment) -> None:
    theirs = make_zone(route53(running), "orders.example.com")
    spec = {"preset": "route53", "zone": "mine.payments.example.com", "zone_id": theirs}
    source = running.settled(running.ask("preset-theirs", spec)["id"])
    operation = running.api("GET", f"/v1/operations?source={source['id']}").json()["items"][0]
    assert (source["status"]["phase"], operation["error"]["code"]) == ("stalled", "zone_differs")
    assert not route53(running).list_query_logging_configs(HostedZoneId=theirs)["QueryLoggingConfigs"]
    outside = running.api(
        "POST",
        "/v1/sources",
        {
            "name": "preset-outside",
            "environment": "default",
            "kind": "cloudwatch",
            "team": "payments",
            "spec": {"preset": "route53", "zone": "orders.example.com", "zone_id": theirs},
        },
    )
    assert outside.status_code == 422
    assert [(e["code"], e["field"]) for e in outside.json()["errors"]] == [
        ("log_group_not_allowed", "/spec/zone")
    ]
