"""The stock pattern, as Pulumi's own FastAPI sample has it, in a process that stays warm:
create_or_select_stack with an inline program, set_all_config, up, outputs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pulumi import automation

import programs
from programs.wish import Wish

from .warm import serve


def _provision(job: dict[str, Any]) -> dict[str, Any]:
    wish = Wish.model_validate(job["wish"])
    work = Path(job["folder"])
    work.mkdir(parents=True)
    (work / "aws.ini").write_text(job["aws_config"])
    options = automation.LocalWorkspaceOptions(
        work_dir=str(work),
        project_settings=automation.ProjectSettings(name="logflume", runtime="python"),
        env_vars={
            "AWS_CONFIG_FILE": str(work / "aws.ini"),
            "AWS_ENDPOINT_URL": job["endpoint"],
            "PULUMI_BACKEND_URL": f"file://{job['state']}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_HOME": job["home"],
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
    )
    stack = automation.create_or_select_stack(
        stack_name=job["stack"], project_name="logflume", program=programs.program_for(wish), opts=options
    )
    stack.set_all_config({"logflume:name": automation.ConfigValue(wish.name)})
    stack.up(on_output=lambda text: print(text, file=sys.stderr))
    return {"outputs": {name: str(output.value) for name, output in stack.outputs().items()}}


if __name__ == "__main__":
    serve(_provision)
