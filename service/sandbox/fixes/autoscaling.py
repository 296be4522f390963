"""Auto Scaling: lifecycle hooks hold a terminating instance, refreshes replace instances, and each remembers its template.

moto keeps hooks but never asks them, has no instance refresh, and launches from a template's default version whatever the
group says. What is played is synchronous: new instances are there at once, old ones go at once or wait for their hook.
Amazon EC2 Auto Scaling User Guide, "How lifecycle hooks work" and "How an instance refresh works"; API_StartInstanceRefresh.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random

from service.sandbox.fixes import adds, replaces, replaces_property

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
WAITING = "Terminating:Wait"


@replaces(InstanceState, "__init__")
def _new_state(original: Callable[..., None], self: InstanceState, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    group = self.auto_scaling_group
    vars(self)["launched_from"] = template_of(group)


replaces_property(InstanceState, "launch_template", lambda state: vars(state)["launched_from"])


def template_of(group: FakeAutoScalingGroup) -> dict[str, str] | None:
    """The template and the version, by its number, from which a group launches now."""
    template = group.ec2_launch_template
    if template is None:
        return None
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Version": str(template.get_version(group.launch_template_version).number),
    }


@replaces(FakeAutoScalingGroup, "set_desired_capacity")
def _set_desired_capacity(
    _original: Callable[..., None], self: FakeAutoScalingGroup, new_capacity: int | None
) -> None:
    self.desired_capacity = self.min_size if new_capacity is None else new_capacity
    serving = self.active_instances()
    missing = (self.desired_capacity or 0) - len(serving)
    if missing > 0:
        self.replace_autoscaling_group_instances(missing, self.get_propagated_tags())
    for state in serving[: max(0, -missing)]:
        retire(self, state)
    if self.name in self.autoscaling_backend.autoscaling_groups:
        self.autoscaling_backend.update_attached_target_groups(self.name)


def retire(group: FakeAutoScalingGroup, state: InstanceState) -> None:
    """Take an instance out of service: it waits where a hook holds it, and is terminated where none does."""
    hooks = group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    if any(hook.lifecycle_transition == TERMINATING for hook in hooks):
        state.lifecycle_state = WAITING
    else:
        terminate(group, state)


def terminate(group: FakeAutoScalingGroup, state: InstanceState) -> None:
    """End an instance for good."""
    group.instance_states = [other for other in group.instance_states if other is not state]
    group.ec2_backend.terminate_instances([state.instance.id])


@replaces(AutoScalingBackend, "update_attached_target_groups")
def _update_attached_target_groups(
    _original: Callable[..., None], self: AutoScalingBackend, group_name: str
) -> None:
    """Instances in service are targets; those that wait for their end no longer are."""
    group = self.autoscaling_groups[group_name]
    serving = {state.instance.id for state in group.active_instances()}
    ours = {state.instance.id for state in group.instance_states}
    for arn in group.target_group_arns:
        target_group = self.elbv2_backend.target_groups[arn]
        leaving = [{"Id": id} for id in target_group.targets if id in ours - serving]
        target_group.deregister(leaving)
        target_group.register([{"Id": id, "Port": target_group.port} for id in sorted(serving)])


@replaces(AutoScalingBackend, "delete_auto_scaling_group")
def _delete_auto_scaling_group(
    original: Callable[..., None], self: AutoScalingBackend, group_name: str
) -> None:
    group = self.autoscaling_groups.get(group_name)
    if group is not None and group.instance_states:
        message = "You cannot delete an AutoScalingGroup while there are instances or pending activities still in the group."
        raise AutoscalingClientError("ResourceInUse", message)
    original(self, group_name)
    self.lifecycle_hooks = {
        key: hook for key, hook in self.lifecycle_hooks.items() if hook.auto_scaling_group_name != group_name
    }


@replaces(AutoScalingResponse, "delete_auto_scaling_group")
def _delete_by_force(original: Callable[..., Any], self: AutoScalingResponse) -> Any:
    if self._get_bool_param("ForceDelete", False):
        group = group_of(self)
        for state in list(group.instance_states):
            terminate(group, state)
    return original(self)


@adds(AutoScalingResponse, "complete_lifecycle_action")
def _complete_lifecycle_action(self: AutoScalingResponse) -> Any:
    """A waiting instance goes on to its end: for a terminating one, CONTINUE and ABANDON both mean that."""
    group, id = group_of(self), self._get_param("InstanceId")
    state = next((one for one in group.instance_states if one.instance.id == id), None)
    if state is None or state.lifecycle_state != WAITING:
        raise ValidationError(f"No active Lifecycle Action found with instance ID {id}")
    terminate(group, state)
    return EmptyResult()


@adds(AutoScalingResponse, "start_instance_refresh")
def _start_instance_refresh(self: AutoScalingResponse) -> Any:
    """Every instance in service is replaced; with SkipMatching those of the wanted template version stay."""
    group = group_of(self)
    preferences = self._get_param("Preferences", {})
    wanted = template_of(group)
    skipping = str(preferences.get("SkipMatching")).lower() == "true"
    old = [state for state in group.active_instances() if not (skipping and state.launch_template == wanted)]
    if old:
        group.replace_autoscaling_group_instances(len(old), group.get_propagated_tags())
    for state in old:
        retire(group, state)
    self.autoscaling_backend.update_attached_target_groups(group.name)
    refresh = {"InstanceRefreshId": str(mock_random.uuid4()), "Replaced": [one.instance.id for one in old]}
    _refreshes(group).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


@adds(AutoScalingResponse, "describe_instance_refreshes")
def _describe_instance_refreshes(self: AutoScalingResponse) -> Any:
    group = group_of(self)
    shown = [_refresh_shown(group, refresh) for refresh in _refreshes(group)]
    return ActionResult({"InstanceRefreshes": shown})


def _refresh_shown(group: FakeAutoScalingGroup, refresh: dict[str, Any]) -> dict[str, Any]:
    left = {state.instance.id for state in group.instance_states} & set(refresh["Replaced"])
    total = len(refresh["Replaced"]) or 1
    return {
        "InstanceRefreshId": refresh["InstanceRefreshId"],
        "AutoScalingGroupName": group.name,
        "Status": "InProgress" if left else "Successful",
        "PercentageComplete": 100 - 100 * len(left) // total,
        "InstancesToUpdate": len(left),
    }


def _refreshes(group: FakeAutoScalingGroup) -> list[dict[str, Any]]:
    refreshes: list[dict[str, Any]] = vars(group).setdefault("instance_refreshes", [])
    return refreshes


def group_of(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    """The group a request names. Raises ValidationError where there is none."""
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group
