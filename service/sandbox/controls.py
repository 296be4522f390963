"""What the sandbox can be told over HTTP beside AWS's own API: `POST /_sandbox/<name>`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.sandbox import delivery
from service.sandbox.delivery import source_logs
from service.sandbox.emulator import Control


def flush(_body: bytes) -> tuple[int, dict[str, Any]]:
    """Deliver what waits in Firehose buffers."""
    delivery.flush()
    return 200, {"status": "delivered"}


def happen(body: bytes) -> tuple[int, dict[str, Any]]:
    """Something happened at a source (`source_logs.happen` says what can): its service writes about it, or does not."""
    try:
        written = source_logs.happen(json.loads(body))
    except source_logs.NotWritten as reason:
        return 409, {"status": "not written", "reason": str(reason)}
    except (KeyError, TypeError, ValueError) as error:
        return 400, {"status": "not understood", "reason": f"{type(error).__name__}: {error}"}
    return 200, {"status": "written", **written}


CONTROLS: Mapping[str, Control] = {"flush": flush, "happen": happen}
