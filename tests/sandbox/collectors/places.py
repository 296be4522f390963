"""A syslog server by hand: load balancer, instances, role and bucket, as the programs would make them."""

from __future__ import annotations

import gzip
import json
import socket
from dataclasses import dataclass
from typing import Any

from programs.syslog.fluentd import Configuration, FileBuffer, HealthInput, S3Output, SyslogInput
from programs.syslog.user_data import BUFFER_PATH, Hook, user_data
from tests.sandbox.servers import encoded, network, template
from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

RULE_PORTS = (5140, 24220)


@dataclass
class Place:
    """What was made, by ids and ARNs."""

    name: str
    sandbox: Sandbox
    balancer_group: str
    instance_group: str
    template: str
    listener: str = ""

    def ports(self) -> dict[str, int]:
        """The loopback ports of its listener."""
        _, report = self.sandbox.control("POST", "/_sandbox/listening")
        [found] = [one for one in report["listeners"] if one["listener"] == self.listener]
        return dict(found["ports"])

    def collectors(self) -> list[dict[str, Any]]:
        """What its instances buffer."""
        _, report = self.sandbox.control("POST", "/_sandbox/listening")
        return [one for one in report["collectors"] if one["group"] == self.name]

    def records(self) -> list[dict[str, str]]:
        """Everything in its bucket."""
        s3 = self.sandbox.client("s3", LOG)
        found: list[dict[str, str]] = []
        for entry in s3.list_objects_v2(Bucket=self.name).get("Contents", []):
            body = gzip.decompress(s3.get_object(Bucket=self.name, Key=entry["Key"])["Body"].read())
            found += [json.loads(line) for line in body.splitlines()]
        return found


def script(name: str, seconds: int) -> str:
    """User data as the programs write it."""
    output = S3Output(name, REGION, "logs/", FileBuffer(BUFFER_PATH, seconds, 1000))
    configuration = Configuration((SyslogInput("udp"), SyslogInput("tcp"), HealthInput()), output)
    return user_data(configuration, Hook(name, "flush", REGION, 30))


def place(
    sandbox: Sandbox, name: str, *, protocol: str = "TCP_UDP", size: int = 1, seconds: int = 3600
) -> Place:
    """A whole server called `name` in production, with its bucket in the log account; it buffers for `seconds`."""
    _bucket(sandbox, name)
    vpc, subnets = network(sandbox, PRODUCTION)
    ec2 = sandbox.client("ec2", PRODUCTION)
    clients, servers = (
        ec2.create_security_group(GroupName=f"{name}-{side}", Description="x", VpcId=vpc)["GroupId"]
        for side in ("clients", "servers")
    )
    for proto in ("tcp", "udp"):
        _let_in(ec2, clients, proto, 514, {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]})
        _let_in(ec2, servers, proto, 5140, {"UserIdGroupPairs": [{"GroupId": clients}]})
    id = template(
        sandbox,
        PRODUCTION,
        name,
        UserData=encoded(script(name, seconds)),
        IamInstanceProfile={"Name": name},
        SecurityGroupIds=[servers],
    )
    made = Place(name, sandbox, clients, servers, id)
    target = _target_group(sandbox, made, vpc, protocol)
    made.listener = _listener(sandbox, made, subnets, target, protocol)
    _group(sandbox, made, subnets, target, size)
    return made


def _bucket(sandbox: Sandbox, name: str) -> None:
    role = f"arn:aws:iam::{PRODUCTION}:role/{name}"
    iam = sandbox.client("iam", PRODUCTION)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    arn = f"arn:aws:s3:::{name}/logs/*"
    write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": arn}
    going = {"Effect": "Allow", "Action": "autoscaling:CompleteLifecycleAction", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="write", PolicyDocument=policy(write, going))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=name, Policy=policy({**write, "Principal": {"AWS": role}}))


def _let_in(ec2: Any, group: str, protocol: str, port: int, sender: dict[str, Any]) -> None:
    rule = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **sender}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def _target_group(sandbox: Sandbox, made: Place, vpc: str, protocol: str) -> str:
    target = sandbox.client("elbv2", PRODUCTION).create_target_group(
        Name=made.name,
        Protocol="TCP" if protocol == "TLS" else protocol,
        Port=5140,
        VpcId=vpc,
        TargetType="instance",
        HealthCheckProtocol="HTTP",
        HealthCheckPort="24220",
        HealthCheckPath="/api/plugins.json",
    )
    return str(target["TargetGroups"][0]["TargetGroupArn"])


def _listener(sandbox: Sandbox, made: Place, subnets: list[str], target: str, protocol: str) -> str:
    elbv2 = sandbox.client("elbv2", PRODUCTION)
    balancer = elbv2.create_load_balancer(
        Name=made.name,
        Type="network",
        Scheme="internal",
        Subnets=subnets,
        SecurityGroups=[made.balancer_group],
    )["LoadBalancers"][0]
    secret: dict[str, Any] = {}
    if protocol == "TLS":
        acm = sandbox.client("acm", PRODUCTION)
        secret = {
            "Certificates": [
                {"CertificateArn": acm.request_certificate(DomainName="syslog.test")["CertificateArn"]}
            ]
        }
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Port=514,
        Protocol=protocol,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
        **secret,
    )
    return str(listener["Listeners"][0]["ListenerArn"])


def _group(sandbox: Sandbox, made: Place, subnets: list[str], target: str, size: int) -> None:
    autoscaling = sandbox.client("autoscaling", PRODUCTION)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=made.name,
        MinSize=size,
        MaxSize=size * 2,
        LaunchTemplate={"LaunchTemplateId": made.template, "Version": "1"},
        VPCZoneIdentifier=",".join(subnets),
        TargetGroupARNs=[target],
    )
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=made.name,
        LifecycleHookName="flush",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=900,
    )


def send_udp(port: int, *messages: str, sender: str = "127.0.0.1") -> None:
    """A datagram a message."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((sender, 0))
        for message in messages:
            client.sendto(message.encode(), ("127.0.0.1", port))


def send_tcp(port: int, *messages: str, sender: str = "127.0.0.1") -> bytes:
    """A line a message over one connection; what comes back before the other side ends it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(sender, 0)) as client:
        client.sendall("".join(f"{message}\n" for message in messages).encode())
        client.shutdown(socket.SHUT_WR)
        return client.recv(1)
