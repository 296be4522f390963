"""What a front is told, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from programs.finding import Finding
from service.preflight.view import View
from service.proof.reach import Reach
from service.proof.state import Marked


@dataclass(frozen=True)
class Errand:
    """Send at the front of the view's wish. `marker` is the session name of the deploy roles, and in every mark."""

    view: View
    marker: str
    outputs: Mapping[str, Any]
    """Of the stack, as they were last seen."""
    reach: Reach
    """How this machine gets to a load balancer, if it does."""


@dataclass(frozen=True)
class Sent:
    """What went in, and what there is to know about it. Without marks nothing can be proved from here."""

    marks: tuple[Marked, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def not_provable(place: str, message: str, hint: str) -> Sent:
    """Nothing was sent, and why."""
    return Sent(findings=(Finding("WARNING", "front_not_provable", place, message, hint),))
