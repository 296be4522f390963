"""The drift policy of a source on its page and in its form: from stored JSON to fields and words, and back. Pure.

A rule is a line of the form, `path`, `type path` or `type path = value`, the value as JSON or as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from service import drift
from service.drift_policy import DriftPolicy, policy_of
from service.models import Source
from service.schedule import next_check

MODES: Final = (("report", "Tell me"), ("repair", "Put it back"), ("off", "Do not look"))
_EVERY: Final = ("PT15M", "PT1H", "PT6H", "PT12H", "PT24H", "PT168H")
_DOES: Final = {"report": "are told", "repair": "are put back", "off": "are not looked for"}
PREFIX: Final = "/drift_policy"
NAMES: Final = tuple(f"{PREFIX}/{name}" for name in ("mode", "every", "window", "ignore"))


def shown(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form, filled: mode, every with its options, the window's three, and the rules a line each."""
    every, window = str(policy.get("every", "PT6H")), policy.get("window") or {}
    options = _EVERY if every in _EVERY else (*_EVERY, every)
    return {
        "mode": policy.get("mode", "report"),
        "every": every,
        "options": [(option, _option(option)) for option in options],
        "window": {part: window.get(part, "") for part in ("start", "end", "zone")},
        "ignore": "\n".join(map(_line, policy.get("ignore", ()))),
    }


def read(form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The policy that a form asks for; what the form does not say stays as it was before. Nothing is checked here."""
    policy = dict(before)
    for name in ("mode", "every"):
        if (value := form.get(f"{PREFIX}/{name}")) is not None:
            policy[name] = value.strip()
    if f"{PREFIX}/window/start" in form:
        window = {part: form.get(f"{PREFIX}/window/{part}", "").strip() for part in ("start", "end", "zone")}
        policy["window"] = window if any(window.values()) else None
    if (rules := form.get(f"{PREFIX}/ignore")) is not None:
        policy["ignore"] = [_rule(line) for line in rules.splitlines() if line.strip()]
    return policy


def told(source: Source) -> str:
    """What happens to changes made by hand, in one sentence."""
    policy = policy_of(source.drift_policy)
    parts = [_DOES[policy.mode]]
    if policy.mode != "off":
        parts.append(f"looked for every {_span(policy.every)}")
        if policy.window is not None:
            parts.append(f"from {policy.window.start} to {policy.window.end}, {policy.window.zone}")
        if policy.ignore:
            rules = len(policy.ignore)
            parts.append(f"{rules} rule{'s' * (rules != 1)} for what does not matter")
    return "; ".join(parts)


def next_look(source: Source, now: datetime) -> datetime | None:
    """When it is looked at next by itself; None: never, or before long, since it is due."""
    if source.suspended or source.observed_wish is None or source.desired == "purged":
        return None
    seen = drift.last_look(source.drift, source.created_at)
    at = next_check(policy_of(source.drift_policy), source.id, seen, now)
    return at if at is not None and at > now else None


def _line(rule: Mapping[str, Any] | str) -> str:
    if isinstance(rule, str):
        return rule
    kind = "" if rule.get("type", "*") == "*" else f"{rule['type']} "
    value = f" = {json.dumps(rule['value'])}" if "value" in rule else ""
    return f"{kind}{rule['path']}{value}"


def _rule(line: str) -> dict[str, Any]:
    where, said, value = line.partition(" = ")
    kind, _, path = where.strip().rpartition(" ")
    rule: dict[str, Any] = {"path": path} | ({"type": kind.strip()} if kind else {})
    return rule | {"value": _value(value.strip())} if said else rule


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _option(every: str) -> str:
    try:
        return f"every {_span(DriftPolicy.model_validate({'every': every}).every)}"
    except ValueError:
        return every


def _span(every: timedelta) -> str:
    for size, unit in (
        (timedelta(days=1), "day"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=1), "minute"),
    ):
        if every % size == timedelta(0):
            count = every // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{every // timedelta(seconds=1)} seconds"
