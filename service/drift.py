"""What a check found, and what of it counts. Pure.

A drift observation is `{"checked_at", "drifted", "changes": [{"urn", "op", "properties": [{"path", "old",
"new"}]}], "dismissed": [{"urn", "path", "new"}]}`: `old` is what is expected, `new` what is there. What is dismissed is the
value that was seen: another value shows again. A property that a rule of the policy covers is marked `ignored`.

Beside it stands what a worker has to remember: `tried_at`, when it last began to look by itself, and `repairs`, which
finding it has begun to put back by itself (`for`) and how often each change was put back and found again (`counts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from .drift_policy import DriftPolicy
from .errors import FieldError, Invalid

Drift = dict[str, Any]

REPAIRS = 3
"""How often the same change is put back by itself. Whatever makes it again is then told, and not fought."""


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


def found(before: Drift, changes: Sequence[dict[str, Any]], policy: DriftPolicy, at: datetime) -> Drift:
    """The observation of a check, after the one before it: what was dismissed stays so until its value moves, and a
    change that was put back and is here again keeps its count."""
    seen = {"checked_at": at.isoformat(), "changes": [_with_rules(change, policy) for change in changes]}
    drift = with_dismissals(seen, before.get("dismissed", []))
    remembered = before.get("repairs", {})
    again = set(_open_keys(drift))
    counts = {key: count for key, count in remembered.get("counts", {}).items() if key in again}
    kept = {"tried_at": before["tried_at"]} if "tried_at" in before else {}
    return {**drift, **kept, "repairs": {**remembered, "counts": counts}}


def _with_rules(change: dict[str, Any], policy: DriftPolicy) -> dict[str, Any]:
    """A change with the properties marked that a rule covers."""
    return {
        **change,
        "properties": [
            prop | {"ignored": True} if policy.ignores(change["urn"], change["op"], prop) else prop
            for prop in change["properties"]
        ],
    }


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


def open_change(change: Mapping[str, Any]) -> bool:
    """Whether something of a change counts. One without properties (a resource that is gone) cannot be dismissed or ignored."""
    return not change["properties"] or any(map(open_property, change["properties"]))


def open_property(prop: Mapping[str, Any]) -> bool:
    """Whether a changed property counts: nobody has dismissed it, and no rule covers it."""
    return not prop.get("dismissed") and not prop.get("ignored")


def repaired(drift: Drift, *, by_itself: bool) -> Drift:
    """The observation after a repair. A dismissed value that was put back too is a new change when it comes back.

    What somebody has put back by hand is counted from the beginning.
    """
    remembered = drift.get("repairs", {}) if by_itself else {}
    return {**drift, "drifted": False, "changes": [], "dismissed": [], "repairs": remembered}


def looking(drift: Drift, at: datetime) -> Drift:
    """The observation when a check begins that nobody asked for: whatever comes of it, the next one is an interval away."""
    return {**drift, "tried_at": at.isoformat()}


def repairing(drift: Drift) -> Drift:
    """The observation when a repair begins that nobody asked for: one for each finding, and all its changes are counted."""
    counts = dict(drift.get("repairs", {}).get("counts", {}))
    counts |= {key: counts.get(key, 0) + 1 for key in _open_keys(drift)}
    return {**drift, "repairs": {"for": drift.get("checked_at"), "counts": counts}}


def too_often(drift: Drift) -> bool:
    """Whether something that was found has come back so often that it is not put back by itself any more."""
    counts = drift.get("repairs", {}).get("counts", {})
    return any(counts.get(key, 0) >= REPAIRS for key in _open_keys(drift))


def last_look(drift: Drift, made: datetime) -> datetime:
    """When a source that was made then was last looked at, or when somebody last began to."""
    known = (drift.get("checked_at"), drift.get("tried_at"))
    return max([made, *(datetime.fromisoformat(text) for text in known if text)])


def repair_at(drift: Drift, policy: DriftPolicy, now: datetime) -> datetime | None:
    """When what was found is put back by itself: now, or when the window opens. None: it is not."""
    begun = drift.get("repairs", {}).get("for") == drift.get("checked_at")
    if policy.mode != "repair" or not drift.get("drifted") or begun or too_often(drift):
        return None
    if policy.window is None or policy.window.contains(now):
        return now
    return policy.window.opening(now)


def _open_keys(drift: Drift) -> Iterator[str]:
    """What names each change that counts from one check to the next."""
    for change in drift.get("changes", []):
        if not change["properties"]:
            yield f"{change['urn']}#{change['op']}"
        yield from (f"{change['urn']}#{p['path']}" for p in change["properties"] if open_property(p))
