"""What may be asked for: ports, networks and protocols that a load balancer takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from programs.findings import check
from programs.syslog.spec import SyslogSpec
from tests.programs.syslog.wishes import syslog_wish
from tests.programs.wishes import SYSLOG_PLACE


def spec(**asked: Any) -> SyslogSpec:
    return SyslogSpec.model_validate({"networks": ["10.0.0.0/8"], **asked})


@given(st.integers(-1, 70000))
def test_a_port_is_syslog_s_own_or_nobody_s(port: int) -> None:
    allowed = port == 514 or 1024 <= port <= 65535
    try:
        spec(port=port)
    except ValidationError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    "asked",
    [
        {"networks": []},
        {"networks": ["10.0.0.1/8"]},
        {"networks": ["fd00::/8"]},
        {"networks": ["office"]},
        {"networks": ["10.0.0.0/8", "10.0.0.0/8"]},
        {"networks": [f"10.{n}.0.0/16" for n in range(21)]},
        {"protocols": []},
        {"protocols": ["tcp", "tcp"]},
        {"protocols": ["sctp"]},
        {"protocols": ["tcp", "tls"], "port": 6514},
        {"instance_type": "huge"},
        {"instances": 0},
        {"buffer_seconds": 5},
    ],
)
def test_what_no_load_balancer_takes_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(**asked)


def test_tls_alone_may_have_any_port() -> None:
    assert spec(protocols=["tls"], port=6514).tls_port == 6514


def said(asked: dict[str, Any] | None = None, **changes: Any) -> dict[str, tuple[str, str]]:
    """Findings by code: severity and field."""
    return {each.code: (each.severity, each.field) for each in check(syslog_wish(asked, **changes))}


def test_an_environment_without_a_place_has_no_servers() -> None:
    assert said(syslog=None)["no_place"] == ("ERROR", "/environment")
    assert "no_place" not in said()


def test_tls_needs_a_certificate() -> None:
    place = SYSLOG_PLACE | {"certificate_arn": None}
    assert said({"protocols": ["tcp", "tls"]}, syslog=place)["no_certificate"] == (
        "ERROR",
        "/spec/protocols/1",
    )
    assert "no_certificate" not in said({"protocols": ["tcp"]}, syslog=place)


def test_what_loses_messages_or_lets_too_many_in_is_said() -> None:
    found = said({"protocols": ["udp"], "networks": ["0.0.0.0/0", "10.0.0.0/8"], "instances": 1})
    assert found["udp_loses"] == ("WARNING", "/spec/protocols/0")
    assert found["network_wide"] == ("WARNING", "/spec/networks/0")
    assert found["network_covered"] == ("SUGGESTION", "/spec/networks/1")
    assert found["one_server"] == ("WARNING", "/spec/instances")
    assert said({"protocols": ["tcp"]})["not_encrypted"] == ("SUGGESTION", "/spec/protocols")
