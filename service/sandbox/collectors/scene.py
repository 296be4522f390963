"""What there is at this moment: listeners of network load balancers, and the instances behind them. From moto's stores.

The caller holds `EXCLUSIVE`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from moto.acm.models import acm_backends
from moto.autoscaling.models import autoscaling_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from service.sandbox.collectors.network import Groups, Protocol
from service.sandbox.fixes.autoscaling import WAITING
from service.sandbox.policies import PARTITION


@dataclass(frozen=True)
class Listener:
    """One listener of a network load balancer."""

    arn: str
    load_balancer: str
    account: str
    region: str
    port: int
    protocol: str
    certificate: str | None

    @property
    def transports(self) -> tuple[str, ...]:
        """Of `udp`, `tcp` and `tls`."""
        return ("tcp", "udp") if self.protocol == "TCP_UDP" else (self.protocol.lower(),)


@dataclass(frozen=True)
class Instance:
    """One instance of an Auto Scaling group, as it was launched."""

    id: str
    group: str
    account: str
    region: str
    user_data: str
    role_arn: str | None
    security_groups: tuple[str, ...]
    going: bool
    """A lifecycle hook holds it until it says that it is done."""


def listeners() -> Iterator[Listener]:
    """Every listener of a network load balancer."""
    for account, region, backend in _backends(elbv2_backends):
        for balancer in backend.load_balancers.values():
            for one in balancer.listeners.values() if balancer.type == "network" else ():
                certificate = one.certificate if one.protocol == "TLS" else None
                yield Listener(
                    one.arn, balancer.name, account, region, int(one.port), one.protocol, certificate
                )


def instances() -> Iterator[Instance]:
    """Every instance of a group with a launch template."""
    for account, region, backend in _backends(autoscaling_backends):
        for group in backend.autoscaling_groups.values():
            for state in group.instance_states:
                if state.launch_template is not None:
                    yield _instance(account, region, group, state)


def _instance(account: str, region: str, group: Any, state: Any) -> Instance:
    data = group.ec2_launch_template.get_version(state.launch_template["Version"]).data
    encoded = data.get("UserData") or ""
    return Instance(
        id=state.instance.id,
        group=group.name,
        account=account,
        region=region,
        user_data=base64.b64decode(str(encoded)).decode("utf-8", "replace"),
        role_arn=_role_of(account, data.get("IamInstanceProfile") or {}),
        security_groups=tuple(data.get("SecurityGroupIds") or ()),
        going=state.lifecycle_state == WAITING,
    )


def _role_of(account: str, profile: dict[str, Any]) -> str | None:
    for one in iam_backends[account][PARTITION].instance_profiles.values():
        if profile.get("Name") == one.name or profile.get("Arn") == one.arn:
            return next((str(role.arn) for role in one.roles), None)
    return None


@dataclass(frozen=True)
class Route:
    """Where a packet of a listener may go: instance ids, and the port of their target group."""

    targets: tuple[str, ...]
    port: int
    health_port: int


def route(listener: Listener, protocol: Protocol, sender: IPv4Address) -> Route | None:
    """Where the load balancer may send a packet; None where its security group keeps the sender out, or it is gone."""
    backend = elbv2_backends[listener.account][listener.region]
    for balancer in backend.load_balancers.values():
        found = balancer.listeners.get(listener.arn)
        if found is not None:
            groups = Groups(listener.account, listener.region, balancer.security_groups or ())
            if not groups.lets_in(protocol, listener.port, sender):
                return None
            return _route(backend, found, groups, protocol)
    return None


def _route(backend: Any, listener: Any, groups: Groups, protocol: Protocol) -> Route | None:
    action = next(one for one in listener.default_actions if one.type == "forward")
    arn = (
        action.data.get("TargetGroupArn") or action.data["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
    )
    target_group = backend.target_groups[arn]
    port = int(target_group.port)
    health = str(target_group.health_check_port)
    open_to = [
        id
        for id in target_group.targets
        if _reachable(backend.account_id, backend.region_name, id, groups, protocol, port)
    ]
    return Route(tuple(open_to), port, int(health) if health.isdigit() else port)


def _reachable(account: str, region: str, id: str, groups: Groups, protocol: Protocol, port: int) -> bool:
    """Both sides must let the packet through: the load balancer's group out, the instance's group in."""
    instance = next((one for one in instances() if one.id == id), None)
    if instance is None:
        return False
    theirs = Groups(account, region, instance.security_groups)
    return groups.lets_out(protocol, port, theirs) and theirs.lets_in(protocol, port, groups)


def certificate_of(listener: Listener) -> tuple[bytes, bytes] | None:
    """Certificate and key, in PEM, of a TLS listener; None where ACM has none to give."""
    found = acm_backends[listener.account][listener.region]._certificates.get(listener.certificate or "")
    return (found.cert, found.key) if found is not None else None


def _backends(of: Any) -> Iterator[tuple[str, str, Any]]:
    for account, regions in list(of.items()):
        for region, backend in list(regions.items()):
            yield account, region, backend
