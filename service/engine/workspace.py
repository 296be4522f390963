"""The folder of one attempt: project and stack files, AWS configuration, its own Pulumi state.

Each attempt has its own state location, begun from the last checkpoint that counts. So the work of an attempt
that lost its lease lands where nobody looks, and Pulumi's lock files, which have no expiry, never meet.

    folder/Pulumi.yaml  Pulumi.<stack>.yaml  aws.ini  events.jsonl  cli.log
    folder/state/.pulumi/{meta.yaml, stacks/logflume/<stack>.json}
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = "logflume"
AWS_CONFIG = "aws.ini"


@dataclass(frozen=True)
class Engine:
    """What does not change from run to run on this node."""

    pulumi: Path
    """The CLI."""
    home: Path
    """PULUMI_HOME of this node."""
    plugins: Mapping[str, Path]
    """Folders of the plugins that are ours: `logflume`, and in the sandbox the stand-in for `aws`. The engine finds others."""
    passphrase: str
    secrets_provider: str | None = None
    endpoint_url: str | None = None
    """Where AWS is, in the sandbox; None for AWS itself."""
    inherit_aws: bool = False
    """Pass this process's own AWS_* variables on: in aws mode they are how the service proves who it is."""


@dataclass(frozen=True)
class Workspace:
    """One prepared folder."""

    folder: Path
    stack: str

    @property
    def checkpoint_path(self) -> Path:
        """Where the CLI keeps the state of the stack."""
        return self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    @property
    def events_path(self) -> Path:
        """The engine's event log, one JSON object a line."""
        return self.folder / "events.jsonl"

    @property
    def log_path(self) -> Path:
        """What the CLI printed."""
        return self.folder / "cli.log"

    def read_checkpoint(self) -> bytes | None:
        """The state as it is now; None while the CLI is replacing it."""
        try:
            return self.checkpoint_path.read_bytes()
        except FileNotFoundError:
            return None

    def log_text(self, limit: int = 64 * 1024) -> str:
        """The last `limit` bytes of what the CLI printed."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[-limit:].decode(errors="replace")

    def forget_credentials(self) -> None:
        """Delete the AWS configuration: the run is over, the folder of a failed one is kept a while."""
        (self.folder / AWS_CONFIG).unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def prepare(folder: Path, stack: str, engine: Engine, aws_config: str, checkpoint: bytes | None) -> Workspace:
    """Write everything an engine run needs; readable by this user alone.

    The salt (or encrypted key) that the state's secrets are bound to is taken from the checkpoint, since a new one
    would make them unreadable.
    """
    shutil.rmtree(folder, ignore_errors=True)
    space = Workspace(folder, stack)
    space.checkpoint_path.parent.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "state" / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    body = checkpoint or json.dumps(_empty(stack)).encode()
    space.checkpoint_path.write_bytes(body)
    (folder / "Pulumi.yaml").write_text(json.dumps(_project(engine)))
    (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps(_stack_settings(engine, json.loads(body))))
    config = folder / AWS_CONFIG
    config.touch(mode=0o600)
    config.write_text(aws_config)
    return space


def _empty(stack: str) -> dict[str, Any]:
    return {"version": 3, "checkpoint": {"stack": f"organization/{PROJECT}/{stack}", "latest": None}}


def _project(engine: Engine) -> dict[str, Any]:
    ours = [{"name": name, "path": str(folder)} for name, folder in sorted(engine.plugins.items())]
    return {"name": PROJECT, "runtime": "client", "plugins": {"providers": ours}}


def _stack_settings(engine: Engine, checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Pulumi.<stack>.yaml: the secrets manager of the state, none of the configuration (programs read none)."""
    manager = ((checkpoint.get("checkpoint") or {}).get("latest") or {}).get("secrets_providers") or {}
    state = manager.get("state") or {}
    if manager.get("type") == "cloud":
        return {"secretsprovider": state["url"], "encryptedkey": state["encryptedkey"]}
    if manager.get("type") == "passphrase":
        return {"encryptionsalt": state["salt"]}
    return {"secretsprovider": engine.secrets_provider} if engine.secrets_provider else {}


def environment(space: Workspace, engine: Engine) -> dict[str, str]:
    """The whole environment of the CLI and of the plugins that it starts. Nothing else is inherited."""
    keep = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY")
        if name in os.environ
    }
    if engine.inherit_aws:
        keep |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if engine.endpoint_url is not None:
        keep["AWS_ENDPOINT_URL"] = engine.endpoint_url
    return (
        keep
        | {
            "AWS_CONFIG_FILE": str(space.folder / AWS_CONFIG),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_SDK_LOAD_CONFIG": "1",
            "PULUMI_HOME": str(engine.home),
            "PULUMI_BACKEND_URL": f"file://{space.folder / 'state'}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": engine.passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # --event-log is a flag of the debug set.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true" if "aws" in engine.plugins else "false",
            "PULUMI_DISABLE_CI_DETECTION": "true",
            "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",  # Committed checkpoints are kept in PostgreSQL.
            "PULUMI_LOG_ROTATION_MAX_AGE_DAYS": "1",
            "PULUMI_LOG_ROTATION_TOTAL_MB": "50",
        }
    )
