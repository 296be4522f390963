"""How this machine gets to the load balancer of a syslog source."""

from __future__ import annotations

import json
import socket
import urllib.request
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Way:
    """Where to send to, and from which of our addresses; `seen_as` is what the other side takes that address for."""

    host: str
    port: int
    source: str
    seen_as: str


@dataclass(frozen=True)
class Listener:
    """What a load balancer listens on: its DNS name, `udp`, `tcp` or `tls`, and the port."""

    balancer: str
    protocol: str
    port: int


class Reach(Protocol):
    """Finds the way to a load balancer."""

    def way(self, to: Listener) -> Way | None:
        """The way to a listener; None: it is not known here."""
        ...


class Network:
    """By DNS, and by the address that the machine's routes would use."""

    def way(self, to: Listener) -> Way | None:
        """None where the name leads nowhere. No packet is sent: connecting a UDP socket only chooses a route."""
        try:
            host = str(socket.getaddrinfo(to.balancer, to.port, socket.AF_INET, socket.SOCK_DGRAM)[0][4][0])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect((host, to.port))
                own = str(probe.getsockname()[0])
        except OSError:
            return None
        return Way(host, to.port, own, own)


@dataclass(frozen=True)
class SandboxNetwork:
    """The sandbox says on which loopback port a listener is. A sender at 127.a.b.c counts as 10.a.b.c there."""

    url: str

    def way(self, to: Listener) -> Way | None:
        """None where nothing listens."""
        asked = urllib.request.Request(f"{self.url}/_sandbox/listening", method="POST")  # noqa: S310 - our own loopback URL.
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - likewise.
            listeners = json.load(answer)["listeners"]
        name = to.balancer.partition(".")[0].rpartition("-")[0]
        ports = (one["ports"].get(to.protocol) for one in listeners if one["load_balancer"] == name)
        found = next((at for at in ports if at), None)
        return None if found is None else Way("127.0.0.1", found, "127.0.0.1", "10.0.0.1")
