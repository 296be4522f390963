"""What happens when somebody changes a stack by hand: who is looked at when, what is put back, what does not matter. Pure.

{"mode": "repair", "every": "PT6H",
 "window": {"start": "22:00", "end": "05:00", "zone": "Europe/Paris"},
 "ignore": [{"type": "aws:s3/*", "path": "tags.Owner", "value": "finance"}]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

SHORTEST_WINDOW = timedelta(minutes=30)
"""Checks wait for their turn, and a window has to be open when it comes."""

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A time of day, as `22:00`."""

_FIRST = r"[A-Za-z_][\w-]*"
_NEXT = r'[^.\[\]"\s*]+'
_PATH = re.compile(rf'{_FIRST}(\.({_NEXT}|\*)|\[(\d+|\*|"[^"]*")\])*')
_SEGMENT = re.compile(r'([^.\[\]"]+)|\[(\d+|\*)\]|\["([^"]*)"\]')


class _Frozen(BaseModel):
    """Immutable, and strict about names so that a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(_Frozen):
    """The hours of each day in which automatic checks and repairs begin, by the clock on the wall of a zone.

    Where `end` is not after `start`, it is the next day's.
    """

    start: Clock
    end: Clock
    zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="A name of the IANA time zone database, such as Europe/Paris."
    )

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            # OSError is the answer to the name of a folder of the database.
            raise ValueError("no such time zone; one is named as in Europe/Paris") from error
        return zone

    @model_validator(mode="after")
    def _is_long_enough(self) -> Self:
        if self.length < SHORTEST_WINDOW:
            raise ValueError("the window must be open for 30 minutes or more")
        return self

    @property
    def length(self) -> timedelta:
        """How long it is open on a day without a change of the clocks; zero where start and end are the same."""
        minutes = (_minutes(self.end) - _minutes(self.start)) % (24 * 60)
        return timedelta(minutes=minutes)

    def contains(self, moment: datetime) -> bool:
        """Whether the window is open: the clock on the wall alone decides, also on the days when it is changed."""
        local = moment.astimezone(ZoneInfo(self.zone))
        at = local.hour * 60 + local.minute
        return (at - _minutes(self.start)) % (24 * 60) < self.length // timedelta(minutes=1)

    def opening(self, after: datetime) -> datetime:
        """The first opening after a moment, in UTC."""
        zone = ZoneInfo(self.zone)
        today = after.astimezone(zone).date()
        start = time.fromisoformat(self.start)
        days = (today + timedelta(days=number) for number in range(-1, 4))
        # A start that the clocks skip is taken by the offset before the change, and so a little later on the wall.
        starts = (datetime.combine(day, start, zone).astimezone(UTC) for day in days)
        return next(at for at in starts if at > after and self.contains(at))


class IgnoreRule(_Frozen):
    """Drift that does not matter: of resources of a type, at a property path and below it, with a value where one is said.

    It can hide changed values alone: a resource that is gone, or that only a replacement would mend, is always told.
    """

    type: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9:/*?-]+$")] = (
        "*"
    )
    """Pulumi's type; `*` and `?` as in file names."""
    path: Annotated[str, StringConstraints(max_length=512)] = Field(
        description='Such as tags.Owner, rules[0].expiration, rules[*] or tags["a.b"]; what is below it is ignored too.'
    )
    value: Any = Field(default=None, description="What is there; left out: whatever is there.")

    @field_validator("path")
    @classmethod
    def _is_a_path(cls, path: str) -> str:
        if not _PATH.fullmatch(path):
            raise ValueError(
                'not a property path; one looks like tags.Owner, rules[*].expiration or tags["a.b"]'
            )
        return path

    @model_serializer(mode="wrap")
    def _without_what_was_not_said(self, write: Any) -> dict[str, Any]:
        """A value of null means that nothing is there, which is not the same as no value."""
        told: dict[str, Any] = write(self)
        return told if "value" in self.model_fields_set else {k: v for k, v in told.items() if k != "value"}

    def covers(self, kind: str, prop: Mapping[str, Any]) -> bool:
        """Whether a changed property {path, new} of a resource of this type is of no interest."""
        if prop.get("replaces") or not fnmatchcase(kind, self.type):
            return False
        if "value" in self.model_fields_set and prop.get("new") != self.value:
            return False
        wanted, found = segments(self.path), segments(prop["path"])
        return len(wanted) <= len(found) and all(
            want in ("*", name) for want, name in zip(wanted, found, strict=False)
        )


class DriftPolicy(_Frozen):
    """What happens when somebody changes a stack by hand; `every` is an ISO 8601 duration."""

    mode: Literal["report", "repair", "off"] = "report"
    every: timedelta = Field(
        default=timedelta(hours=6),
        ge=timedelta(minutes=5),
        le=timedelta(days=30),
        description="Time between checks.",
    )
    window: Window | None = Field(default=None, description="Left out: at any time.")
    ignore: tuple[IgnoreRule, ...] = Field(
        default=(), max_length=100, description="Drift that is not reported; a path alone is a rule too."
    )

    @field_validator("ignore", mode="before")
    @classmethod
    def _paths_are_rules(cls, rules: Any) -> Any:
        if not isinstance(rules, list | tuple):
            return rules
        return [{"path": rule} if isinstance(rule, str) else rule for rule in rules]

    @field_serializer("every", when_used="json")
    def _iso(self, every: timedelta) -> str:
        """One spelling for each duration, so that equal policies are stored equal."""
        seconds = int(every.total_seconds())
        hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
        return "PT" + "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)

    @model_serializer(mode="wrap")
    def _without_an_empty_window(self, write: Any) -> dict[str, Any]:
        told: dict[str, Any] = write(self)
        return {key: value for key, value in told.items() if key != "window" or value is not None}

    def ignores(self, urn: str, op: str, prop: Mapping[str, Any]) -> bool:
        """Whether a rule covers a changed property of a change {urn, op}; never of a deletion or a replacement."""
        return op == "update" and any(rule.covers(kind_of(urn), prop) for rule in self.ignore)


def policy_of(stored: Mapping[str, Any]) -> DriftPolicy:
    """The policy of a row. One that cannot be read any more (a zone that is gone) is the standing one: nobody stops looking."""
    try:
        return DriftPolicy.model_validate(stored)
    except ValidationError:
        return DriftPolicy()


def segments(path: str) -> list[str]:
    """The parts of a property path: names, indices, and `*` for any."""
    return [name or index or quoted for name, index, quoted in _SEGMENT.findall(path)]


def kind_of(urn: str) -> str:
    """The Pulumi type in a URN, without its parents'."""
    return urn.split("::")[2].rpartition("$")[2]


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
