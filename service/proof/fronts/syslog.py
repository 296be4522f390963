"""A marked message to the load balancer, by each protocol, where this machine may send one.

A message over UDP that nobody lets in is lost without a word, and so is proof of anything: only where our own address is in
one of the source's networks is something sent. Messages are RFC 5424's, over TCP ended by a newline (RFC 6587, 3.4.2).
"""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network

from programs.syslog.spec import SyslogSpec
from service.proof.reach import Listener, Way
from service.proof.state import Marked

from .sending import Errand, Sent, not_provable

SECONDS = 5.0
"""How long a load balancer may take to answer."""


def send(errand: Errand) -> Sent:
    """One message a protocol, or none at all where one of them cannot be sent from here."""
    spec, balancer = errand.view.wish.spec_as(SyslogSpec), str(errand.outputs.get("endpoint", ""))
    ports = {protocol: spec.tls_port if protocol == "tls" else spec.port for protocol in spec.protocols}
    ways = {
        protocol: errand.reach.way(Listener(balancer, protocol, port)) for protocol, port in ports.items()
    }
    marks = []
    for number, (protocol, way) in enumerate(ways.items()):
        if way is None or not _let_in(spec, way):
            return _from_elsewhere(spec, "is in none of the source's networks" if way else "does not find it")
        mark = f"{errand.marker}.{number}."
        try:
            _send(protocol, way, _message(mark))
        except OSError as error:
            return _from_elsewhere(spec, f"does not reach it ({type(error).__name__})")
        marks.append(Marked(front=f"{balancer}:{ports[protocol]} ({protocol})", mark=mark))
    return Sent(tuple(marks))


def _from_elsewhere(spec: SyslogSpec, why: str) -> Sent:
    return not_provable(
        "/spec/networks",
        f"The load balancer is for {', '.join(spec.networks)}; logflume's worker {why}.",
        "Send a message from there, and look for it in the store; or let a worker run in one of these networks.",
    )


def _let_in(spec: SyslogSpec, way: Way) -> bool:
    return any(IPv4Address(way.seen_as) in IPv4Network(network) for network in spec.networks)


def _message(mark: str) -> str:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return f"<14>1 {at} logflume logflume - proof - {mark}"


def _send(protocol: str, way: Way, message: str) -> None:
    if protocol == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.bind((way.source, 0))
            datagram.sendto(message.encode(), (way.host, way.port))
        return
    with socket.create_connection((way.host, way.port), SECONDS, (way.source, 0)) as plain:
        with _wrapped(plain) if protocol == "tls" else plain as stream:
            stream.sendall(f"{message}\n".encode())


def _wrapped(plain: socket.socket) -> ssl.SSLSocket:
    """The certificate is for a name of the owner's; nothing secret is sent, and nothing that comes back is read."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)
