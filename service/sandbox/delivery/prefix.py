"""The key of an object that Firehose writes. Pure.

Rules: "Understand custom prefixes for Amazon S3 objects" and "Configure Amazon S3 object name format", Amazon
Data Firehose Developer Guide.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

EXPRESSION = re.compile(r"!\{([^{}:]*):([^{}]*)\}")
DEFAULT_TIMESTAMP = "!{timestamp:yyyy/MM/dd/HH/}"
MAX_EVALUATED = 512
"""Characters of a prefix after it was evaluated."""

_RUN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")


class InvalidPrefix(ValueError):
    """The prefix breaks one of AWS's rules, or uses what the sandbox does not simulate."""


def random_string() -> str:
    """Eleven characters, as ``!{firehose:random-string}`` evaluates to."""
    return secrets.token_hex(6)[:11]


@dataclass(frozen=True)
class Moment:
    """When, in which time zone, and what else an expression may ask for."""

    at: datetime
    """Approximate arrival of the oldest record of the object; aware."""
    zone: str = "UTC"
    error_type: str | None = None
    """``processing-failed``, ``decompression-failed``; only an error prefix may ask for it."""
    random: Callable[[], str] = random_string

    @property
    def local(self) -> datetime:
        """The moment in the stream's own time zone (``CustomTimeZone``)."""
        return self.at.astimezone(ZoneInfo(self.zone))


def object_key(prefix: str, moment: Moment, *, stream: str, version: str, unique: str, extension: str) -> str:
    """`<evaluated prefix><stream>-<version>-yyyy-MM-dd-HH-mm-ss-<unique><extension>`.

    :raises InvalidPrefix: the prefix cannot be evaluated.
    """
    stamp = java_date("yyyy-MM-dd-HH-mm-ss", moment.local)
    return f"{data_prefix(prefix, moment)}{stream}-{version}-{stamp}-{unique}{extension}"


def error_key(
    prefix: str, error_prefix: str, moment: Moment, *, stream: str, version: str, unique: str, extension: str
) -> str:
    """Like `object_key`, for records that could not be processed; `moment.error_type` says why they could not."""
    stamp = java_date("yyyy-MM-dd-HH-mm-ss", moment.local)
    if error_prefix:
        evaluated = evaluate(error_prefix, moment)
    else:
        evaluated = evaluate(f"{prefix}{moment.error_type}/{DEFAULT_TIMESTAMP}", moment)
    return f"{evaluated}{stream}-{version}-{stamp}-{unique}{extension}"


def data_prefix(prefix: str, moment: Moment) -> str:
    """The evaluated `Prefix`; one without a timestamp expression gets ``yyyy/MM/dd/HH/`` appended."""
    if not any(namespace == "timestamp" for namespace, _ in EXPRESSION.findall(prefix)):
        prefix += DEFAULT_TIMESTAMP
    return evaluate(prefix, moment)


def evaluate(prefix: str, moment: Moment) -> str:
    """`prefix` with every expression replaced by its value.

    :raises InvalidPrefix: an unknown expression, a stray ``!{``, or more than 512 characters.
    """
    evaluated = EXPRESSION.sub(lambda found: _value(found[1], found[2], moment), prefix)
    if "!{" in EXPRESSION.sub("", prefix):
        raise InvalidPrefix("the sequence !{ may only appear in !{namespace:value} expressions")
    if len(evaluated) > MAX_EVALUATED:
        raise InvalidPrefix(
            f"a prefix may have {MAX_EVALUATED} characters after evaluation, not {len(evaluated)}"
        )
    return evaluated


def check(prefix: str, error_prefix: str) -> None:
    """Refuse what CreateDeliveryStream and UpdateDestination refuse.

    :raises InvalidPrefix: with the rule that is broken.
    """
    if "firehose:error-output-type" in prefix:
        raise InvalidPrefix("Prefix cannot contain !{firehose:error-output-type}")
    if EXPRESSION.search(prefix) and not error_prefix:
        raise InvalidPrefix("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions")
    if EXPRESSION.search(error_prefix) and "!{firehose:error-output-type}" not in error_prefix:
        raise InvalidPrefix(
            "ErrorOutputPrefix must contain !{firehose:error-output-type} when it has expressions"
        )
    sample = Moment(datetime.fromisoformat("2018-08-27T10:30:00+00:00"), error_type="processing-failed")
    evaluate(prefix, sample)
    evaluate(error_prefix, sample)


def _value(namespace: str, value: str, moment: Moment) -> str:
    if namespace == "timestamp":
        return java_date(value, moment.local)
    if (namespace, value) == ("firehose", "random-string"):
        return moment.random()
    if (namespace, value) == ("firehose", "error-output-type") and moment.error_type:
        return moment.error_type
    raise InvalidPrefix(f"!{{{namespace}:{value}}} is not simulated, or not allowed here")


def java_date(pattern: str, at: datetime) -> str:
    """`at` by a Java ``DateTimeFormatter`` pattern; the letters y u M d D H h m s S E a, and text in quotes.

    :raises InvalidPrefix: another pattern letter, or a quote that is not closed.
    """
    parts: list[str] = []
    end = 0
    for run in _RUN.finditer(pattern):
        if run.start() != end:
            break
        parts.append(_run(run[0], at))
        end = run.end()
    if end != len(pattern):
        raise InvalidPrefix(f"a quote is not closed in {pattern!r}")
    return "".join(parts)


def _run(text: str, at: datetime) -> str:
    letter, width = text[0], len(text)
    if letter == "'":
        return "'" if text == "''" else text[1:-1].replace("''", "'")
    if not letter.isalpha():
        return text
    if letter in "yu":
        return f"{at.year % 100:02d}" if width == 2 else f"{at.year:0{width}d}"
    if letter in "ME" and width >= 3:
        name = at.strftime("%B" if letter == "M" else "%A")
        return name[:3] if width == 3 else name
    if letter == "E":
        return at.strftime("%a")
    if letter == "a":
        return at.strftime("%p")
    if letter == "S":
        return f"{at.microsecond:06d}".ljust(width, "0")[:width]
    numbers = {
        "M": at.month, "d": at.day, "D": at.timetuple().tm_yday, "H": at.hour, "h": (at.hour - 1) % 12 + 1,
        "m": at.minute, "s": at.second,
    }  # fmt: skip
    if letter not in numbers:
        raise InvalidPrefix(f"the pattern letter {letter!r} is not simulated")
    return f"{numbers[letter]:0{width}d}"
