"""From a loaded operation to what the engine is to do."""

from __future__ import annotations

from service import preflight
from service.engine import guards, recovery
from service.engine.aws import Accounts
from service.engine.stacks import Command, Task

from .load import Loaded

DRAIN_MARGIN = 60.0
"""Seconds beyond the buffer interval before a stream is taken away: Firehose writes what it holds in that time."""

_COMMAND: dict[str, Command] = {
    "apply": "up",
    "repair": "up",
    "retire": "up",
    "check": "drift",
    "preview": "preview",
    "purge": "destroy",
}


def task_of(source_id: str, loaded: Loaded, accounts: Accounts) -> Task:
    """The run that an operation asks for, with the guards taken off that do not hold for it.

    Raises:
        botocore.exceptions.ClientError: AWS refused to say what could be taken over.
    """
    return Task(
        command=_COMMAND[loaded.kind],
        stack=f"source-{source_id}",
        aws_config=loaded.aws_config,
        wish={"wish": loaded.wish.model_dump(mode="json")},
        checkpoint=_unguarded(loaded),
        refresh=loaded.kind == "repair",
        adopt=preflight.adoptable(loaded.wish, accounts, loaded.checkpoint) if loaded.kind == "apply" else {},
    )


def _unguarded(loaded: Loaded) -> bytes | None:
    """A purge was approved as a whole, and a preview takes nothing away; it tells what is guarded."""
    if loaded.kind == "purge" and loaded.checkpoint is not None:
        return recovery.unprotect(loaded.checkpoint)
    return guards.taken_off(loaded.checkpoint) if loaded.kind == "preview" else loaded.checkpoint
