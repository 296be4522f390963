"""Which addresses a notification may go to: public ones. Nothing that is reached from inside alone is ever called for somebody.

The registries behind `ipaddress`: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-. An instance's
metadata is at 169.254.169.254 and fd00:ec2::254 ("Use the Instance Metadata Service", EC2 user guide): both are among them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from .undelivered import Undelivered

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]
"""The addresses of a name, as text. Raises OSError where it has none."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that a gateway goes on to."""
_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""RFC 6890: for protocols themselves. Not every version of `ipaddress` knows all of it as special."""
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"), IPv6Network("64:ff9b:1::/48"))
"""Teredo, 6to4 and local NAT64 hide where they lead."""


def is_public(address: Address) -> bool:
    """Whether this address is one of the open internet, itself and whatever it stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(address in network for network in _TUNNELS) or address.is_site_local:
            return False
    elif address in _PROTOCOLS:
        return False
    # Some reserved ranges, and every multicast group, count as global.
    return address.is_global and not address.is_multicast and not address.is_reserved


def checked(host: str, port: int, resolve: Resolve, *, loopback: bool) -> list[str]:
    """The addresses of a host, all of which may be called. `loopback`: this machine's own are allowed as well.

    A name with one forbidden address is refused altogether. Only these addresses may be connected to: the name could
    lead elsewhere a moment later.

    Raises:
        Undelivered: the name is unknown, or leads where nobody may be led.
    """
    try:
        found = [ip_address(text) for text in resolve(host, port)]
    except (OSError, ValueError) as error:
        raise Undelivered("the name of the receiver has no address") from error
    for address in found:
        if not is_public(address) and not (loopback and address.is_loopback):
            raise Undelivered(f"the receiver's address {address} is not a public one: it is not called")
    return list(dict.fromkeys(str(address) for address in found))


def resolved(host: str, port: int) -> list[str]:
    """What the system's resolver says, which also reads numbers in other spellings (`0x7f.1`, `2130706433`)."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope, as in fe80::1%eth0, says which link: no such address is public anyway.
    return [str(answer[4][0]).partition("%")[0] for answer in answers]
