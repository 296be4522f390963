"""Hooks hold what terminates, refreshes replace, and a group with instances is not deleted."""

from __future__ import annotations

from tests.sandbox.servers import group, instances, network
from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, Sandbox

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


def _hold(sandbox: Sandbox, name: str) -> None:
    sandbox.client("autoscaling", PRODUCTION).put_lifecycle_hook(
        AutoScalingGroupName=name, LifecycleHookName="flush", LifecycleTransition=TERMINATING
    )


def test_an_instance_says_which_version_it_was_launched_from(sandbox: Sandbox) -> None:
    id = group(sandbox, PRODUCTION, "versions")
    sandbox.client("ec2", PRODUCTION).create_launch_template_version(
        LaunchTemplateId=id, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
    )
    autoscaling = sandbox.client("autoscaling", PRODUCTION)
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="versions",
        DesiredCapacity=2,
        LaunchTemplate={"LaunchTemplateId": id, "Version": "2"},
    )
    assert sorted(version for _, version in instances(sandbox, PRODUCTION, "versions").values()) == ["1", "2"]


def test_a_refresh_replaces_what_is_in_service(sandbox: Sandbox) -> None:
    id = group(sandbox, PRODUCTION, "refreshed", size=2)
    before = instances(sandbox, PRODUCTION, "refreshed")
    sandbox.client("ec2", PRODUCTION).create_launch_template_version(
        LaunchTemplateId=id, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
    )
    autoscaling = sandbox.client("autoscaling", PRODUCTION)
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="refreshed", LaunchTemplate={"LaunchTemplateId": id, "Version": "2"}
    )
    autoscaling.start_instance_refresh(AutoScalingGroupName="refreshed")
    after = instances(sandbox, PRODUCTION, "refreshed")
    assert before.keys().isdisjoint(after)
    assert list(after.values()) == [("InService", "2")] * 2
    [refresh] = autoscaling.describe_instance_refreshes(AutoScalingGroupName="refreshed")["InstanceRefreshes"]
    assert (refresh["Status"], refresh["PercentageComplete"]) == ("Successful", 100)


def test_a_refresh_may_leave_what_matches(sandbox: Sandbox) -> None:
    group(sandbox, PRODUCTION, "matching")
    before = instances(sandbox, PRODUCTION, "matching")
    sandbox.client("autoscaling", PRODUCTION).start_instance_refresh(
        AutoScalingGroupName="matching", Preferences={"SkipMatching": True}
    )
    assert instances(sandbox, PRODUCTION, "matching") == before


def test_a_hook_holds_an_instance_until_it_says_that_it_is_done(sandbox: Sandbox) -> None:
    vpc, _ = network(sandbox, PRODUCTION)
    elbv2 = sandbox.client("elbv2", PRODUCTION)
    [made] = elbv2.create_target_group(
        Name="held", Protocol="TCP", Port=5140, VpcId=vpc, TargetType="instance"
    )["TargetGroups"]
    target = made["TargetGroupArn"]
    group(sandbox, PRODUCTION, "held", TargetGroupARNs=[target])
    _hold(sandbox, "held")
    autoscaling = sandbox.client("autoscaling", PRODUCTION)
    [id] = instances(sandbox, PRODUCTION, "held")
    assert [each["Target"]["Id"] for each in _health(sandbox, target)] == [id]
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="held", MinSize=0, DesiredCapacity=0)
    assert instances(sandbox, PRODUCTION, "held") == {id: ("Terminating:Wait", "1")}
    assert _health(sandbox, target) == []
    assert refusal(autoscaling.delete_auto_scaling_group, AutoScalingGroupName="held") == (
        "ResourceInUse",
        400,
    )
    done = {"AutoScalingGroupName": "held", "LifecycleHookName": "flush", "InstanceId": id}
    autoscaling.complete_lifecycle_action(**done, LifecycleActionResult="CONTINUE")
    assert instances(sandbox, PRODUCTION, "held") == {}
    assert (
        refusal(autoscaling.complete_lifecycle_action, **done, LifecycleActionResult="CONTINUE")[0]
        == "ValidationError"
    )
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="held")


def _health(sandbox: Sandbox, target_group: str) -> list[dict[str, dict[str, str]]]:
    elbv2 = sandbox.client("elbv2", PRODUCTION)
    found = elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    return [each for each in found if each["TargetHealth"]["State"] not in ("draining", "unused")]


def test_a_group_is_deleted_by_force_with_all_it_has(sandbox: Sandbox) -> None:
    group(sandbox, PRODUCTION, "forced")
    _hold(sandbox, "forced")
    [id] = instances(sandbox, PRODUCTION, "forced")
    autoscaling = sandbox.client("autoscaling", PRODUCTION)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="forced", ForceDelete=True)
    [found] = sandbox.client("ec2", PRODUCTION).describe_instances(InstanceIds=[id])["Reservations"]
    assert found["Instances"][0]["State"]["Name"] == "terminated"
    assert (
        autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["forced"])["AutoScalingGroups"] == []
    )
