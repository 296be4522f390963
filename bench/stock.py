"""The stock pattern, as Pulumi's own FastAPI sample has it, in a process that stays warm: one JSON line in, one out.

create_or_select_stack with an inline program, set_all_config, up, outputs. The SDK and the programs are imported before
the first job, as they are in a web process that has served before.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

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
        outputs = _provision(job)
        _say({"seconds": time.monotonic() - began, "outputs": outputs})


def _provision(job: dict[str, str]) -> dict[str, str]:
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
    return {name: str(output.value) for name, output in stack.outputs().items()}


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    main()
