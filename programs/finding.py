"""One thing to know about a wish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING", "SUGGESTION"]
SEVERITIES: tuple[Severity, ...] = ("ERROR", "WARNING", "SUGGESTION")


@dataclass(frozen=True)
class Finding:
    """ERROR: it cannot be built so. `field` is a JSON Pointer into the request (`/spec/log_groups/0`)."""

    severity: Severity
    code: str
    field: str
    message: str
    hint: str
