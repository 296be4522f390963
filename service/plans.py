"""A plan that somebody may have to approve: what it is bound to, and what it says. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from importlib.metadata import version
from typing import Any

from .engine.outcome import Step

Plan = list[dict[str, Any]]

_QUIET = ("same", "read", "refresh", "create-replacement", "delete-replaced")
"""What changes nothing, and the two halves of a replacement, which is a step of its own."""
_TAKES = ("delete", "replace")


def fingerprint(checkpoint_id: str | None, wish: str) -> str:
    """What an approver agreed to: this effective wish on this checkpoint, by this version of the plugin.

    The same three make the same plan, so it has moved exactly if one of them has.
    """
    bound = [checkpoint_id, wish, version("pulumi-aws")]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def plan_of(steps: Iterable[Step], guarded: Collection[str] = ()) -> Plan:
    """Steps as the API shows them, those that change nothing left out; what takes something guarded away is marked so."""
    return [
        {"urn": step.urn, "op": step.op, "properties": list(step.properties)}
        | ({"guarded": True} if step.op in _TAKES and step.urn in guarded else {})
        for step in steps
        if step.op not in _QUIET
    ]


def lets_go(plan: Plan | None) -> frozenset[str]:
    """The URNs of the guarded things that a plan takes away."""
    return frozenset(step["urn"] for step in plan or () if step.get("guarded"))


def told(plan: Plan) -> str:
    """What a plan takes away of what is guarded, in words."""
    taken = (step for step in plan if step.get("guarded"))
    return ", ".join(f"{step['op']} {step['urn'].split('::')[-1]}" for step in taken)
