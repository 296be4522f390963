"""What is built for a syslog source at each stage, who may write with it, and in what order things come and go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs import program_for
from programs.documents import Document, document
from programs.names import names_of
from programs.syslog import policies
from tests.programs.asking import may, role
from tests.programs.recording import Registered, run
from tests.programs.syslog.wishes import syslog_wish
from tests.programs.wishes import KEY_ARN, LOG, PRODUCTION, REGION, SOURCE_NAMES

NAMES = names_of(syslog_wish())
SERVER = role(PRODUCTION, NAMES.syslog_role_arn)
ENGINEER = role(PRODUCTION, f"arn:aws:iam::{PRODUCTION}:role/admin")
OBJECT = f"{NAMES.bucket_arn}/logs/2026/11/24/08/20261124-080000_x.gz"
OWN = policies.instance_permissions(NAMES, KEY_ARN)


def built(spec: dict[str, Any] | None = None, **changes: Any) -> dict[str, Registered]:
    return run(program_for(syslog_wish(spec, **changes)))[0]


def of_type(found: dict[str, Registered], kind: str) -> dict[str, Registered]:
    return {name: one for name, one in found.items() if one.type.endswith(f":{kind}")}


def test_servers_take_metadata_by_token_alone_and_write_to_an_encrypted_volume() -> None:
    template = built()["template"].inputs
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    [volume] = template["blockDeviceMappings"]
    assert volume["ebs"]["encrypted"] == "true"
    assert "keyName" not in template


def test_each_network_may_send_by_each_protocol_and_nobody_else() -> None:
    asked: dict[str, Any] = {
        "networks": ["10.20.0.0/16", "10.30.0.0/16"],
        "protocols": ["udp", "tcp", "tls"],
        "port": 1514,
    }
    rules = of_type(built(asked), "SecurityGroupIngressRule")
    open_to = {
        (one.inputs["ipProtocol"], one.inputs["fromPort"], one.inputs["toPort"], one.inputs["cidrIpv4"])
        for one in rules.values()
        if "cidrIpv4" in one.inputs
    }
    assert open_to == {
        (protocol, port, port, network)
        for network in asked["networks"]
        for protocol, port in (("udp", 1514), ("tcp", 1514), ("tcp", 6514))
    }
    others = [one.inputs for one in rules.values() if "cidrIpv4" not in one.inputs]
    assert {one["referencedSecurityGroupId"] for one in others} == {"balancer-group-id"}


@pytest.mark.parametrize(
    ("protocols", "listeners"),
    [
        (["tcp"], {("TCP", 514, "TCP")}),
        (["udp"], {("UDP", 514, "UDP")}),
        (["udp", "tcp"], {("TCP_UDP", 514, "TCP_UDP")}),
        (["tls"], {("TLS", 6514, "TCP")}),
        (["udp", "tcp", "tls"], {("TCP_UDP", 514, "TCP_UDP"), ("TLS", 6514, "TCP")}),
    ],
)
def test_a_listener_for_each_way_to_send(protocols: list[str], listeners: set[tuple[str, int, str]]) -> None:
    found = built({"protocols": protocols})
    groups = {f"arn:{name}": one.inputs["protocol"] for name, one in of_type(found, "TargetGroup").items()}
    seen = {
        (
            one.inputs["protocol"],
            one.inputs["port"],
            groups[one.inputs["defaultActions"][0]["targetGroupArn"]],
        )
        for one in of_type(found, "Listener").values()
    }
    assert seen == listeners
    encrypted = {
        one.inputs["protocol"]
        for one in of_type(found, "Listener").values()
        if "certificateArn" in one.inputs
    }
    assert encrypted == ({"TLS"} if "tls" in protocols else set())


def test_a_new_template_starts_a_refresh_and_new_servers_come_first() -> None:
    group = built()["group"].inputs
    assert group["launchTemplate"]["version"] != "$Latest"
    preferences = group["instanceRefresh"]["preferences"]
    assert (preferences["minHealthyPercentage"], preferences["skipMatching"]) == (100, True)


def test_the_hook_is_not_taken_away_before_its_group() -> None:
    found = built()
    assert found["flush-hook"].retain
    assert found["flush-hook"].inputs["lifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"


def test_servers_come_after_all_they_write_with() -> None:
    needs = built()["group"].depends_on
    assert {"syslog-permissions", "bucket-policy", "to-aws"} <= needs


def test_while_draining_nobody_listens_and_every_server_goes() -> None:
    found = built(stage="draining")
    assert of_type(found, "Listener") == {}
    assert [found["group"].inputs[size] for size in ("minSize", "desiredCapacity", "maxSize")] == [0, 0, 0]
    assert "flush-hook" in found
    assert NAMES.syslog_role_arn in str(found["bucket-policy"].inputs["policy"])


def test_a_retired_source_is_its_store_alone() -> None:
    found = built(stage="retired")
    assert {one.provider for one in found.values() if one.type.startswith("aws:")} <= {"log", "replica"}
    assert NAMES.syslog_role_arn not in str(found["bucket-policy"].inputs["policy"])


def test_without_a_place_nothing_is_built() -> None:
    with pytest.raises(ValueError, match="no place"):
        built(syslog=None)


def through_s3(**more: str) -> dict[str, str]:
    return {
        "kms:ViaService": f"s3.{REGION}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": NAMES.bucket_arn,
        **more,
    }


def test_a_server_puts_objects_under_the_prefix_and_does_nothing_else() -> None:
    store: Document = document(*policies.instance_writer(NAMES).bucket_statements)
    for action, resource, allowed in (
        ("s3:PutObject", OBJECT, True),
        ("s3:PutObject", f"{NAMES.bucket_arn}/errors/x", False),
        ("s3:GetObject", OBJECT, False),
        ("s3:DeleteObject", OBJECT, False),
        ("s3:PutObjectAcl", OBJECT, False),
        ("s3:ListBucket", NAMES.bucket_arn, False),
    ):
        assert may(SERVER, action, resource, LOG, identity=OWN, resource_policy=store) is allowed, action
    assert not may(ENGINEER, "s3:PutObject", OBJECT, LOG, resource_policy=store)


def test_a_server_uses_the_key_through_s3_alone() -> None:
    store: Document = document(*policies.instance_writer(NAMES).key_statements)
    asked: dict[str, Any] = {"identity": OWN, "resource_policy": store, "resource_decides": True}
    assert may(SERVER, "kms:GenerateDataKey", KEY_ARN, LOG, context=through_s3(), **asked)
    assert not may(SERVER, "kms:GenerateDataKey", KEY_ARN, LOG, **asked)
    assert not may(SERVER, "kms:Decrypt", KEY_ARN, LOG, context=through_s3(), **asked)


def test_a_server_lets_itself_go_and_nobody_else() -> None:
    def group(name: str) -> str:
        return f"arn:aws:autoscaling:{REGION}:{PRODUCTION}:autoScalingGroup:1:autoScalingGroupName/{name}"

    for name, allowed in ((NAMES.servers, True), ("logflume-other", False)):
        action = "autoscaling:CompleteLifecycleAction"
        assert may(SERVER, action, group(name), PRODUCTION, identity=OWN) is allowed
    assert not may(
        SERVER, "autoscaling:UpdateAutoScalingGroup", group(NAMES.servers), PRODUCTION, identity=OWN
    )


@settings(max_examples=50)
@given(SOURCE_NAMES, st.uuids().map(str))
def test_names_are_within_their_limits(name: str, source_id: str) -> None:
    """IAM 64, load balancers and target groups 32 characters, launch templates 128, Auto Scaling groups 255."""
    names = names_of(syslog_wish(name=name, source_id=source_id))
    assert len(names.syslog_role) <= 64
    assert len(names.load_balancer) <= 32
    assert all(len(names.target_group(group)) <= 32 for group in ("tcp", "udp", "both", "tls"))
    assert len(f"{names.servers}-balancer") <= 128
