"""A process that stays warm: what the programs use is imported before the first job, as in a web process that served before."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import pulumi_aws


def serve(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Serve jobs until the end of the input: one JSON line in, one out, with the `seconds` that the job took."""
    os.environ.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    for module in ("s3", "kms", "sns", "sqs", "iam", "kinesis", "cloudwatch"):
        getattr(pulumi_aws, module)
    _say({"ready": True})
    for line in sys.stdin:
        job = json.loads(line)
        began = time.monotonic()
        answer = run(job)
        _say({"seconds": time.monotonic() - began, **answer})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
