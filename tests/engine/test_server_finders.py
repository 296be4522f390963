"""Parts of a syslog server that are there are found by name or tags; what is not there is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from service.engine.finders import Place
from service.engine.server_finders import SERVER_FINDERS
from tests.sandbox.collectors.places import place
from tests.support.sandbox import PRODUCTION, REGION, Sandbox, running_sandbox

WHERE = Place(PRODUCTION, "logflume-production", REGION)
TAGS = {"logflume:source": "here", "logflume:resource": "client"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with one server in it, called `found`."""
    with running_sandbox(tmp_path_factory.mktemp("finders")) as running:
        place(running, "found")
        yield running


def seek(sandbox: Sandbox, kind: str, **inputs: Any) -> str | None:
    """What the finder of a type says; None also where AWS says that there is no such thing."""
    [(service, find)] = [entry for token, entry in SERVER_FINDERS.items() if token.endswith(f":{kind}")]
    try:
        return find(sandbox.client(service, PRODUCTION), inputs, WHERE)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("LoadBalancerNotFound", "TargetGroupNotFound"):
            raise
        return None


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("LaunchTemplate", "lt-"),
        ("Group", "found"),
        ("LoadBalancer", "arn:aws:elasticloadbalancing:"),
        ("TargetGroup", "arn:aws:elasticloadbalancing:"),
        ("InstanceProfile", "found"),
    ],
)
def test_what_has_a_name_is_found_by_it(sandbox: Sandbox, kind: str, begins: str) -> None:
    found = seek(sandbox, kind, name="found")
    assert found is not None
    assert found.startswith(begins)
    assert seek(sandbox, kind, name="absent") is None


def test_a_listener_is_found_by_its_port(sandbox: Sandbox) -> None:
    balancer = seek(sandbox, "LoadBalancer", name="found")
    assert seek(sandbox, "Listener", loadBalancerArn=balancer, port=514) is not None
    assert seek(sandbox, "Listener", loadBalancerArn=balancer, port=515) is None
    assert seek(sandbox, "Listener", loadBalancerArn="still to be made", port=514) is None


def test_a_group_is_found_by_name_and_network_and_a_rule_by_its_tags(sandbox: Sandbox) -> None:
    ec2 = sandbox.client("ec2", PRODUCTION)
    [known] = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["found-clients"]}])[
        "SecurityGroups"
    ]
    group = seek(sandbox, "SecurityGroup", name="found-clients", vpcId=known["VpcId"])
    assert group == known["GroupId"]
    assert seek(sandbox, "SecurityGroup", name="found-clients", vpcId="vpc-00000000") is None
    assert seek(sandbox, "SecurityGroupIngressRule", securityGroupId=group, tags=TAGS) is None
    [rule, *_] = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    ec2.create_tags(Resources=[rule["SecurityGroupRuleId"]], Tags=tags)
    found = seek(sandbox, "SecurityGroupIngressRule", securityGroupId=group, tags=TAGS)
    assert found == rule["SecurityGroupRuleId"]
    assert seek(sandbox, "SecurityGroupIngressRule", securityGroupId="still to be made", tags=TAGS) is None
