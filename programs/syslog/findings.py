"""What can be said about a syslog source before anything is made: port, networks, certificate, servers."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from programs.finding import Finding
from programs.syslog.spec import SyslogSpec
from programs.wish import Wish

_WIDE = 8
"""A range with a shorter mask is more than any private network ("Address Allocation for Private Internets", RFC 1918)."""


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about where the servers stand and who may send to them."""
    spec = wish.spec_as(SyslogSpec)
    yield from _place(wish, spec)
    yield from _networks(spec)
    yield from _protocols(spec)
    if spec.instances == 1:
        yield Finding(
            "WARNING",
            "one_server",
            "/spec/instances",
            "While the one server is replaced after a failure, nobody listens.",
            "Ask for two.",
        )


def _place(wish: Wish, spec: SyslogSpec) -> Iterator[Finding]:
    if wish.syslog is None:
        yield Finding(
            "ERROR",
            "no_place",
            "/environment",
            f"{wish.environment} has no place for syslog servers.",
            "An administrator adds a [syslog] table with network and image to the environment.",
        )
    elif "tls" in spec.protocols and wish.syslog.certificate_arn is None:
        yield Finding(
            "ERROR",
            "no_certificate",
            f"/spec/protocols/{spec.protocols.index('tls')}",
            f"{wish.environment} has no certificate for syslog over TLS.",
            "An administrator adds certificate_arn to the environment's [syslog] table.",
        )


def _networks(spec: SyslogSpec) -> Iterator[Finding]:
    ranges = [IPv4Network(text) for text in spec.networks]
    for index, network in enumerate(ranges):
        place = f"/spec/networks/{index}"
        if network.prefixlen < _WIDE:
            yield Finding(
                "WARNING",
                "network_wide",
                place,
                f"{network} lets half the world send.",
                "Name the networks that the clients are in.",
            )
        covering = [other for other in ranges if other != network and network.subnet_of(other)]
        if covering:
            yield Finding(
                "SUGGESTION",
                "network_covered",
                place,
                f"{network} is in {covering[0]} already.",
                "Leave one of them out.",
            )


def _protocols(spec: SyslogSpec) -> Iterator[Finding]:
    if "udp" in spec.protocols:
        yield Finding(
            "WARNING",
            "udp_loses",
            f"/spec/protocols/{spec.protocols.index('udp')}",
            "UDP loses messages when the network or a server is busy, and nobody notices.",
            "Use tcp or tls wherever the clients can.",
        )
    elif "tls" not in spec.protocols:
        yield Finding(
            "SUGGESTION",
            "not_encrypted",
            "/spec/protocols",
            "Messages cross the network in plain text.",
            "Use tls where the clients can.",
        )
