"""The engine of this node, from its settings."""

from __future__ import annotations

import sys
from pathlib import Path

from service import provider
from service.sandbox import provider as stand_in
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
        plugins=_plugins(settings),
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


def _plugins(settings: Settings) -> dict[str, Path]:
    """Folders of our own plugin and, in sandbox mode, of the stand-in; in aws mode the engine finds the real one by itself."""
    writers = {provider.NAME: provider.write_plugin_folder}
    if settings.mode == "sandbox":
        writers[stand_in.NAME] = stand_in.write_plugin_folder
    folders = {name: settings.home_path / "plugins" / name for name in writers}
    for name, folder in folders.items():
        writers[name](folder, sys.executable)
    return folders
