"""What is asked of an account that is made ready, from its environment: `logflume bootstrap` makes it, the look asks for it."""

from __future__ import annotations

from typing import Final, Literal

from programs.deploy.spec import BootstrapSpec
from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE

from .environments import Account, Environment

Side = Literal["production", "log"]
PROFILES: Final[dict[Side, str]] = {"production": PRODUCTION_PROFILE, "log": LOG_PROFILE}


def deploy_spec(environment: Environment, side: Side, principal: str) -> BootstrapSpec:
    """The deploy role of one side and what it may do; `principal` is who may assume it, "" where nobody asks."""
    account = account_of(environment, side)
    return BootstrapSpec.model_validate(
        {
            "side": side,
            "account_id": account.account_id,
            "region": account.region,
            "profile": PROFILES[side],
            "service_principal": principal,
            "external_id": account.external_id,
            "adoptable_buckets": environment.adoptable_buckets,
            "switch_at_source": environment.switch_at_source,
            "proofs": environment.proofs,
        }
    )


def account_of(environment: Environment, side: Side) -> Account:
    """The account of one side."""
    return environment.production if side == "production" else environment.log
