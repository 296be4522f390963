"""Lifecycle rules of a bucket: what they are about and when their actions are due. Pure.

Source: "Lifecycle configuration elements", "Transitioning objects using Amazon S3 Lifecycle" and "Expiring objects" in
the Amazon S3 User Guide. Rules are read from the XML that was written (`fixes.lifecycle` keeps it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SMALL = 128 * 1024
"""Bytes; smaller objects do not change their class, unless a rule or the bucket says otherwise."""
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_ORDER = (
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA"),
    *("GLACIER_IR", *ARCHIVES),
)
"""Transitions go down this list only."""


@dataclass(frozen=True)
class Wait:
    """Days of an age, or a date; with a number of newer noncurrent versions that stay."""

    days: int = 0
    date: datetime | None = None
    newer: int = 0

    def over(self, since: datetime, now: datetime) -> bool:
        """Whether it is over at the midnight `now`: an age ends at the midnight after its last day."""
        if self.date is not None:
            return now >= self.date
        end = since + timedelta(days=self.days)
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        return now >= (midnight if midnight == end else midnight + timedelta(days=1))


@dataclass(frozen=True)
class Rule:
    """One enabled rule. Transitions are storage classes with their waits."""

    prefix: str
    tags: frozenset[tuple[str, str]]
    larger: int | None
    smaller: int | None
    expiration: Wait | None
    expired_markers: bool
    transitions: tuple[tuple[str, Wait], ...]
    noncurrent_expiration: Wait | None
    noncurrent_transitions: tuple[tuple[str, Wait], ...]
    abort: Wait | None

    def about(self, name: str, size: int, tags: Mapping[str, str]) -> bool:
        """Whether an object of this name, size (bytes) and tags is one of the rule's."""
        return (
            name.startswith(self.prefix)
            and self.tags <= set(tags.items())
            and (self.larger is None or size > self.larger)
            and (self.smaller is None or size < self.smaller)
        )

    def may_move(self, size: int, storage_class: str, default_minimum: str) -> bool:
        """Whether an object of this size is moved to that class (TransitionDefaultMinimumObjectSize)."""
        if size >= SMALL or self.larger is not None or self.smaller is not None:
            return True
        return default_minimum == "varies_by_storage_class" and storage_class in ARCHIVES


def rules_of(written: list[dict[str, Any]]) -> list[Rule]:
    """The enabled rules of a configuration."""
    return [_rule(rule) for rule in written if rule.get("Status") == "Enabled"]


def lower(now: str, wanted: str) -> bool:
    """Whether lifecycle moves objects from one class to the other."""
    if (now, wanted) == ("ONEZONE_IA", "GLACIER_IR"):
        return False
    return _ORDER.index(wanted) > _ORDER.index(now)


def _rule(rule: dict[str, Any]) -> Rule:
    outer = rule.get("Filter") or {}
    where = outer.get("And") or outer
    expiration = rule.get("Expiration") or {}
    return Rule(
        prefix=where.get("Prefix") or rule.get("Prefix") or "",
        tags=frozenset((tag["Key"], tag.get("Value") or "") for tag in _listed(where.get("Tag"))),
        larger=_number(where.get("ObjectSizeGreaterThan")),
        smaller=_number(where.get("ObjectSizeLessThan")),
        expiration=_wait(expiration) if expiration.keys() & {"Days", "Date"} else None,
        expired_markers=expiration.get("ExpiredObjectDeleteMarker") == "true",
        transitions=_moves(rule.get("Transition")),
        noncurrent_expiration=_optional_wait(rule.get("NoncurrentVersionExpiration")),
        noncurrent_transitions=_moves(rule.get("NoncurrentVersionTransition")),
        abort=_optional_wait(rule.get("AbortIncompleteMultipartUpload")),
    )


def _moves(written: Any) -> tuple[tuple[str, Wait], ...]:
    return tuple((move["StorageClass"], _wait(move)) for move in _listed(written))


def _optional_wait(action: dict[str, Any] | None) -> Wait | None:
    return _wait(action) if action else None


def _wait(action: dict[str, Any]) -> Wait:
    days = action.get("Days") or action.get("NoncurrentDays") or action.get("DaysAfterInitiation") or 0
    date = action.get("Date")
    return Wait(
        int(days),
        datetime.fromisoformat(date.replace("Z", "+00:00")).replace(tzinfo=None) if date else None,
        int(action.get("NewerNoncurrentVersions") or 0),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
