"""What is stored of a stack after a run: outputs, resources, versions. Secrets never leave the checkpoint."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from service.models import now

from .outcome import Outcome, plain
from .workspace import Engine


def of(outcome: Outcome, generation: int, engine: Engine) -> dict[str, Any]:
    """The observation as `GET /v1/sources/{id}/stack` answers it."""
    document = json.loads(outcome.checkpoint or b"{}")
    latest = (document.get("checkpoint") or {}).get("latest") or {}
    return {
        "generation": generation,
        "updated_at": now().isoformat(),
        "outputs": outcome.outputs or _outputs(latest),
        "resources": resources_of(latest),
        "engine": {"pulumi": (latest.get("manifest") or {}).get("version"), "aws_plugin": _plugin(engine)},
    }


def resources_of(latest: dict[str, Any]) -> list[dict[str, Any]]:
    """The real resources of a checkpoint: {urn, type, name, id, account, region, arn}."""
    everything = latest.get("resources") or []
    providers = {
        f"{r['urn']}::{r.get('id', '')}": r.get("inputs") or {}
        for r in everything
        if r["type"].startswith("pulumi:providers:")
    }
    return [
        _resource(r, providers.get(r.get("provider", ""), {}))
        for r in everything
        if r.get("custom") and not r["type"].startswith("pulumi:")
    ]


def _resource(resource: dict[str, Any], provider: dict[str, Any]) -> dict[str, Any]:
    outputs = resource.get("outputs") or {}
    return {
        "urn": resource["urn"],
        "type": resource["type"],
        "name": resource["urn"].split("::")[-1],
        "id": resource.get("id"),
        "account": _account(provider),
        "region": outputs.get("region") or provider.get("region"),
        "arn": plain(outputs.get("arn")),
    }


def _account(provider: dict[str, Any]) -> str | None:
    """The provider may only work in one account; lists reach the state as JSON text."""
    allowed = provider.get("allowedAccountIds")
    ids = json.loads(allowed) if isinstance(allowed, str) else allowed
    return str(ids[0]) if ids else None


def _outputs(latest: dict[str, Any]) -> dict[str, Any]:
    stack: dict[str, Any] = next(
        (r for r in latest.get("resources") or [] if r["type"] == "pulumi:pulumi:Stack"), {}
    )
    return {key: plain(value) for key, value in (stack.get("outputs") or {}).items()}


def _plugin(engine: Engine) -> str:
    return f"{version('pulumi-aws')} (sandbox stand-in)" if "aws" in engine.plugins else version("pulumi-aws")
