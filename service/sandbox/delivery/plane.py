"""The data plane of one sandbox: where it calls, how fast its time runs, and its workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from service.sandbox.delivery.courier import Courier, Errands
from service.sandbox.delivery.ledger import Ledger
from service.sandbox.delivery.notebook import Notebook
from service.sandbox.delivery.recordings import Recordings
from service.sandbox.delivery.timers import Timers
from service.sandbox.monitoring.watch import Watch


@dataclass
class Plane:
    """What the hooks in moto hand their work to."""

    url: str
    """Endpoint of the sandbox itself."""
    ledger: Ledger
    courier: Courier
    alarms: Watch
    trails: Courier
    """Carries CloudTrail's log files and digests."""
    time_scale: float = 1.0
    """Seconds of AWS time in a second."""
    recordings: Recordings = field(default_factory=lambda: Recordings(None))
    notebook: Notebook = field(default_factory=lambda: Notebook(None))
    """What `trails` still has to write."""
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key and SHA-256 of the newest digest of each trail and region."""
    errands: Errands = field(default_factory=lambda: Errands("sandbox-subscriptions"))
    replayed: list[bytes] = field(default_factory=list)
    """Data of the records that were put during the replay, until it is over."""
    held: list[tuple[bytes, Callable[[], None]]] = field(default_factory=list)
    """Records CloudWatch Logs had sent before the restart, and the errands that would send them again."""

    def __post_init__(self) -> None:
        self.timers = Timers(self.errands.add, self.time_scale)

    def close(self) -> None:
        """Stop the workers."""
        self.alarms.close()
        self.timers.close()
        self.errands.close()
        self.courier.close()
        self.trails.close()


_current: Plane | None = None


def use(plane: Plane) -> None:
    """Make `plane` the one the hooks use."""
    global _current
    _current = plane


def current() -> Plane:
    """The data plane in use.

    :raises RuntimeError: none was installed.
    """
    if _current is None:
        raise RuntimeError("the data plane is not installed")
    return _current


def installed() -> Plane | None:
    """The data plane in use, if there is one."""
    return _current
