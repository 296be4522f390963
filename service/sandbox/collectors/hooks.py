"""Where moto changes what instances and listeners follow from: there the fleet is told to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import AutoScalingBackend
from moto.elbv2.models import ELBv2Backend

from service.sandbox.fixes import replaces

_CHANGES: tuple[tuple[type, str], ...] = (
    (AutoScalingBackend, "create_lifecycle_hook"),
    (AutoScalingBackend, "delete_auto_scaling_group"),
    (AutoScalingBackend, "update_attached_target_groups"),
    (ELBv2Backend, "create_listener"),
    (ELBv2Backend, "delete_listener"),
    (ELBv2Backend, "delete_load_balancer"),
    (ELBv2Backend, "modify_listener"),
)
_told: list[Callable[[], None]] = []


def install(changed: Callable[[], None]) -> None:
    """Call `changed` after every such change; the function of the last call counts."""
    if not _told:
        for owner, name in _CHANGES:
            _tell_after(owner, name)
    _told[:] = [changed]


def _tell_after(owner: type, name: str) -> None:
    @replaces(owner, name)
    def _then_tell(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(self, *args, **kwargs)
        for changed in _told:
            changed()
        return answer
