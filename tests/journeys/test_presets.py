"""Route 53, RDS and EKS, asked for in their own words: what they log arrives, and they are left as they were found."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.journeys.delivered import lines, objects, queue
from tests.journeys.people import Person, person
from tests.sandbox.databases import (
    exports_of,
    make_aurora,
    make_cluster,
    make_instance,
    make_zone,
    types_of,
)
from tests.support.aws import policy
from tests.support.deployment import PRODUCTION, SECURITY, Deployment, eventually

pytestmark = pytest.mark.engine

REPLICA_REGION = "eu-west-1"
ZONE = "journey.payments.example.com"
DATABASE, AURORA, CLUSTER = "payments-orders", "payments-ledger", "payments-shop"


@dataclass(frozen=True)
class Front:
    """Something of AWS that logs, as its owner sees it. `on` answers what is logged there, sorted."""

    name: str
    make: Callable[[Deployment], dict[str, Any]]
    """Makes it and answers the spec to ask with."""
    found: list[str]
    on: Callable[[Deployment], list[str]]
    wanted: list[str]
    events: dict[str, dict[str, str]]
    """By what is logged: what happens there. `{mark}` stands for what tells one line from another."""
    off: Callable[[Deployment], Any]
    """Its owner switches off what is wanted."""
    drifted: str
    change: dict[str, Any] = field(default_factory=dict)
    """Another spec, and what is logged then."""
    changed: list[str] = field(default_factory=list)


def rds(running: Deployment) -> Any:
    return running.aws("rds", PRODUCTION)


def eks(running: Deployment) -> Any:
    return running.aws("eks", PRODUCTION)


def database(running: Deployment) -> dict[str, Any]:
    make_instance(rds(running), DATABASE, "mysql", "error")
    exports = ["error", "slowquery"]
    return {"preset": "rds", "instance": DATABASE, "engine": "mysql", "exports": exports}


def aurora(running: Deployment) -> dict[str, Any]:
    make_aurora(rds(running), AURORA, "aurora-postgresql", "instance")
    return {
        "preset": "rds",
        "cluster": AURORA,
        "engine": "aurora-postgresql",
        "exports": ["postgresql"],
        "format": "envelope",
    }


def cluster(running: Deployment) -> dict[str, Any]:
    make_cluster(eks(running), PRODUCTION, CLUSTER, "api")
    return {"preset": "eks", "cluster": CLUSTER, "types": ["api", "audit"]}


def zone(running: Deployment) -> dict[str, Any]:
    return {"preset": "route53", "zone": ZONE, "zone_id": make_zone(route53(running), ZONE)}


def route53(running: Deployment) -> Any:
    return running.aws("route53", PRODUCTION)


def query_logs(running: Deployment) -> list[dict[str, Any]]:
    """The query logging of the zone."""
    return [
        config
        for config in route53(running).list_query_logging_configs()["QueryLoggingConfigs"]
        if config["CloudWatchLogsLogGroupArn"].endswith(f"/aws/route53/{ZONE}")
    ]


def stop_query_log(running: Deployment) -> None:
    for config in query_logs(running):
        route53(running).delete_query_logging_config(Id=config["Id"])


FRONTS = (
    Front(
        "rds",
        make=database,
        found=["error"],
        on=lambda d: exports_of(rds(d), DATABASE),
        wanted=["error", "slowquery"],
        events={
            export: {"event": "database_log", "instance": DATABASE, "export": export, "line": "{mark}"}
            for export in ("error", "slowquery")
        },
        off=lambda d: rds(d).modify_db_instance(
            DBInstanceIdentifier=DATABASE,
            CloudwatchLogsExportConfiguration={"DisableLogTypes": ["error", "slowquery"]},
        ),
        drifted="source-logging",
        change={"exports": ["error", "general"]},
        changed=["error", "general"],
    ),
    Front(
        "aurora",
        make=aurora,
        found=["instance"],
        on=lambda d: exports_of(rds(d), AURORA, cluster=True),
        wanted=["instance", "postgresql"],
        events={
            "postgresql": {
                "event": "database_log",
                "cluster": AURORA,
                "export": "postgresql",
                "line": "{mark}",
            }
        },
        off=lambda d: rds(d).modify_db_cluster(
            DBClusterIdentifier=AURORA, CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]}
        ),
        drifted="source-logging",
        change={"exports": ["postgresql", "iam-db-auth-error"]},
        changed=["iam-db-auth-error", "instance", "postgresql"],
    ),
    Front(
        "eks",
        make=cluster,
        found=["api"],
        on=lambda d: types_of(eks(d), CLUSTER),
        wanted=["api", "audit"],
        events={
            kind: {"event": "control_plane_log", "cluster": CLUSTER, "type": kind, "line": "{mark}"}
            for kind in ("api", "audit")
        },
        off=lambda d: eks(d).update_cluster_config(
            name=CLUSTER, logging={"clusterLogging": [{"types": ["audit"], "enabled": False}]}
        ),
        drifted="source-logging",
        change={"types": ["scheduler"]},
        changed=["api", "scheduler"],
    ),
    Front(
        "route53",
        make=zone,
        found=[],
        on=lambda d: ["queries"] * len(query_logs(d)),
        wanted=["queries"],
        events={"queries": {"event": "dns_query", "name": "{mark}.journey.payments.example.com"}},
        off=stop_query_log,
        drifted="query-log",
        change={"filter_pattern": "?mark"},
        changed=["queries"],
    ),
)


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
    """How often each line with a mark is there; whatever it is written in."""
    text = "\n".join(found)
    words = [word for line in text.split() for word in [line.strip('"},]')] if f"mark-{mark}-" in word]
    return Counter(word.rpartition("mark-")[2].partition(".")[0].partition('"')[0] for word in words)


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
    before = set(happens(running, front, spec, "before").values())
    assert before <= {False, True}
    assert front.on(running) == front.found

    source = running.ready(running.ask(f"preset-{front.name}", spec)["id"])
    outputs = running.stack(source["id"])["outputs"]
    bucket = outputs["bucket"]
    assert front.on(running) == front.wanted

    # What happens is found in the bucket, its copy and a consumer's queue, once, under the consumer's role.
    assert all(happens(running, front, spec, "one").values())
    expected = Counter(f"one-{kind.lower()}" for kind in front.events)
    read = reader(running, front.name, outputs)
    running.flush()
    eventually(
        lambda: marks(lines(running, bucket), "one") == expected or None, "everything that happened arrives"
    )
    keys = announced_to(read, queue(outputs))
    assert marks(lines_of(read, bucket, keys), "one") == expected
    running.flush()
    assert objects(running, outputs["replica_bucket"], region=REPLICA_REGION).keys() == set(keys)

    # Its owner switches it off: seen, and mended.
    front.off(running)
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    drift = running.stack(source["id"])["drift"]
    assert [change["urn"].split("::")[-1] for change in drift["changes"]] == [front.drifted]
    assert running.operate(source["id"], "repair")["state"] == "succeeded"
    assert front.on(running) == front.wanted
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    assert not running.stack(source["id"])["drift"]["drifted"]

    # Another wish.
    body = {"spec": {**source["spec"], **front.change}}
    answer = running.api("PUT", f"/v1/sources/{source['id']}", body, If_Match="*")
    assert answer.status_code == 202, answer.text
    running.ready(source["id"])
    assert front.on(running) == front.changed

    # Retired: the source is as it was found, the store is kept.
    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    retired = running.settled(source["id"])
    assert retired["status"]["phase"] == "retired", retired["status"]
    assert front.on(running) == front.found
    assert marks(lines(running, bucket), "one") == expected

    # And back again.
    assert running.api("POST", f"/v1/sources/{source['id']}/restore").status_code == 202
    running.ready(source["id"])
    assert front.on(running) == front.changed
    kinds = [kind for kind, logged in happens(running, front, spec, "back").items() if logged]
    assert kinds, "something of what is logged now is among the events"
    back = Counter(f"back-{kind.lower()}" for kind in kinds)
    running.flush()
    eventually(lambda: marks(lines(running, bucket), "back") == back or None, "what happens arrives again")
