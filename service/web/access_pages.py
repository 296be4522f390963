"""Who can touch the logs of a source, as a page: everybody at a glance, and one of them in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from service import queries
from service.errors import NotFound
from service.exposure import NOT_SEEN
from service.exposure.acts import Act, Family
from service.exposure.principals import Principal
from service.exposure.stored import Basis, Stored, stored
from service.exposure.why import why

from .deps import CallerDep, EnvironmentsDep, transaction
from .render import PageRoute, page
from .words import Badge

router = APIRouter(route_class=PageRoute, include_in_schema=False)

FAMILIES: Final[dict[Family, str]] = {
    "write": "Write logs",
    "read": "Read",
    "delete": "Delete",
    "settings": "Change settings",
    "use key": "Use the key",
    "keep key": "Keep the key",
    "messages": "Messages",
    "roles": "Roles",
}
_THINGS: Final = {"store": "The store", "copy": "The copy", "key": "The key", "copy-key": "The copy's key"}
_NO = Badge("✕", "no", "quiet")
_YES = Badge("✓", "yes", "good")
_OPEN = Badge("!", "yes, and is not meant to", "bad")


@dataclass(frozen=True)
class Cell:
    """How much of a family somebody may do: `of` acts, `count` of them allowed."""

    badge: Badge
    count: int
    of: int


@dataclass(frozen=True)
class Line:
    """One principal at a glance, a cell for each family."""

    principal: Principal
    cells: list[Cell]


@dataclass(frozen=True)
class Answer:
    """One act of one principal, in full."""

    act: Act
    badge: Badge
    why: str


@router.get("/sources/{source_id}/access")
def access(
    request: Request,
    source_id: str,
    _: CallerDep,
    environments: EnvironmentsDep,
    who: Annotated[str, Query(max_length=500)] = "",
    basis: Basis = "found",
) -> Response:
    """The whole page; `who`: the id of the principal that is shown in full."""
    with transaction(request) as session:
        row = queries.source(session, source_id)
        found = stored(row, environments.find(row.environment), queries.checkpoint(session, row), basis)
    shown = _principal(found, who) if who else None
    context: dict[str, Any] = {
        "source": row,
        "basis": basis,
        "families": FAMILIES,
        "sides": _sides(found),
        "who": shown,
        "answers": _answers(found, shown) if shown else [],
        "opened": _opened(found),
        "not_seen": NOT_SEEN,
    }
    return page(request, "access.html", **context)


def _principal(found: Stored, id: str) -> Principal:
    for each in found.report.principals:
        if each.id == id:
            return each
    raise NotFound(f"Nobody around this source is called {id!r}.")


def _badge(found: Stored, principal: Principal, acts: Sequence[Act]) -> Badge:
    may = [act for act in acts if found.report.verdicts[principal.id, act.id].allowed]
    if not may:
        return _NO
    return _YES if all(found.intended.allows(principal, act.id) for act in may) else _OPEN


def _sides(found: Stored) -> list[tuple[str, list[Line]]]:
    """Every principal, by the side it stands on."""
    of_family = {family: [act for act in found.report.acts if act.family == family] for family in FAMILIES}
    lines = [
        Line(who, [_cell(found, who, acts) for acts in of_family.values()]) for who in found.report.principals
    ]
    return [(side, list(group)) for side, group in groupby(lines, key=lambda line: line.principal.side)]


def _cell(found: Stored, who: Principal, acts: Sequence[Act]) -> Cell:
    count = sum(found.report.verdicts[who.id, act.id].allowed for act in acts)
    return Cell(_badge(found, who, acts), count, len(acts))


def _answers(found: Stored, who: Principal) -> list[tuple[str, list[Answer]]]:
    """Every act of one principal, under the thing it is done to."""
    answers = [
        Answer(act, _badge(found, who, [act]), why(act, found.report.verdicts[who.id, act.id]))
        for act in found.report.acts
    ]
    return [
        (_thing(thing), list(group)) for thing, group in groupby(answers, key=lambda each: each.act.thing)
    ]


def _thing(thing: str) -> str:
    kind, _, name = thing.partition(":")
    return _THINGS.get(thing, f"The {kind} {name}".strip())


def _opened(found: Stored) -> list[tuple[Principal, list[Answer]]]:
    """Who can do what they are not meant to."""
    opened = []
    for who in found.report.principals:
        answers = [each for _, group in _answers(found, who) for each in group if each.badge is _OPEN]
        if answers:
            opened.append((who, answers))
    return opened
