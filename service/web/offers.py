"""What can be asked for, as one flat list: each kind, and each of its presets beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from programs.kinds import KINDS, Offer, UnknownPreset
from service.models import Source


@dataclass(frozen=True)
class Choice:
    """One entry of the list. `offer` is None for a stored source of something that this version does not know any more."""

    kind: str
    preset: str | None
    offer: Offer | None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.offer.title if self.offer else " ".join(filter(None, (self.kind, self.preset)))

    @property
    def description(self) -> str:
        """A sentence about it."""
        return self.offer.description if self.offer else ""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its spec; empty where it is not known."""
        return self.offer.json_schema if self.offer else {}

    @property
    def query(self) -> str:
        """The query that leads to its form."""
        return f"kind={self.kind}" + (f"&preset={self.preset}" if self.preset else "")


def choices() -> list[Choice]:
    """Everything that can be asked for."""
    return [
        Choice(kind.name, preset, kind.offer(preset))
        for kind in KINDS.values()
        for preset in (None, *kind.presets)
    ]


def chosen(kind: str | None, preset: str | None) -> Choice:
    """What a page was asked for; what is not on the list is the first of it."""
    found = choices()
    return next((c for c in found if (c.kind, c.preset) == (kind, preset or None)), found[0])


def of(source: Source) -> Choice:
    """What a stored source is."""
    preset = source.spec.get("preset")
    try:
        return Choice(source.kind, preset, KINDS[source.kind].offer(preset))
    except (KeyError, UnknownPreset):
        return Choice(source.kind, preset, None)
