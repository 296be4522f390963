"""A syslog message as `in_syslog` of Fluentd makes a record of it, with `message_format auto`. Pure.

Sources: "syslog" (input plugins), Fluentd documentation; RFC 3164, section 4.1, and RFC 5424, section 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "at", *(f"local{n}" for n in range(8))),
)
SEVERITIES = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")

_RFC5424 = re.compile(
    r"<(?P<pri>\d{1,3})>[1-9]\d{0,2} (?P<time>\S+) (?P<host>\S{1,255}) (?P<ident>\S{1,48}) (?P<pid>\S{1,128})"
    r" (?P<msgid>\S{1,32}) (?P<extradata>-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (?P<message>.*))?",
    re.DOTALL,
)
_RFC3164 = re.compile(
    r"<(?P<pri>\d{1,3})>(?P<time>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d) (?P<host>\S+)"
    r" (?P<ident>[^\s:\[]*)(?:\[(?P<pid>\d+)\])?:? *(?P<message>.*)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Event:
    """One record and its time (Unix seconds)."""

    tag: str
    time: float
    record: dict[str, str]


def event_of(line: bytes, tag: str, received: datetime) -> Event:
    """The event of a message without its frame; one that is no syslog is kept as `unmatched_line`."""
    text = line.decode("utf-8", "replace")
    match = _RFC5424.fullmatch(text) or _RFC3164.fullmatch(text)
    at = _time_of(match["time"], received) if match else None
    if match is None or at is None or int(match["pri"]) > 191:
        return Event(f"{tag}.unmatched", received.timestamp(), {"unmatched_line": text})
    facility, severity = FACILITIES[int(match["pri"]) >> 3], SEVERITIES[int(match["pri"]) & 7]
    fields = {name: value for name, value in match.groupdict().items() if value is not None}
    record = {name: value for name, value in fields.items() if name not in ("pri", "time")}
    return Event(
        f"{tag}.{facility}.{severity}",
        at.timestamp(),
        {**record, "facility": facility, "severity": severity},
    )


def _time_of(text: str, received: datetime) -> datetime | None:
    """RFC 3164 says neither year nor zone: those of the instance, which runs in UTC."""
    try:
        if text[0].isdigit():
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else None
        stamp = f"{received.year} {' '.join(text.split())} +0000"
        return datetime.strptime(stamp, "%Y %b %d %H:%M:%S %z")
    except ValueError:
        return None
