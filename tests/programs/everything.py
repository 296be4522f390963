"""Everything that is offered, as programs: each kind and preset, active and retired, and what makes an account ready."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from programs import KINDS, program_for
from programs.deploy.bootstrap import bootstrap_program
from programs.deploy.spec import BootstrapSpec
from programs.wish import Wish
from tests.programs.recording import Registered, run
from tests.programs.wishes import LOG, PRODUCTION, REGION, SECURITY, wish

STAGES = ("active", "retired")
"""What drains has the documents of what is active."""
Program = Callable[[], None]


@dataclass(frozen=True)
class PolicyText:
    """One policy document of a program: the resource it is on, and the input it is."""

    resource: Registered
    member: str
    text: str

    @property
    def kind(self) -> str:
        """``Key policy``, ``Role assumeRolePolicy``."""
        return f"{self.resource.type.rpartition(':')[2]} {self.member}"


def offers() -> dict[str, dict[str, Any]]:
    """An example of the spec of every kind and preset, by its name."""
    return {
        f"{kind.name}/{offer.name}": offer.example | {"kind": kind.name}
        for kind in KINDS.values()
        for offer in (kind, *kind.presets.values())
    }


def wished(spec: dict[str, Any], **changes: Any) -> Wish:
    """The wish of `payments-api` for one of the `offers`, in an environment that has room for everything."""
    plain = wish(**changes).model_dump(mode="json")
    own = {name: value for name, value in spec.items() if name != "kind"}
    return Wish.model_validate({**plain, "kind": spec["kind"], "spec": own})


def programs() -> dict[str, Program]:
    """Every program by what it is for."""
    built = {
        f"{name} {stage}": program_for(wished(spec, stage=stage))
        for name, spec in offers().items()
        for stage in STAGES
    }
    sides = (("production", PRODUCTION), ("log", LOG))
    return built | {f"bootstrap {side}": bootstrap_program(account(side, number)) for side, number in sides}


def account(side: str, number: str) -> BootstrapSpec:
    """An account that is made ready."""
    return BootstrapSpec.model_validate(
        {
            "side": side,
            "account_id": number,
            "region": REGION,
            "profile": f"logflume-{side}",
            "service_principal": f"arn:aws:iam::{SECURITY}:user/logflume",
            "external_id": "handed-over",
        }
    )


def policies_of(found: dict[str, Registered]) -> Iterator[PolicyText]:
    """Every input of every resource that is a policy document."""
    for resource in found.values():
        for member, value in resource.inputs.items():
            if isinstance(value, str) and value.startswith("{") and "Statement" in json.loads(value):
                yield PolicyText(resource, member, value)


def policies_in(program: Program) -> list[PolicyText]:
    """The policy documents that a program writes."""
    return list(policies_of(run(program)[0]))
