"""A packet sent to a load balancer ends as an object, if every policy and every security group on the way lets it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import pytest

from tests.sandbox.collectors.places import Place, place, send_tcp, send_udp
from tests.sandbox.servers import instances
from tests.support.aws import policy
from tests.support.deployment import eventually
from tests.support.sandbox import LOG, PRODUCTION, Sandbox, running_sandbox

OLD = "<34>Oct 11 22:14:15 web-1 su[42]: 'su root' failed"
NEW = "<165>1 2026-08-24T05:14:15.000003-07:00 db-1 postgres 8710 - - checkpoint complete"


def buffered(made: Place) -> int:
    return sum(one["buffered"] for one in made.collectors())


def arrived(made: Place, count: int) -> None:
    eventually(lambda: buffered(made) == count or None, f"{count} messages in the buffer")


def test_udp_and_tcp_end_as_one_object_of_records(sandbox: Sandbox) -> None:
    made = place(sandbox, "both-ways")
    ports = made.ports()
    send_udp(ports["udp"], OLD)
    send_tcp(ports["tcp"], NEW, "no syslog at all")
    arrived(made, 3)
    assert made.records() == []
    sandbox.flush()
    assert buffered(made) == 0
    records = {record.get("ident", "unmatched"): record for record in made.records()}
    assert records["su"] | {"time": ""} == {
        "host": "web-1",
        "ident": "su",
        "pid": "42",
        "message": "'su root' failed",
        "facility": "auth",
        "severity": "crit",
        "source_address": "10.0.0.1",
        "time": "",
    }
    assert records["postgres"]["time"] == "2026-08-24T12:14:15.000003000Z"
    assert records["postgres"]["severity"] == "notice"
    assert records["unmatched"]["unmatched_line"] == "no syslog at all"


def test_an_object_is_written_when_its_slice_of_time_is_over(sandbox: Sandbox) -> None:
    made = place(sandbox, "by-itself", seconds=60)
    send_tcp(made.ports()["tcp"], OLD)
    eventually(lambda: made.records() or None, "the object that nobody flushed")


def test_tls_ends_at_the_load_balancer(sandbox: Sandbox) -> None:
    made = place(sandbox, "over-tls", protocol="TLS")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", made.ports()["tls"]), timeout=10) as plain,
        context.wrap_socket(plain) as client,
    ):
        client.sendall(f"{OLD}\n".encode())
        arrived(made, 1)
    sandbox.flush()
    assert [record["host"] for record in made.records()] == ["web-1"]


def test_a_sender_outside_the_networks_is_not_heard(sandbox: Sandbox) -> None:
    made = place(sandbox, "kept-out")
    ports = made.ports()
    send_udp(ports["udp"], OLD, sender="127.9.0.1")
    assert send_tcp(ports["tcp"], OLD, sender="127.9.0.1") == b""
    send_tcp(ports["tcp"], NEW)
    arrived(made, 1)
    sandbox.flush()
    assert [record["host"] for record in made.records()] == ["db-1"]


def _close_the_servers(made: Place) -> None:
    ec2 = made.sandbox.client("ec2", PRODUCTION)
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [made.instance_group]}])
    ids = [rule["SecurityGroupRuleId"] for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId=made.instance_group, SecurityGroupRuleIds=ids)


def _close_the_balancer(made: Place) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    made.sandbox.client("ec2", PRODUCTION).revoke_security_group_egress(
        GroupId=made.balancer_group, IpPermissions=[everything]
    )


def _delete_the_listener(made: Place) -> None:
    made.sandbox.client("elbv2", PRODUCTION).delete_listener(ListenerArn=made.listener)


@pytest.mark.parametrize(
    ("name", "close"), [("no-way-in", _close_the_servers), ("no-way-through", _close_the_balancer)]
)
def test_each_security_group_on_the_way_counts(
    sandbox: Sandbox, name: str, close: Callable[[Place], None]
) -> None:
    made = place(sandbox, name)
    port = made.ports()["tcp"]
    send_tcp(port, OLD)
    arrived(made, 1)
    close(made)
    assert send_tcp(port, NEW) == b""
    assert buffered(made) == 1


def test_nobody_listens_once_the_listener_is_gone(sandbox: Sandbox) -> None:
    made = place(sandbox, "gone-listener")
    port = made.ports()["tcp"]
    _delete_the_listener(made)

    def refused() -> bool | None:
        try:
            send_tcp(port, OLD)
        except OSError:
            return True
        return None

    eventually(refused, "the port to be closed")


def _no_bucket_policy(made: Place) -> None:
    made.sandbox.client("s3", LOG).delete_bucket_policy(Bucket=made.name)


def _no_role_policy(made: Place) -> None:
    made.sandbox.client("iam", PRODUCTION).delete_role_policy(RoleName=made.name, PolicyName="write")


def _no_profile(made: Place) -> None:
    made.sandbox.client("iam", PRODUCTION).remove_role_from_instance_profile(
        InstanceProfileName=made.name, RoleName=made.name
    )


def _no_way_out(made: Place) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    made.sandbox.client("ec2", PRODUCTION).revoke_security_group_egress(
        GroupId=made.instance_group, IpPermissions=[everything]
    )


def _no_trust(made: Place) -> None:
    nobody = policy(Effect="Allow", Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    made.sandbox.client("iam", PRODUCTION).update_assume_role_policy(
        RoleName=made.name, PolicyDocument=nobody
    )


@pytest.mark.parametrize(
    ("name", "forbid"),
    [
        ("no-bucket-policy", _no_bucket_policy),
        ("no-role-policy", _no_role_policy),
        ("no-profile", _no_profile),
        ("no-way-out", _no_way_out),
        ("no-trust", _no_trust),
    ],
)
def test_what_may_not_be_written_is_kept(
    sandbox: Sandbox, name: str, forbid: Callable[[Place], None]
) -> None:
    made = place(sandbox, name)
    send_tcp(made.ports()["tcp"], OLD)
    arrived(made, 1)
    forbid(made)
    sandbox.flush()
    assert (buffered(made), made.records()) == (1, [])


def test_an_instance_goes_only_when_what_it_took_in_is_written(sandbox: Sandbox) -> None:
    made = place(sandbox, "flushed-first", size=2)
    send_tcp(made.ports()["tcp"], OLD)
    send_tcp(made.ports()["tcp"], NEW)
    arrived(made, 2)
    before = instances(sandbox, PRODUCTION, made.name)
    sandbox.client("autoscaling", PRODUCTION).start_instance_refresh(AutoScalingGroupName=made.name)
    eventually(
        lambda: before.keys().isdisjoint(instances(sandbox, PRODUCTION, made.name)) or None,
        "the old instances to go",
    )
    assert sorted(record["host"] for record in made.records()) == ["db-1", "web-1"]
    send_tcp(made.ports()["tcp"], OLD)
    arrived(made, 1)


def test_an_instance_that_may_not_write_is_held(sandbox: Sandbox) -> None:
    made = place(sandbox, "held-back")
    send_tcp(made.ports()["tcp"], OLD)
    arrived(made, 1)
    _no_bucket_policy(made)
    sandbox.client("autoscaling", PRODUCTION).update_auto_scaling_group(
        AutoScalingGroupName=made.name, MinSize=0, DesiredCapacity=0
    )
    sandbox.flush()
    [(state, _)] = instances(sandbox, PRODUCTION, made.name).values()
    assert state == "Terminating:Wait"


def test_what_was_buffered_outlives_a_crash(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("crash")
    with running_sandbox(home) as first:
        made = place(first, "outlived")
        send_tcp(made.ports()["tcp"], OLD)
        arrived(made, 1)
        first.kill()
    with running_sandbox(home) as second:
        made.sandbox = second
        assert buffered(made) == 1
        second.flush()
        assert [record["host"] for record in made.records()] == ["web-1"]
