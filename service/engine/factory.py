"""The engine of this node, from its settings."""

from __future__ import annotations

import sys
from pathlib import Path

from service.sandbox.provider import write_plugin_folder
from service.settings import Settings

from .cli import find_pulumi
from .stacks import Stacks
from .supervisor import Standby
from .workspace import Engine


def stacks_for(settings: Settings, *, standby: int | None = None) -> Stacks:
    """Everything the engine needs on this node; `standby` children wait (default: one for each concurrent operation).

    Raises:
        service.engine.cli.EngineMissing: there is no Pulumi CLI and none can be had; the text says what is missing.
    """
    home = settings.home_path
    (home / "pulumi").mkdir(parents=True, exist_ok=True)
    engine = Engine(
        pulumi=find_pulumi(settings),
        home=home / "pulumi",
        plugin=_plugin(settings),
        passphrase=settings.state_passphrase,
        secrets_provider=settings.secrets_provider if settings.mode == "aws" else None,
        endpoint_url=settings.sandbox_url if settings.mode == "sandbox" else None,
        inherit_aws=settings.mode == "aws",
    )
    waiting = Standby(settings.worker_concurrency if standby is None else standby)
    return Stacks(
        engine,
        waiting,
        lease=settings.lease_seconds,
        grace=settings.stop_grace,
        timeout=settings.operation_timeout,
    )


def _plugin(settings: Settings) -> Path | None:
    """The stand-in's folder in sandbox mode; None in aws mode, where the engine finds the real plugin by itself."""
    if settings.mode == "aws":
        return None
    folder = settings.home_path / "plugin"
    write_plugin_folder(folder, sys.executable)
    return folder
