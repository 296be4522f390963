"""One question to IAM."""

from __future__ import annotations

from dataclasses import dataclass, field

Context = dict[str, list[str] | str]
"""Condition keys of a request and their values; a list is a multivalued key."""


@dataclass(frozen=True)
class Asked:
    """One action on one resource, with condition keys of its own."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)
