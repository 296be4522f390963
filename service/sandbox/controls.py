"""What the sandbox can be told over HTTP beside AWS's own API: `POST /_sandbox/<name>`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.sandbox import clock, collectors, delivery, faults
from service.sandbox.delivery import replication, source_logs
from service.sandbox.emulator import Control, OwnChange


def flush(_body: bytes) -> tuple[int, dict[str, Any]]:
    """Deliver what waits in the buffers of Firehose and of syslog collectors."""
    collectors.flush()
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


def fault(body: bytes) -> tuple[int, dict[str, Any]]:
    """From now on AWS operations go wrong (`faults.Fault` says how); without a body none does any more."""
    try:
        faults.use(faults.parsed(json.loads(body or b"[]")))
    except (AttributeError, TypeError, ValueError) as error:
        return 400, {"status": "not understood", "reason": f"{type(error).__name__}: {error}"}
    return 200, {"status": "in use"}


def listening(_body: bytes) -> tuple[int, dict[str, Any]]:
    """On which ports of this machine the listeners of load balancers are, and what the collectors behind them buffer."""
    return 200, collectors.report()


def faults_listed(_body: bytes) -> tuple[int, dict[str, Any]]:
    """The faults in use, each with how many calls it matched and how many it has made go wrong."""
    return 200, {"faults": faults.listed()}


CONTROLS: Mapping[str, Control] = {
    "fault": fault,
    "flush": flush,
    "happen": happen,
    "listening": listening,
}

OWN_CHANGES: Mapping[str, OwnChange] = {"clock": clock.move, "replicate": replication.carry_out}
"""What changes moto's stores, so that it is journalled: also the messages the sandbox sends to itself."""

REPORTS: Mapping[str, Control] = {"fault": faults_listed}
"""What can be read by GET."""
