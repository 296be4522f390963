"""What a check found open that is meant to be shut. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from programs.finding import Finding
from service.exposure.documents import Resource, found, gather, opens
from service.exposure.intended import Intended
from service.exposure.report import report
from service.exposure.setting import Setting
from service.exposure.why import why

_TOLD = 4
"""Principals that a message names; the report has all."""


@dataclass(frozen=True)
class Opening:
    """Somebody who can do what nobody like them is meant to."""

    principal: str
    who: str
    act: str
    title: str
    why: str


@dataclass(frozen=True)
class Seen:
    """What a check saw of who has access: the changes by hand that bear on it, and what they open."""

    changes: tuple[dict[str, Any], ...]
    openings: tuple[Opening, ...]

    @property
    def message(self) -> str:
        """Who can do what through which statement, the first few of them."""
        by_who = [(who, list(group)) for who, group in groupby(self.openings, key=lambda each: each.who)]
        told = [f"{who}: {_acts(group)}. {group[0].why}" for who, group in by_who[:_TOLD]]
        rest = len(by_who) - _TOLD
        return " ".join([*told, f"And {rest} more." if rest > 0 else ""]).strip()

    @property
    def findings(self) -> list[dict[str, Any]]:
        """One finding for each principal, for the operation that looked."""
        hint = "See who can touch these logs; repair takes back what was changed by hand."
        return [
            asdict(Finding("WARNING", "access_widened", "", f"{who}: {_acts(list(group))}.", hint))
            for who, group in groupby(self.openings, key=lambda each: each.who)
        ]


def seen(setting: Setting, resources: Iterable[Resource], changes: Iterable[Mapping[str, Any]]) -> Seen:
    """What there is to know after a check that found `changes` in the stack's `resources` (see `documents.found`)."""
    bearing = tuple(dict(change) for change in changes if opens(change))
    documents = gather(found(list(resources), bearing))
    intended = Intended(setting, documents)
    openings = [
        Opening(principal.id, principal.title, act.id, act.title, why(act, verdict))
        for principal, act, verdict in report(setting, documents).allowed()
        if not intended.allows(principal, act.id)
    ]
    return Seen(bearing, tuple(openings))


def _acts(openings: list[Opening]) -> str:
    titles = [f"{each.title} ({each.act.rpartition('.')[0]})" for each in openings]
    told, rest = titles[:_TOLD], len(titles) - _TOLD
    return ", ".join(told).lower() + (f" and {rest} more" if rest > 0 else "")
