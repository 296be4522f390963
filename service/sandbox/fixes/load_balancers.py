"""Network load balancers: `net` in their ARNs, names used once, ports listened on once, and listeners of all their protocols.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and API_CreateListener.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.elbv2.exceptions import DuplicateListenerError, DuplicateLoadBalancerName
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from service.sandbox.fixes import replaces


@replaces(ELBv2Backend, "create_load_balancer")
def _create_load_balancer(
    original: Callable[..., FakeLoadBalancer], self: ELBv2Backend, name: str, *args: Any, **kwargs: Any
) -> FakeLoadBalancer:
    if any(balancer.name == name for balancer in self.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    made = original(self, name, *args, **kwargs)
    if made.type == "network":
        _rename(self, made)
    return made


def _rename(backend: ELBv2Backend, made: FakeLoadBalancer) -> None:
    old = made.arn
    made.arn = old.replace(":loadbalancer/app/", ":loadbalancer/net/")
    made.dns_name = f"{made.name}-{old.rpartition('/')[2]}.elb.{backend.region_name}.amazonaws.com"
    backend.load_balancers[made.arn] = backend.load_balancers.pop(old)
    tags = backend.tagging_service.list_tags_for_resource(old)["Tags"]
    backend.tagging_service.delete_all_tags_for_resource(old)
    backend.tagging_service.tag_resource(made.arn, tags)


@replaces(ELBv2Backend, "create_listener")
def _create_listener(
    original: Callable[..., Any],
    self: ELBv2Backend,
    load_balancer_arn: str,
    protocol: str,
    port: str,
    *args: Any,
    **kwargs: Any,
) -> Any:
    balancer = self.load_balancers.get(load_balancer_arn)
    if balancer is not None and any(str(one.port) == str(port) for one in balancer.listeners.values()):
        raise DuplicateListenerError()
    return original(self, load_balancer_arn, protocol, port, *args, **kwargs)


@replaces(ELBv2Backend, "modify_listener")
def _modify_listener(
    original: Callable[..., Any],
    self: ELBv2Backend,
    arn: str,
    port: str | None = None,
    protocol: str | None = None,
    ssl_policy: str | None = None,
    certificates: list[dict[str, Any]] | None = None,
    actions: list[dict[str, Any]] | None = None,
) -> Any:
    """moto takes the protocols of application load balancers alone, and TCP."""
    if protocol not in ("UDP", "TCP_UDP", "TLS"):
        return original(self, arn, port, protocol, ssl_policy, certificates, actions)
    listener = original(self, arn, port, None, ssl_policy, certificates, actions)
    listener.protocol = protocol
    if protocol == "TLS" and certificates:
        listener.certificate = certificates[0]["CertificateArn"]
        listener.certificates = [one["CertificateArn"] for one in certificates]
    return listener
