"""Drift that somebody accepted. Pure.

A drift observation is `{"checked_at", "drifted", "changes": [{"urn", "op", "properties": [{"path", "old",
"new"}]}], "dismissed": [{"urn", "path", "new"}]}`. What is dismissed is the value that was seen: another value
shows again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import FieldError, Invalid

Drift = dict[str, Any]


def dismissed_drift(drift: Drift, paths: Sequence[str]) -> Drift:
    """The observation with these paths accepted: a property's `path`, or `urn#path` of one resource alone.

    Raises:
        Invalid: a path is none of the changes.
    """
    seen = [
        (c.get("urn"), p["path"], p.get("new"))
        for c in drift.get("changes", [])
        for p in c.get("properties", [])
    ]
    accepted = list(drift.get("dismissed", []))
    errors = []
    for index, wanted in enumerate(paths):
        hits = [s for s in seen if wanted in (s[1], f"{s[0]}#{s[1]}")]
        if not hits:
            errors.append(FieldError(f"/paths/{index}", "Nothing drifted there; see the stack's drift."))
        accepted += [{"urn": urn, "path": path, "new": new} for urn, path, new in hits]
    if errors:
        raise Invalid("These paths have not drifted.", errors=errors)
    return with_dismissals(drift, accepted)


def with_dismissals(drift: Drift, dismissed: Sequence[dict[str, Any]]) -> Drift:
    """The observation with earlier dismissals applied: each property that is still as accepted is marked so,
    `drifted` says whether anything is left, and a dismissal whose value has moved on is dropped."""
    changes, kept = [], []
    for change in drift.get("changes", []):
        properties = []
        for prop in change.get("properties", []):
            entry = {"urn": change.get("urn"), "path": prop["path"], "new": prop.get("new")}
            accepted = entry in dismissed
            properties.append({**prop, "dismissed": accepted})
            if accepted and entry not in kept:
                kept.append(entry)
        changes.append({**change, "properties": properties})
    return {
        **drift,
        "changes": changes,
        "dismissed": kept,
        "drifted": any(open_change(change) for change in changes),
    }


def open_change(change: dict[str, Any]) -> bool:
    """Whether something of a change is not dismissed. One without properties (a resource that is gone) cannot be."""
    return not change["properties"] or not all(prop["dismissed"] for prop in change["properties"])
