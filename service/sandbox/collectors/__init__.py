"""A STAND-IN for Fluentd on EC2 instances behind a network load balancer. Fluentd itself does not run here.

What is real: the configuration that is obeyed is read out of the user data of the launch template an instance was launched from,
packets come in over loopback sockets, and objects are written through the sandbox's own endpoint with the credentials of the
instance's role, so that security groups, roles, bucket and key policies decide as they do on AWS.

`fleet` looks at moto's load balancers and groups and keeps a socket for each listener (`front`) and a `collector` for each
instance; `script` and `syslog` read user data and messages; `network` asks the security groups; `hooks` says when to look again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service.sandbox.collectors.fleet import Fleet

_fleet: Fleet | None = None


def install(url: str, time_scale: float, home: Path | None) -> None:
    """Make a fleet that writes through `url` and keeps its buffers under `home`. It does nothing before `resume`."""
    from service.sandbox.collectors import hooks

    global _fleet
    close()
    hooks.install(look_again)
    _fleet = Fleet(url, time_scale, home)


def resume() -> None:
    """Begin to listen and to collect."""
    if _fleet is not None:
        _fleet.start()


def look_again() -> None:
    """Something has changed that instances or listeners may follow from."""
    if _fleet is not None:
        _fleet.look_again()


def flush() -> int:
    """Write everything that is buffered, now; answers how many objects that were."""
    return _fleet.flush() if _fleet is not None else 0


def report() -> dict[str, Any]:
    """Where to send, and what waits: see `Fleet.report`."""
    return _fleet.report() if _fleet is not None else {"listeners": [], "collectors": []}


def close() -> None:
    """Stop listening. What is buffered stays on disk."""
    global _fleet
    if _fleet is not None:
        _fleet.close()
        _fleet = None
