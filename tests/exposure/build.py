"""The documents of a source as its program registers them, without an engine."""

from __future__ import annotations

from typing import Any

from programs import program_for
from programs.wish import Wish
from service.exposure.documents import Documents, Resource, gather
from service.exposure.report import Report, report
from service.exposure.setting import Setting
from tests.programs.recording import Registered, run
from tests.programs.wishes import KEY_ARN, REPLICA_KEY_ARN

_KEYS = {"key": KEY_ARN, "replica-key": REPLICA_KEY_ARN}


def setting(wish: Wish) -> Setting:
    """A wish in an environment that lets its bucket be taken over, if it asks for one."""
    adopted = wish.spec.adopt_bucket
    return Setting(wish, () if adopted is None else (adopted,))


def resources(found: dict[str, Registered]) -> list[Resource]:
    """What a program registered, as a checkpoint has it; ARNs and URLs are those that the mocks make up."""
    return [
        {
            "urn": f"urn:pulumi:stack::logflume::{one.type}::{one.name}",
            "type": one.type,
            "inputs": one.inputs,
            "outputs": {"arn": _KEYS.get(one.name, f"arn:{one.name}"), "url": f"https://{one.name}"},
        }
        for one in found.values()
    ]


def documents(wish: Wish) -> Documents:
    """The documents that the program of a wish writes."""
    return gather(resources(run(program_for(wish))[0]))


def report_of(wish: Wish) -> Report:
    """Who can touch the logs of a wish that was applied."""
    return report(setting(wish), documents(wish))


def allowed(found: Report, principal: str) -> set[str]:
    """Ids of what a principal may do."""
    return {act.id for who, act, _ in found.allowed() if who.id == principal}


Change = dict[str, Any]
