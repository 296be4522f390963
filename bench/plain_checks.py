"""The plain loop of the SDK that looks for drift, in a process that stays warm: one JSON line in, one out.

For each stack `select_stack` with its inline program, and `preview_refresh(run_program=True)`; so many at a time as asked.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi_aws
from pulumi import automation

import programs
from programs.wish import Wish


def main() -> None:
    """Serve jobs until the end of the input."""
    for module in ("s3", "kms", "sns", "sqs", "iam", "kinesis", "cloudwatch"):
        getattr(pulumi_aws, module)
    _say({"ready": True})
    for line in sys.stdin:
        job = json.loads(line)
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=job["parallel"]) as pool:
            changed = sum(pool.map(_check, job["stacks"]))
        _say({"seconds": time.monotonic() - began, "changed": changed})


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


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    main()
