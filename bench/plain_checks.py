"""The plain loop of the SDK that looks for drift, in a process that stays warm.

For each stack `select_stack` with its inline program, and `preview_refresh(run_program=True)`; so many at a time as asked.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi import automation

import programs
from programs.wish import Wish

from .warm import serve


def _checks(job: dict[str, Any]) -> dict[str, Any]:
    with ThreadPoolExecutor(max_workers=job["parallel"]) as pool:
        return {"changed": sum(pool.map(_check, job["stacks"]))}


def _check(stack: dict[str, Any]) -> int:
    """Check one stack; how many of its resources were changed or are gone."""
    options = automation.LocalWorkspaceOptions(
        work_dir=stack["folder"],
        project_settings=automation.ProjectSettings(name=stack["project"], runtime="python"),
        stack_settings={stack["stack"]: automation.StackSettings(encryption_salt=stack["salt"])},
        env_vars=stack["env"],
    )
    selected = automation.select_stack(
        stack_name=stack["stack"],
        project_name=stack["project"],
        program=programs.program_for(Wish.model_validate(stack["wish"])),
        opts=options,
    )
    found = selected.preview_refresh(run_program=True, on_output=lambda text: print(text, file=sys.stderr))
    return sum(count for op, count in found.change_summary.items() if op != automation.OpType.SAME)


if __name__ == "__main__":
    serve(_checks)
