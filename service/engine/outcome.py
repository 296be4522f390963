"""What an engine run did, read from its event log.

The event log has one JSON object a line (`apitype.EngineEvent`). Steps come as `resourcePreEvent`, then
`resOutputsEvent` or `resOpFailedEvent`; errors as `diagnosticEvent`; the counts as `summaryEvent`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .reasons import Failure

SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the engine's own mark of a special value, no secret.
COUNTED = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "same": "same",
}


@dataclass(frozen=True)
class Step:
    """One resource in a run; `properties` are the changed ones as {path, old, new}, with `replaces` where the resource
    would have to be replaced for it."""

    urn: str
    op: str
    properties: tuple[dict[str, Any], ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    provider: str = ""

    @property
    def type(self) -> str:
        """Pulumi type token, without its parents'."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Logical name."""
        return self.urn.split("::")[-1]


@dataclass(frozen=True)
class Outcome:
    """The result of one run."""

    ok: bool
    changes: dict[str, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    checkpoint: bytes | None = None
    log: str = ""
    stopped: str | None = None
    refused: tuple[Step, ...] = ()
    """What the run would have done, were nothing guarded: of one that the engine refused for that."""
    guarded: frozenset[str] = frozenset()
    """The URNs of what the state guards; told of a preview and of a run that was refused."""


def read_events(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Whole lines of the event log from `offset` on, and the offset after them; the engine's debug chatter left out."""
    try:
        with path.open("rb") as log:
            log.seek(offset)
            data = log.read()
    except FileNotFoundError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    return list(_parse(whole)), offset + len(whole)


def _parse(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        if b'"severity":"debug"' in line:
            continue
        try:
            yield json.loads(line)
        except ValueError:
            continue  # A line cut off by a kill; what it said is in the state.


def steps_of(events: list[dict[str, Any]]) -> tuple[Step, ...]:
    """What was done (or would be, in a preview) to each real resource."""
    found: dict[tuple[str, str], Step] = {}
    for event in events:
        meta = (event.get("resOutputsEvent") or event.get("resourcePreEvent") or {}).get("metadata")
        if meta is None or _is_virtual(meta):
            continue
        found[(meta["urn"], meta["op"])] = Step(
            meta["urn"],
            meta["op"],
            _changes(meta),
            (meta.get("new") or {}).get("inputs") or {},
            meta.get("provider") or "",
        )
    return tuple(found.values())


def _is_virtual(meta: dict[str, Any]) -> bool:
    """Stacks, components and providers live in the state alone. Of our own types some are made by our plugin."""
    kind: str = meta["type"]
    if kind.startswith("logflume:"):
        return not (meta.get("new") or meta.get("old") or {}).get("custom")
    return kind == "pulumi:pulumi:Stack" or kind.startswith("pulumi:providers:")


def _changes(meta: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The changed properties of a step; secrets arrive masked by the engine."""
    old, new = (meta.get("old") or {}), (meta.get("new") or {})
    return tuple(
        {"path": path, "old": plain(_at(old.get("inputs"), path)), "new": plain(_at(new.get("inputs"), path))}
        | ({"replaces": True} if str(diff.get("diffKind", "")).endswith("-replace") else {})
        for path, diff in sorted((meta.get("detailedDiff") or {}).items())
    )


def _at(value: Any, path: str) -> Any:
    """The value at a Pulumi property path such as `rules[0].expiration.days` or `tags["a.b"]`."""
    for name, index, quoted in re.findall(r'([^.\[\]"]+)|\[(\d+)\]|\["([^"]*)"\]', path):
        try:
            value = value[int(index)] if index and isinstance(value, list) else value[name or quoted or index]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def plain(value: Any) -> Any:
    """A value as it may be shown: secrets become "[secret]", other special values stay."""
    if isinstance(value, dict):
        if SECRET_SIGNATURE in value:
            return "[secret]"
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def outputs_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The stack's outputs, from its last `resOutputsEvent`."""
    outputs: dict[str, Any] = {}
    for event in events:
        meta = (event.get("resOutputsEvent") or {}).get("metadata")
        if meta and meta["type"] == "pulumi:pulumi:Stack":
            outputs = (meta.get("new") or {}).get("outputs") or outputs
    return {key: plain(value) for key, value in outputs.items()}


def counts_of(steps: tuple[Step, ...]) -> dict[str, int]:
    """How many resources were created, updated, deleted, replaced, left as they are."""
    counts = dict.fromkeys(("create", "update", "delete", "replace", "same"), 0)
    for step in steps:
        if step.op in COUNTED:
            counts[COUNTED[step.op]] += 1
    return counts


def drift_of(events: list[dict[str, Any]]) -> tuple[Step, ...]:
    """What a refresh preview found: resources that were changed or deleted behind the engine's back.

    An `update` without a detailed diff is the engine's own bookkeeping (outputs only) and no finding.
    """
    return tuple(
        step for step in steps_of(events) if step.op == "delete" or (step.op == "update" and step.properties)
    )


def error_texts(events: list[dict[str, Any]]) -> list[str]:
    """What the engine reported as errors: those of resources, each after the resource's name, else its own."""
    errors = [
        e["diagnosticEvent"] for e in events if (e.get("diagnosticEvent") or {}).get("severity") == "error"
    ]
    named = [f"{e['urn'].split('::')[-1]}: {e['message']}" for e in errors if e.get("urn") and _tells(e)]
    return named or [e["message"] for e in errors if _tells(e)]


def _tells(diagnostic: dict[str, Any]) -> bool:
    """The engine ends with a line that says only that there was an error."""
    return str(diagnostic["message"]).strip() not in ("update failed", "preview failed", "")
