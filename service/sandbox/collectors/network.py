"""What the security groups let through ("Security group rules", Amazon VPC User Guide). The caller holds `EXCLUSIVE`.

On this machine every sender is on loopback: a packet from 127.a.b.c counts as one from 10.a.b.c.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from moto.ec2.models import ec2_backends

Protocol = Literal["tcp", "udp"]
_ANYWHERE = IPv4Network("0.0.0.0/0")
_HTTPS = 443


def played_address(loopback: str) -> IPv4Address:
    """The address a sender on loopback stands for."""
    return IPv4Address(
        int(IPv4Address(loopback)) - int(IPv4Address("127.0.0.0")) + int(IPv4Address("10.0.0.0"))
    )


class Groups:
    """The security groups of one thing. None at all means that nothing is filtered, as for a load balancer without."""

    def __init__(self, account: str, region: str, ids: Iterable[str]) -> None:
        self.ids = frozenset(ids)
        backend = ec2_backends[account][region]
        found = [backend.get_security_group_from_id(id) for id in self.ids]
        self._groups: list[Any] = [group for group in found if group is not None]

    def lets_in(self, protocol: Protocol, port: int, sender: IPv4Address | Groups) -> bool:
        """Whether a packet of that sender may come in at `port`."""
        return self._allows("ingress_rules", protocol, port, sender)

    def lets_out(self, protocol: Protocol, port: int, to: Groups) -> bool:
        """Whether a packet may go out to `port` of something in those groups."""
        return self._allows("egress_rules", protocol, port, to)

    def reaches_https(self) -> bool:
        """Whether AWS's APIs can be called, wherever their addresses are."""
        rules = [rule for group in self._groups for rule in group.egress_rules]
        return not self.ids or any(
            _covers(rule, "tcp", _HTTPS) and _range_of(rule) == _ANYWHERE for rule in rules
        )

    def _allows(self, rules: str, protocol: Protocol, port: int, peer: IPv4Address | Groups) -> bool:
        if not self.ids:
            return True
        found = [rule for group in self._groups for rule in getattr(group, rules)]
        return any(_covers(rule, protocol, port) and _names(rule, peer) for rule in found)


def _covers(rule: Any, protocol: Protocol, port: int) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return bool(rule.ip_protocol == protocol and int(rule.from_port) <= port <= int(rule.to_port))


def _names(rule: Any, peer: IPv4Address | Groups) -> bool:
    network = _range_of(rule)
    if isinstance(peer, IPv4Address):
        return network is not None and peer in network
    return rule.source_group.get("GroupId") in peer.ids or network == _ANYWHERE


def _range_of(rule: Any) -> IPv4Network | None:
    text = rule.ip_range.get("CidrIp")
    return IPv4Network(text) if text else None
