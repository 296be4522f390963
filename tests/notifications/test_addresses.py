"""Only public addresses are called, however they are spelt and whatever names lead to them."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from service.notifications.addresses import checked, resolved
from service.notifications.undelivered import Undelivered

FORBIDDEN = (
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it: it is refused.
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001:0:53aa:64c::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
)
PUBLIC = (
    "93.184.215.14",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "64:ff9b::5db8:d70e",
    "::ffff:93.184.215.14",
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(Undelivered, match="not a public one"):
        checked("hooks.example.com", 443, lambda *_: [address], loopback=False)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_one_forbidden_address_among_public_ones_is_enough(address: str) -> None:
    with pytest.raises(Undelivered):
        checked("hooks.example.com", 443, lambda *_: [PUBLIC[0], address], loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address: str) -> None:
    found = checked("hooks.example.com", 443, lambda *_: [address, address], loopback=False)
    assert [ip_address(text) for text in found] == [ip_address(address)]


@pytest.mark.parametrize(
    "spelling",
    [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "0",
        "2852039166",
        "localhost",
        "::1",
        "::ffff:7f00:1",
    ],
)
def test_other_spellings_are_read_by_the_system_before_they_are_judged(spelling: str) -> None:
    with pytest.raises(Undelivered, match="not a public one"):
        checked(spelling, 443, resolved, loopback=False)


def test_the_sandboxs_setting_opens_this_machine_and_nothing_else() -> None:
    assert checked("localhost", 80, lambda *_: ["127.0.0.1", "::1"], loopback=True) == ["127.0.0.1", "::1"]
    with pytest.raises(Undelivered):
        checked("a", 80, lambda *_: ["169.254.169.254"], loopback=True)


def test_a_name_without_address_is_said_to_have_none() -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(Undelivered, match="has no address"):
        checked("nobody.example.com", 443, unknown, loopback=False)
