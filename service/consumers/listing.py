"""Which consumers a source has, from what is stored, and the text for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.environments import Environment
from service.errors import NotFound
from service.models import Source

from . import PRODUCTS, Product, Reading, reading_of, render

Status = Literal["ready", "pending", "leaving"]


@dataclass(frozen=True)
class Listed:
    """One consumer as it is known. `made` has what the stack exported of it, and is empty while it is not built."""

    name: str
    type: str
    status: Status
    """ready: built; pending: configured and not yet built; leaving: built and no longer configured."""
    made: Mapping[str, str]

    @property
    def product(self) -> Product:
        """What it is called, and what its text is."""
        return PRODUCTS[self.type]


def listed(source: Source, environment: Environment | None) -> list[Listed]:
    """Every consumer of a source by name: those that were built, and those that will be.

    Args:
        environment: the source's, or None where it is not configured any more.
    """
    made = _made(source)
    configured = {consumer.name: consumer.type for consumer in environment.consumers} if environment else {}
    found = [
        Listed(name, str(entry["type"]), "ready" if name in configured else "leaving", entry)
        for name, entry in made.items()
    ]
    if source.desired == "active":
        found += [
            Listed(name, type_, "pending", {}) for name, type_ in configured.items() if name not in made
        ]
    return sorted(found, key=lambda one: one.name)


def reading(source: Source, asked: str) -> Reading:
    """What a product must be told, for a consumer by its name, or by its type where there is one of that type.

    Raises:
        NotFound: none was built, or several are of that type; the detail says what there is.
    """
    made = _made(source)
    of_type = [name for name, entry in made.items() if entry["type"] == asked]
    named = [asked] if asked in made else of_type
    if len(named) != 1:
        raise NotFound(_what_there_is(source.name, made, asked, several=bool(of_type)))
    return reading_of(
        source.environment, source.name, source.kind, source.spec, source.stack["outputs"], named[0]
    )


def text(source: Source, asked: str) -> str:
    """The configuration of that consumer, ready to paste. Raises NotFound, as `reading` does."""
    return render(reading(source, asked))


def _made(source: Source) -> dict[str, dict[str, Any]]:
    return dict(source.stack.get("outputs", {}).get("consumers") or {})


def _what_there_is(source: str, made: Mapping[str, Any], asked: str, *, several: bool) -> str:
    if several:
        names = ", ".join(sorted(name for name, entry in made.items() if entry["type"] == asked))
        return f"{source} has several consumers of type {asked}; ask for one by name: {names}."
    if not made:
        return f"{source} has no consumer {asked!r}: none was built."
    known = ", ".join(f"{name} ({entry['type']})" for name, entry in sorted(made.items()))
    return f"{source} has no consumer {asked!r}. There is: {known}."
