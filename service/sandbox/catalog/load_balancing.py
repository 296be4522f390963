"""Network load balancers and their target groups. Calls: the Elastic Load Balancing v2 API reference; inputs:
aws.lb.LoadBalancer and aws.lb.TargetGroup of the provider's documentation, as far as `network` goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.load_balancer_tags import retag, tags_of
from service.sandbox.catalog.resource import (
    Naming,
    Resource,
    present,
    tag_list,
)
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Unknown,
    Values,
    block,
    choice,
    flag,
    known_list,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_NAME = r"(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)"
_ACTIVE_WITHIN = 60.0
_DELAY, _CROSS_ZONE = "deregistration_delay.timeout_seconds", "load_balancing.cross_zone.enabled"


class LoadBalancer(Resource):
    """aws.lb.LoadBalancer of type `network`. Import by ARN."""

    token, title = "aws:lb/loadBalancer:LoadBalancer", "ELBv2 Load Balancer"
    documented = "lb"
    naming = Naming("name", "namePrefix", 32)
    inputs = {
        "name": text(_NAME, replaces=True),
        "namePrefix": text(longest=6, replaces=True),
        "loadBalancerType": choice("network", required=True, replaces=True),
        "internal": flag(computed=True, replaces=True),
        "subnets": set_of(text(r"subnet-[0-9a-f]+"), required=True, shortest=1),
        "securityGroups": set_of(text(r"sg-[0-9a-f]+"), computed=True),
        "enableCrossZoneLoadBalancing": flag(default=False),
        "enableDeletionProtection": flag(default=False),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "arnSuffix", "dnsName", "vpcId", "zoneId")

    def replacing(self, old: Values, new: Values) -> set[str]:
        """A network load balancer gets more subnets, but loses none; and it has security groups from the start, or never."""
        subnets, groups = (
            [known_list(inputs.get(name)) for inputs in (old, new)] for name in ("subnets", "securityGroups")
        )
        fewer = not isinstance(new["subnets"], Unknown) and len(subnets[1]) <= len(subnets[0])
        other = not isinstance(new.get("securityGroups"), Unknown) and bool(groups[0]) != bool(groups[1])
        return {name for name, holds in (("subnets", fewer), ("securityGroups", other)) if holds}

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "elbv2",
            "CreateLoadBalancer",
            Name=inputs["name"],
            Type="network",
            Scheme="internal" if inputs.get("internal") else "internet-facing",
            Subnets=inputs["subnets"],
            SecurityGroups=inputs.get("securityGroups") or None,
            Tags=tag_list(inputs.get("tags")),
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        aws.wait(f"{self.title} ({id}) create", lambda: _state(aws, id) == "active", _ACTIVE_WITHIN)
        self._attributes(aws, id, inputs)

    def _attributes(self, aws: Aws, id: str, inputs: Values) -> None:
        wanted = {
            _CROSS_ZONE: inputs["enableCrossZoneLoadBalancing"],
            "deletion_protection.enabled": inputs["enableDeletionProtection"],
        }
        aws.call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=id, Attributes=_pairs(wanted))

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("elbv2", "DescribeLoadBalancers", "LoadBalancerNotFound", LoadBalancerArns=[id])
        if found is None:
            return None
        balancer = found["LoadBalancers"][0]
        attributes = _map(
            aws.call("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=id)["Attributes"]
        )
        return {
            "name": balancer["LoadBalancerName"],
            "arn": id,
            "arnSuffix": id.partition(":loadbalancer/")[2],
            "dnsName": balancer["DNSName"],
            "vpcId": balancer["VpcId"],
            "zoneId": balancer["CanonicalHostedZoneId"],
            "loadBalancerType": balancer["Type"],
            "internal": balancer["Scheme"] == "internal",
            "subnets": [zone["SubnetId"] for zone in balancer["AvailabilityZones"]],
            "securityGroups": balancer.get("SecurityGroups") or [],
            "enableCrossZoneLoadBalancing": attributes.get(_CROSS_ZONE) == "true",
            "enableDeletionProtection": attributes.get("deletion_protection.enabled") == "true",
            "tags": tags_of(aws, id),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "subnets" in changed:
            aws.call("elbv2", "SetSubnets", LoadBalancerArn=id, Subnets=new["subnets"])
        if "securityGroups" in changed:
            aws.call(
                "elbv2",
                "SetSecurityGroups",
                LoadBalancerArn=id,
                SecurityGroups=new.get("securityGroups") or [],
            )
        if changed & {"enableCrossZoneLoadBalancing", "enableDeletionProtection"}:
            self._attributes(aws, id, new)
        retag(aws, id, old, new, changed)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("elbv2", "DeleteLoadBalancer", "LoadBalancerNotFound", LoadBalancerArn=id)


_HEALTH = {
    "protocol": choice("HTTP", "HTTPS", "TCP", default="HTTP"),
    "port": text(r"traffic-port|\d+", default="traffic-port"),
    "path": text(r"/.*", computed=True),
    "interval": number(5, 300, default=30),
    "timeout": number(2, 120, computed=True),
    "healthyThreshold": number(2, 10, default=3),
    "unhealthyThreshold": number(2, 10, default=3),
    "matcher": text(computed=True),
}


class TargetGroup(Resource):
    """aws.lb.TargetGroup of instances behind a network load balancer. Import by ARN."""

    token, title = "aws:lb/targetGroup:TargetGroup", "ELBv2 Target Group"
    documented = "lb_target_group"
    naming = Naming("name", "namePrefix", 32)
    inputs = {
        "name": text(r"(?!-)[a-zA-Z0-9-]{1,32}(?<!-)", replaces=True),
        "namePrefix": text(longest=6, replaces=True),
        "port": number(1, 65535, required=True, replaces=True),
        "protocol": choice("TCP", "UDP", "TCP_UDP", "TLS", required=True, replaces=True),
        "targetType": choice("instance", "ip", default="instance", replaces=True),
        "vpcId": text(r"vpc-[0-9a-f]+", required=True, replaces=True),
        "deregistrationDelay": number(0, 3600, default=300),
        "connectionTermination": flag(computed=True),
        "healthCheck": block(_HEALTH, computed=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "arnSuffix", "loadBalancerArns")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "elbv2",
            "CreateTargetGroup",
            Name=inputs["name"],
            Protocol=inputs["protocol"],
            Port=inputs["port"],
            VpcId=inputs["vpcId"],
            TargetType=inputs["targetType"],
            Tags=tag_list(inputs.get("tags")),
            **_health(inputs),
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        self._attributes(aws, id, inputs)

    def _attributes(self, aws: Aws, id: str, inputs: Values) -> None:
        wanted = present(
            **{
                _DELAY: inputs["deregistrationDelay"],
                "deregistration_delay.connection_termination.enabled": inputs.get("connectionTermination"),
            }
        )
        aws.call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=id, Attributes=_pairs(wanted))

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("elbv2", "DescribeTargetGroups", "TargetGroupNotFound", TargetGroupArns=[id])
        if found is None:
            return None
        group = found["TargetGroups"][0]
        attributes = _map(aws.call("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=id)["Attributes"])
        ending = attributes.get("deregistration_delay.connection_termination.enabled", "false")
        return {
            "name": group["TargetGroupName"],
            "arn": id,
            "arnSuffix": id.rpartition(":")[2],
            "loadBalancerArns": group.get("LoadBalancerArns") or [],
            "port": group["Port"],
            "protocol": group["Protocol"],
            "targetType": group["TargetType"],
            "vpcId": group["VpcId"],
            "deregistrationDelay": int(attributes[_DELAY]),
            "connectionTermination": ending == "true",
            "healthCheck": _health_shown(group),
            "tags": tags_of(aws, id),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "healthCheck" in changed:
            aws.call("elbv2", "ModifyTargetGroup", TargetGroupArn=id, **_health(new))
        if changed & {"deregistrationDelay", "connectionTermination"}:
            self._attributes(aws, id, new)
        retag(aws, id, old, new, changed)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("elbv2", "DeleteTargetGroup", "TargetGroupNotFound", TargetGroupArn=id)


def _health(inputs: Values) -> dict[str, Any]:
    check = inputs.get("healthCheck")
    if not check:
        return {}
    matcher = check.get("matcher")
    return present(
        HealthCheckProtocol=check["protocol"],
        HealthCheckPort=check["port"],
        HealthCheckPath=check.get("path"),
        HealthCheckIntervalSeconds=check["interval"],
        HealthCheckTimeoutSeconds=check.get("timeout"),
        HealthyThresholdCount=check["healthyThreshold"],
        UnhealthyThresholdCount=check["unhealthyThreshold"],
        Matcher={"HttpCode": matcher} if matcher else None,
    )


def _health_shown(group: dict[str, Any]) -> Values:
    return {
        "protocol": group["HealthCheckProtocol"],
        "port": group["HealthCheckPort"],
        "path": group.get("HealthCheckPath"),
        "interval": group["HealthCheckIntervalSeconds"],
        "timeout": group["HealthCheckTimeoutSeconds"],
        "healthyThreshold": group["HealthyThresholdCount"],
        "unhealthyThreshold": group["UnhealthyThresholdCount"],
        "matcher": (group.get("Matcher") or {}).get("HttpCode"),
    }


def _state(aws: Aws, arn: str) -> str:
    found = aws.call("elbv2", "DescribeLoadBalancers", LoadBalancerArns=[arn])
    return str(found["LoadBalancers"][0]["State"]["Code"])


def _pairs(attributes: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": str(value).lower()} for key, value in attributes.items()]


def _map(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in pairs}


RESOURCES: tuple[Resource, ...] = (LoadBalancer(), TargetGroup())
