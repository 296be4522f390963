"""Stands in for the authoriser and the data plane until both are there."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from service.sandbox.call import Call, Denial, Principal


def _there(name: str) -> Any:
    return import_module(name) if find_spec(name) else None


def authorise(call: Call) -> Denial | None:
    module = _there("service.sandbox.authoriser")
    denial: Denial | None = module.authorise(call) if module else None
    return denial


def principal_of(access_key_id: str) -> Principal | None:
    module = _there("service.sandbox.authoriser")
    if module:
        principal: Principal | None = module.principal_of(access_key_id)
        return principal
    for account, backends in list(iam_backends.items()):
        key = backends["aws"].access_keys.get(access_key_id)
        if key is not None and key.role_arn:
            session: Any = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key_id)
            return Principal("role", account, session.arn, key.role_arn, session.policy)
        if key is not None:
            user = next(u for u in backends["aws"].users.values() if u.name == key.user_name)
            return Principal("user", account, user.arn)
    return None


class delivery:
    @staticmethod
    def install(base_url: str, time_scale: float, home: Path) -> None:
        _delivery("install", base_url, time_scale, home)

    @staticmethod
    def resume() -> None:
        _delivery("resume")

    @staticmethod
    def flush() -> None:
        _delivery("flush")

    @staticmethod
    def close() -> None:
        _delivery("close")


def _delivery(name: str, *arguments: Any) -> None:
    ready = find_spec("service.sandbox.authoriser")
    module = _there("service.sandbox.delivery") if ready else None
    if module:
        getattr(module, name)(*arguments)
