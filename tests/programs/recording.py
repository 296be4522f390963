"""Run a program against Pulumi's mocks and see every registration as the engine would: parent, provider and options included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_pulumi_func

from tests.programs.wishes import KEY_ARN, REPLICA_KEY_ARN

_KEYS = {"key": KEY_ARN, "replica-key": REPLICA_KEY_ARN}
"""ARNs of the keys, by logical name."""


@dataclass(frozen=True)
class Registered:
    """One resource as the program registered it."""

    type: str
    name: str
    parent: str
    provider: str
    """Name of the explicit provider; empty for components and providers."""
    inputs: dict[str, Any]
    protect: bool
    retain: bool
    depends_on: frozenset[str]
    """Names of what it waits for."""


class MadeUp(pulumi.runtime.Mocks):
    """Nothing is made; outputs are made up."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        arn = _KEYS[args.name] if args.typ == "aws:kms/key:Key" else f"arn:{args.name}"
        return f"{args.name}-id", {
            "arn": arn,
            "url": f"https://{args.name}",
            "keyId": "key-id",
            **args.inputs,
        }

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"programs ask nothing: {args.token}")


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: pulumi.runtime.Mocks) -> None:
        super().__init__(answers)
        self.seen: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:
        self.seen.append(
            Registered(
                type=request.type,
                name=request.name,
                parent=_last(request.parent),
                provider=_last(request.provider.rpartition("::")[0]),
                inputs=json_format.MessageToDict(request.object),
                protect=request.protect,
                retain=request.retainOnDelete,
                depends_on=frozenset(_last(urn) for urn in request.dependencies),
            )
        )
        # Called in a thread of a pool, where the mocks would make an event loop and never close it.
        with asyncio.Runner() as runner:
            asyncio.set_event_loop(runner.get_loop())
            try:
                return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi's mocks.
            finally:
                asyncio.set_event_loop(None)


def _last(urn: str) -> str:
    """The name at the end of a URN."""
    return urn.split("::", 3)[-1]


def run(
    program: Callable[[], None], answers: pulumi.runtime.Mocks | None = None
) -> tuple[dict[str, Registered], dict[str, Any]]:
    """Every resource by name, the stack left out, and the outputs; `answers` say what is made of a registration."""
    told = answers or MadeUp()
    monitor = _Monitor(told)

    async def whole() -> dict[str, Any]:
        pulumi.runtime.set_mocks(told, project="logflume", stack="test", monitor=monitor)
        await run_pulumi_func(program)
        root = settings.get_root_resource()
        return dict(getattr(root, "outputs", {}))

    # Each run has a context of its own, and so a root resource of its own.
    outputs = asyncio.run(whole())
    found = [one for one in monitor.seen if one.type != "pulumi:pulumi:Stack"]
    names = [one.name for one in found]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"resources share logical names: {twice}"
    return {one.name: one for one in found}, outputs
