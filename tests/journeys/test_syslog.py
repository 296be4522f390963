"""A syslog packet sent in production ends in the log account, whatever happens to the servers in between.

Fluentd is stood in for (`service/sandbox/collectors`); everything else on the way decides as it does elsewhere.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import database
from tests.journeys.delivered import announced, lines, objects, proved, queue
from tests.journeys.people import person
from tests.support.aws import policy
from tests.support.deployment import LOG, PRODUCTION, SECURITY, Deployment, deployed, eventually

pytestmark = pytest.mark.engine

REPLICA_REGION = "eu-west-1"
NETWORKS = ["10.0.0.0/16"]
"""Senders at 127.0.x.y count as 10.0.x.y in the sandbox."""
Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def running(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A logflume of this module alone."""
    with (
        database(database_template) as url,
        deployed(tmp_path_factory.mktemp("syslog"), url) as deployment,
    ):
        yield deployment


def asked(running: Deployment, name: str, **spec: Any) -> str:
    """Ask for a syslog source of team payments; its id."""
    body = {
        "name": name,
        "environment": "default",
        "kind": "syslog",
        "team": "payments",
        "spec": {"networks": NETWORKS, **spec},
    }
    answer = running.api("POST", "/v1/sources", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def outputs_of(running: Deployment, source: str) -> Outputs:
    return dict(running.stack(source)["outputs"])


def listening(running: Deployment, group: str) -> dict[str, int]:
    """The loopback port of each protocol in front of a group of servers."""
    report = httpx.post(f"{running.sandbox_url}/_sandbox/listening", timeout=60).json()
    balancer = f"logflume-{group.rpartition('-')[2]}"
    return {
        protocol: port
        for one in report["listeners"]
        if one["load_balancer"] == balancer
        for protocol, port in one["ports"].items()
    }


def message(text: str) -> str:
    return f"<134>1 2026-11-24T12:00:00.000Z router-7 edge 42 - - {text}"


def send(running: Deployment, outputs: Outputs, protocol: str, text: str, sender: str = "127.0.0.1") -> None:
    """One message to the load balancer of a source."""
    place = ("127.0.0.1", listening(running, outputs["group"])[protocol])
    if protocol == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((sender, 0))
            client.sendto(message(text).encode(), place)
        return
    with socket.create_connection(place, timeout=10, source_address=(sender, 0)) as client:
        if protocol == "tls":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client = context.wrap_socket(client)
        client.sendall(f"{message(text)}\n".encode())
        client.close()


def texts(running: Deployment, outputs: Outputs) -> list[str]:
    """The messages in the store."""
    return [json.loads(line)["message"] for line in lines(running, outputs["bucket"])]


def arrives(running: Deployment, outputs: Outputs, *wanted: str) -> None:
    """Wait until exactly these messages are in the store."""
    eventually(
        lambda: sorted(texts(running, outputs)) == sorted(wanted) or None,
        f"{wanted} arrive in {outputs['bucket']}",
    )


def instances(running: Deployment, group: str) -> set[str]:
    found = running.aws("autoscaling", PRODUCTION).describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return {one["InstanceId"] for entry in found["AutoScalingGroups"] for one in entry["Instances"]}


def test_a_packet_ends_in_bucket_copy_and_queue_once(running: Deployment) -> None:
    source = asked(running, "edge", protocols=["udp", "tcp", "tls"])
    running.ready(source)
    outputs = outputs_of(running, source)
    for protocol in ("udp", "tcp", "tls"):
        send(running, outputs, protocol, f"over {protocol}")
    arrives(running, outputs, "over udp", "over tcp", "over tls")
    running.flush()
    found = objects(running, outputs["bucket"])
    assert {got["SSEKMSKeyId"] for got in found.values()} == {outputs["key_arn"]}
    assert objects(running, outputs["replica_bucket"], region=REPLICA_REGION).keys() == found.keys()
    reader = person(running, SECURITY, "syslog-reader", policy(Effect="Allow", Action="*", Resource="*"))
    role = outputs["consumers"]["elastic"]["role_arn"]
    consumer = reader.as_role(role, "elastic-reads-logs")
    for key in found:
        assert consumer.client("s3").get_object(Bucket=outputs["bucket"], Key=key)["Body"].read()
    assert sorted(announced(running, queue(outputs))) == sorted(found)
    [record] = [json.loads(line) for line in lines(running, outputs["bucket"]) if "over tcp" in line]
    assert (record["host"], record["facility"], record["source_address"]) == (
        "router-7",
        "local0",
        "10.0.0.1",
    )
    fronts = proved(running, source)["proof"]["legs"][0]["where"]
    assert [front.rpartition(" ")[2] for front in fronts] == ["(udp)", "(tcp)", "(tls)"]


def test_only_the_networks_of_the_wish_are_heard(running: Deployment) -> None:
    source = asked(running, "narrow", protocols=["udp", "tcp"])
    running.ready(source)
    outputs = outputs_of(running, source)
    for protocol in ("udp", "tcp"):
        send(running, outputs, protocol, "from outside", sender="127.9.9.9")
        send(running, outputs, protocol, f"from inside by {protocol}")
    arrives(running, outputs, "from inside by udp", "from inside by tcp")


def test_a_team_asks_for_its_own_networks_alone(running: Deployment) -> None:
    body = {
        "name": "foreign",
        "environment": "default",
        "kind": "syslog",
        "team": "payments",
        "spec": {"networks": ["10.0.0.0/16", "192.168.0.0/16"]},
    }
    answer = running.api("POST", "/v1/sources", body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["code"], error["field"]) == ("network_not_allowed", "/spec/networks/1")


def test_a_change_rolls_new_servers_and_loses_nothing(running: Deployment) -> None:
    source = asked(running, "rolled", protocols=["tcp"], buffer_seconds=900)
    running.ready(source)
    outputs = outputs_of(running, source)
    before = instances(running, outputs["group"])
    assert len(before) == 2
    for number in range(4):
        send(running, outputs, "tcp", f"before {number}")
    spec = {"networks": NETWORKS, "protocols": ["udp", "tcp"], "buffer_seconds": 900}
    answer = running.api("PUT", f"/v1/sources/{source}", {"spec": spec}, If_Match="*")
    assert answer.status_code == 202, answer.text
    running.ready(source)
    eventually(
        lambda: before.isdisjoint(instances(running, outputs["group"])) or None, "the old servers to be gone"
    )
    assert sorted(texts(running, outputs)) == [f"before {number}" for number in range(4)]
    assert len(instances(running, outputs["group"])) == 2
    send(running, outputs, "udp", "after")
    running.flush()
    arrives(running, outputs, *(f"before {number}" for number in range(4)), "after")
    assert running.operate(source, "check")["state"] == "succeeded"
    assert not running.stack(source)["drift"]["drifted"]


def test_a_door_opened_by_hand_is_found_and_shut(running: Deployment) -> None:
    source = asked(running, "opened")
    running.ready(source)
    outputs = outputs_of(running, source)
    ec2 = running.aws("ec2", PRODUCTION)
    [group] = ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [f"{outputs['group']}-balancer"]}]
    )["SecurityGroups"]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])
    [rule] = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    opened = {"IpProtocol": "tcp", "FromPort": 514, "ToPort": 514, "CidrIpv4": "0.0.0.0/0"}
    ec2.modify_security_group_rules(
        GroupId=group["GroupId"],
        SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": opened}
        ],
    )
    assert running.operate(source, "check")["state"] == "succeeded"
    [change] = running.stack(source)["drift"]["changes"]
    assert change["urn"].split("::")[-1] == "client:tcp:10.0.0.0/16"
    assert running.operate(source, "repair")["state"] == "succeeded"
    send(running, outputs, "tcp", "still outside", sender="127.9.9.9")
    send(running, outputs, "tcp", "inside")
    arrives(running, outputs, "inside")


def test_retiring_flushes_keeps_the_store_and_can_be_taken_back(running: Deployment) -> None:
    source = asked(running, "leaving", buffer_seconds=900)
    running.ready(source)
    outputs = outputs_of(running, source)
    send(running, outputs, "tcp", "the last word")
    assert running.api("DELETE", f"/v1/sources/{source}", If_Match="*").status_code == 202
    retired = running.settled(source)
    assert retired["status"]["phase"] == "retired", retired["status"]
    assert texts(running, outputs) == ["the last word"]
    assert listening(running, outputs["group"]) == {}
    assert instances(running, outputs["group"]) == set()
    kept = running.aws("s3", LOG).get_bucket_policy(Bucket=outputs["bucket"])["Policy"]
    assert outputs["writer_role_arn"] not in kept
    assert running.api("POST", f"/v1/sources/{source}/restore").status_code == 202
    running.ready(source)
    again = outputs_of(running, source)
    assert again["bucket"] == outputs["bucket"]
    send(running, again, "tcp", "back again")
    running.flush()
    arrives(running, again, "the last word", "back again")
