"""How far a proof has come, and what is told of it. Pure; kept as JSON with the operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

LegName = Literal["sent", "bucket", "announced", "replica"]
LegState = Literal["waiting", "passed", "broken", "not_provable"]


class Marked(BaseModel):
    """One marked thing: where it went in, what tells it from all others, and when it was seen where."""

    front: str
    mark: str
    in_key: bool = False
    """Whether the object's key has the mark; otherwise its content has."""
    key: str | None = None
    arrived: datetime | None = None
    announced: datetime | None = None
    copied: datetime | None = None


class Leg(BaseModel):
    """One part of the way, as it is shown."""

    name: LegName
    state: LegState
    seconds: float | None = None
    """From the leg before to this one, of the slowest of all marks; for the copy up to the look that saw it."""
    where: list[str] = Field(default_factory=list)
    """Fronts, keys, or the queue."""


class Proof(BaseModel):
    """All of it. Until `sent` nothing has happened; `looked` are keys of objects that hold no mark."""

    replica: str | None
    """The copy's bucket; None where the store has none."""
    bucket: str
    queue: str
    sent: datetime | None = None
    marks: list[Marked] = Field(default_factory=list)
    looked: list[str] = Field(default_factory=list)
    broken: LegName | None = None
    provable: bool = True

    @property
    def over(self) -> bool:
        """Whether every mark was seen everywhere."""
        return self.sent is not None and all(leg.state == "passed" for leg in self.legs())

    def legs(self) -> list[Leg]:
        """The way from the front to the end, in its order."""
        legs = [
            self._first(),
            self._leg("bucket", lambda _: self.sent, lambda m: m.arrived, [m.key for m in self.marks]),
            self._leg("announced", lambda m: m.arrived, lambda m: m.announced, [self.queue]),
        ]
        if self.replica is not None:
            where = [f"{self.replica}/{m.key}" for m in self.marks if m.copied]
            legs.append(self._leg("replica", lambda m: m.arrived, lambda m: m.copied, list(where)))
        return legs

    def seconds(self) -> float | None:
        """From sending to the last sight of the slowest mark; None before the end."""
        if not self.over or self.sent is None:
            return None
        ends = [at for m in self.marks for at in (m.arrived, m.announced, m.copied) if at]
        return round((max(ends) - self.sent).total_seconds(), 1)

    def _first(self) -> Leg:
        state: LegState = "waiting" if self.sent is None else "passed"
        if not self.provable:
            state = "not_provable"
        fronts = [m.front for m in self.marks]
        return Leg(name="sent", state="broken" if self.broken == "sent" else state, where=fronts)

    def _leg(
        self,
        name: LegName,
        begin: Callable[[Marked], datetime | None],
        end: Callable[[Marked], datetime | None],
        where: list[str | None],
    ) -> Leg:
        spans = [
            max((stop - start).total_seconds(), 0.0)
            for m in self.marks
            if (start := begin(m)) is not None and (stop := end(m)) is not None
        ]
        done = bool(self.marks) and len(spans) == len(self.marks)
        state: LegState = "passed" if done else "waiting"
        if not self.provable:
            state = "not_provable"
        return Leg(
            name=name,
            state="broken" if self.broken == name else state,
            seconds=round(max(spans), 1) if done else None,
            where=[place for place in where if place] if spans else [],
        )
