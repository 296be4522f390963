"""Launch templates, load balancers and security groups read back as AWS shows them."""

from __future__ import annotations

from tests.sandbox.servers import encoded, network, template
from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, REGION, Sandbox


def test_a_template_version_takes_the_rest_from_its_source(sandbox: Sandbox) -> None:
    id = template(sandbox, PRODUCTION, "merged", UserData=encoded("one"), SecurityGroupIds=["sg-12345678"])
    ec2 = sandbox.client("ec2", PRODUCTION)
    ec2.create_launch_template_version(
        LaunchTemplateId=id, SourceVersion="1", LaunchTemplateData={"UserData": encoded("two")}
    )
    ec2.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData={"ImageId": "ami-87654321"})
    _, second, third = ec2.describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    assert second["LaunchTemplateData"] == {
        "ImageId": "ami-12345678",
        "InstanceType": "t3.small",
        "SecurityGroupIds": ["sg-12345678"],
        "UserData": encoded("two"),
    }
    assert third["LaunchTemplateData"] == {"ImageId": "ami-87654321"}


def test_a_template_s_own_tags_are_its_own_and_may_change(sandbox: Sandbox) -> None:
    ec2 = sandbox.client("ec2", PRODUCTION)
    made = ec2.create_launch_template(
        LaunchTemplateName="tagged",
        LaunchTemplateData={"ImageId": "ami-12345678"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "a"}]}],
    )["LaunchTemplate"]
    id = made["LaunchTemplateId"]
    [version] = ec2.describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    assert not version["LaunchTemplateData"].get("TagSpecifications")
    ec2.create_tags(Resources=[id], Tags=[{"Key": "team", "Value": "b"}])
    [template] = ec2.describe_launch_templates(LaunchTemplateIds=[id])["LaunchTemplates"]
    assert template["Tags"] == [{"Key": "team", "Value": "b"}]


def test_a_network_load_balancer_has_net_in_its_arns_and_keeps_its_tags(sandbox: Sandbox) -> None:
    vpc, subnets = network(sandbox, PRODUCTION)
    elbv2 = sandbox.client("elbv2", PRODUCTION)
    wanted = {
        "Name": "netted",
        "Type": "network",
        "Subnets": subnets,
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    [made] = elbv2.create_load_balancer(**wanted)["LoadBalancers"]
    arn = made["LoadBalancerArn"]
    assert arn.startswith(f"arn:aws:elasticloadbalancing:{REGION}:{PRODUCTION}:loadbalancer/net/netted/")
    assert elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == [
        {"Key": "team", "Value": "a"}
    ]
    assert refusal(elbv2.create_load_balancer, **wanted)[0] == "DuplicateLoadBalancerName"
    [group] = elbv2.create_target_group(
        Name="netted", Protocol="TCP", Port=5140, VpcId=vpc, TargetType="instance"
    )["TargetGroups"]
    listening = {
        "LoadBalancerArn": arn,
        "Port": 514,
        "Protocol": "TCP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    }
    [listener] = elbv2.create_listener(**listening)["Listeners"]
    assert listener["ListenerArn"].startswith(arn.replace(":loadbalancer/", ":listener/"))
    assert refusal(elbv2.create_listener, **listening)[0] == "DuplicateListener"
    changed = elbv2.modify_listener(ListenerArn=listener["ListenerArn"], Protocol="UDP", Port=1514)
    assert [(one["Protocol"], one["Port"]) for one in changed["Listeners"]] == [("UDP", 1514)]
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert refusal(elbv2.describe_load_balancers, LoadBalancerArns=[arn])[0] == "LoadBalancerNotFound"


def test_a_rule_that_names_a_group_keeps_its_description(sandbox: Sandbox) -> None:
    vpc, _ = network(sandbox, PRODUCTION)
    ec2 = sandbox.client("ec2", PRODUCTION)
    one, other = (
        ec2.create_security_group(GroupName=f"described-{n}", Description="x", VpcId=vpc)["GroupId"]
        for n in range(2)
    )
    pair = {"GroupId": other, "Description": "from the load balancer"}
    rule = {"IpProtocol": "tcp", "FromPort": 5140, "ToPort": 5140, "UserIdGroupPairs": [pair]}
    [made] = ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[rule])["SecurityGroupRules"]
    assert made["Description"] == "from the load balancer"
    assert made["ReferencedGroupInfo"]["GroupId"] == other
