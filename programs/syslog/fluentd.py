"""The configuration of the Fluentd of a syslog source: a model, and how it is written. Pure.

What may be set and what it means is in the Fluentd documentation: "syslog" and "monitor_agent" (input plugins), "Config: Buffer
Section", "Config: Inject Section", "Configuration File Syntax"; and in `docs/output.md` and `docs/credentials.md` of
fluent/fluent-plugin-s3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LISTEN_PORT = 5140
"""Above 1024, so that Fluentd needs no right to privileged ports; the load balancer listens where clients send."""
HEALTH_PORT = 24220
HEALTH_PATH = "/api/plugins.json"
MESSAGE_BYTES = 65535
"""Of one message. Fluentd cuts at 2048 if it is not told otherwise; a UDP datagram cannot hold more than this."""
WAIT_SECONDS = 5
"""How long after the end of its slice of time a chunk still takes messages that are late."""

_PLAIN = re.compile(r"[A-Za-z0-9_%{}.:/@,*$+-]+")


@dataclass(frozen=True)
class Section:
    """`<name argument> … </name>`: parameters in the order they are written, then sections."""

    name: str
    argument: str = ""
    params: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class SyslogInput:
    """`in_syslog`: RFC 3164 and RFC 5424, told apart message by message; what is neither is kept as it came."""

    transport: Literal["udp", "tcp"]
    port: int = LISTEN_PORT

    def section(self) -> Section:
        """Its `<source>`."""
        params = {
            "@type": "syslog",
            "@id": f"syslog_{self.transport}",
            "bind": "0.0.0.0",  # noqa: S104 - the security group lets only the load balancer in.
            "port": str(self.port),
            "tag": "syslog",
            "message_length_limit": str(MESSAGE_BYTES),
            "emit_unmatched_lines": "true",
            "facility_key": "facility",
            "severity_key": "severity",
            "source_address_key": "source_address",
        }
        parse = Section("parse", params=(("@type", "syslog"), ("message_format", "auto")))
        return Section("source", "", tuple(params.items()), (Section("transport", self.transport), parse))


@dataclass(frozen=True)
class HealthInput:
    """`in_monitor_agent`: answers the load balancer's health checks, and tells nobody its configuration."""

    port: int = HEALTH_PORT

    def section(self) -> Section:
        """Its `<source>`."""
        params = {
            "@type": "monitor_agent",
            "@id": "health",
            "bind": "0.0.0.0",  # noqa: S104 - the security group lets only the load balancer in.
            "port": str(self.port),
            "include_config": "false",
        }
        return Section("source", "", tuple(params.items()))


@dataclass(frozen=True)
class FileBuffer:
    """A buffer on disk that outlives Fluentd, is emptied when Fluentd ends, and is never thrown away."""

    path: str
    seconds: int
    total_mib: int

    def section(self) -> Section:
        """Its `<buffer>`. A full buffer holds senders up (TCP, TLS) instead of dropping what it has."""
        params = {
            "@type": "file",
            "path": self.path,
            "timekey": f"{self.seconds}s",
            "timekey_wait": f"{WAIT_SECONDS}s",
            "timekey_use_utc": "true",
            "chunk_limit_size": "64m",
            "total_limit_size": f"{self.total_mib}m",
            "overflow_action": "block",
            "flush_at_shutdown": "true",
            "retry_forever": "true",
            "retry_max_interval": "60s",
        }
        return Section("buffer", "time", tuple(params.items()))


@dataclass(frozen=True)
class S3Output:
    """`out_s3`: gzip, one JSON record a line, under keys that nobody else writes.

    It makes no bucket and asks for nothing that would need more than PutObject: no look at the bucket, at the object or for
    others, no access list. Encryption is the bucket's default, which is the store's key.
    """

    bucket: str
    region: str
    prefix: str
    """Of every key, with a slash at its end."""
    buffer: FileBuffer

    def section(self) -> Section:
        """Its `<match>`: what the inputs take in, and not what Fluentd says about itself (`fluent.**`)."""
        params = {
            "@type": "s3",
            "@id": "store",
            "s3_bucket": self.bucket,
            "s3_region": self.region,
            "path": f"{self.prefix}%Y/%m/%d/%H/",
            "s3_object_key_format": "%{path}%{time_slice}_%{uuid_flush}.%{file_extension}",
            "time_slice_format": "%Y%m%d-%H%M%S",
            "store_as": "gzip",
            "auto_create_bucket": "false",
            "check_bucket": "false",
            "check_object": "false",
            "check_apikey_on_start": "false",
        }
        inject = {
            "time_key": "time",
            "time_type": "string",
            "time_format": "%Y-%m-%dT%H:%M:%S.%NZ",
            "localtime": "false",
        }
        sections = (
            Section("instance_profile_credentials"),
            Section("format", params=(("@type", "json"),)),
            Section("inject", params=tuple(inject.items())),
            self.buffer.section(),
        )
        return Section("match", "syslog.**", tuple(params.items()), sections)


@dataclass(frozen=True)
class Configuration:
    """All of one Fluentd."""

    inputs: tuple[SyslogInput | HealthInput, ...]
    output: S3Output

    def sections(self) -> tuple[Section, ...]:
        """What the file says, from top to bottom."""
        return (*(one.section() for one in self.inputs), self.output.section())


def render(configuration: Configuration) -> str:
    """The file: the same text for the same configuration, two spaces a level."""
    return "\n\n".join("\n".join(_lines(section, "")) for section in configuration.sections()) + "\n"


def _lines(section: Section, indent: str) -> Iterator[str]:
    yield f"{indent}<{' '.join(filter(None, (section.name, section.argument)))}>"
    for name, value in section.params:
        yield f"{indent}  {name} {_literal(value)}"
    for inner in section.sections:
        yield from _lines(inner, indent + "  ")
    yield f"{indent}</{section.name}>"


def _literal(value: str) -> str:
    """Single quotes where it is not plain: between double ones Fluentd would run `#{…}` as Ruby.

    Raises:
        ValueError: a value with a line break, which no literal can hold.
    """
    if "\n" in value:
        raise ValueError("a parameter of Fluentd is one line")
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
