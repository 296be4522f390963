"""What the `syslog` kind can be asked for."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from programs.spec import ADVANCED
from programs.store.spec import StoreSpec
from programs.syslog.fluentd import WAIT_SECONDS

FLUSH_SECONDS = 900
"""How long a server that goes may take to flush; it is gone as soon as it says that it has."""

SYSLOG_PORT = 514


def _network(text: str) -> str:
    """A range in its one spelling; the load balancer has IPv4 addresses alone."""
    try:
        return str(IPv4Network(text))
    except ValueError as error:
        raise ValueError(f"{text} is no IPv4 range like 10.20.0.0/16: {error}") from error


def _port(port: int) -> int:
    if port != SYSLOG_PORT and port < 1024:
        raise ValueError(f"{SYSLOG_PORT}, which many devices cannot change, or 1024 to 65535")
    return port


Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535), AfterValidator(_port)]
"""The port below 1024 that is syslog's own (RFC 5426, RFC 3164), and the ports that are nobody's. The load balancer listens
there; Fluentd itself needs no right to a privileged port."""


class SyslogSpec(StoreSpec):
    """Clients -> network load balancer -> instances with Fluentd -> store."""

    networks: tuple[Network, ...] = Field(
        min_length=1,
        max_length=20,  # Three protocols each: a security group has 60 rules ("Amazon VPC quotas").
        title="Networks",
        description="IPv4 ranges that may send, like 10.20.0.0/16; everybody else is kept out.",
    )
    protocols: tuple[Literal["udp", "tcp", "tls"], ...] = Field(
        default=("tcp",),
        min_length=1,
        max_length=3,
        title="Protocols",
        description="How clients send. udp loses messages when the network or a server is busy.",
    )
    port: Port = Field(
        default=SYSLOG_PORT,
        title="Port",
        description="Of udp and tcp: 514, or 1024 to 65535.",
    )
    tls_port: Port = Field(
        default=6514,
        title="TLS port",
        json_schema_extra=ADVANCED,
        description="Of tls: 514, or 1024 to 65535.",
    )
    instances: int = Field(
        default=2,
        ge=1,
        le=20,
        title="Instances",
        json_schema_extra=ADVANCED,
        description="Servers that run at any time.",
    )
    instance_type: str = Field(
        default="t3.small",
        pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$",
        max_length=40,
        title="Instance type",
        json_schema_extra=ADVANCED,
        description="Of the servers, like t3.small; its architecture must be the image's.",
    )
    buffer_seconds: int = Field(
        default=60,
        ge=10,
        le=900,
        title="Deliver after at most (seconds)",
        json_schema_extra=ADVANCED,
        description="An object for each server and each slice of so many seconds.",
    )
    buffer_gib: int = Field(
        default=20,
        ge=4,
        le=1000,
        title="Buffer (GiB)",
        json_schema_extra=ADVANCED,
        description="Encrypted volume of each server, for when the store cannot be reached.",
    )

    @property
    def drain_seconds(self) -> int:
        """As long as a server may hold its end to flush: the writer is taken away afterwards."""
        return max(self.buffer_seconds + WAIT_SECONDS, FLUSH_SECONDS)

    @property
    def hears_networks(self) -> tuple[str, ...]:
        """The networks as they were asked for."""
        return self.networks

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, given in (("networks", self.networks), ("protocols", self.protocols)):
            twice = sorted({one for one in given if given.count(one) > 1})
            if twice:
                raise ValueError(f"{what} named more than once: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        # A load balancer has one listener a port ("CreateListener", Elastic Load Balancing API reference).
        if "tls" in self.protocols and len(self.protocols) > 1 and self.port == self.tls_port:
            raise ValueError(f"port and tls_port are both {self.port}: tls needs a port of its own")
        return self
