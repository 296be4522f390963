"""Security groups and their rules, each rule a resource of its own. Calls: the EC2 API reference; inputs: aws.ec2.SecurityGroup,
aws.vpc.SecurityGroupIngressRule and aws.vpc.SecurityGroupEgressRule of the provider's documentation.

A new group comes without AWS's rule that lets everything out: the provider takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.ec2 import retag, tag_specifications
from service.sandbox.catalog.resource import Naming, Resource, present, tag_map
from service.sandbox.catalog.schema import REGION, TAGS, Unknown, Values, flag, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = ("InvalidGroup.NotFound", "InvalidGroupId.Malformed")
_RULE_GONE = ("InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRuleId.Malformed", *_GONE)
_EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


class SecurityGroup(Resource):
    """aws.ec2.SecurityGroup without inline rules. Import by group id."""

    token, title = "aws:ec2/securityGroup:SecurityGroup", "Security Group"
    documented = "security_group"
    naming = Naming("name", "namePrefix", 255)
    inputs = {
        "name": text(r"(?!sg-).+", longest=255, replaces=True),
        "namePrefix": text(r"(?!sg-).+", longest=100, replaces=True),
        "description": text(
            r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]+", default="Managed by Pulumi", longest=255, replaces=True
        ),
        "vpcId": text(r"vpc-[0-9a-f]+", computed=True, replaces=True),
        "revokeRulesOnDelete": flag(default=False, local=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "ownerId", "ingress", "egress")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "ec2",
            "CreateSecurityGroup",
            GroupName=inputs["name"],
            Description=inputs["description"],
            VpcId=inputs.get("vpcId"),
            TagSpecifications=tag_specifications("security-group", inputs.get("tags")),
        )
        return str(made["GroupId"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        aws.call("ec2", "RevokeSecurityGroupEgress", GroupId=id, IpPermissions=[_EVERYTHING])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("ec2", "DescribeSecurityGroups", *_GONE, GroupIds=[id])
        if found is None:
            return None
        group = found["SecurityGroups"][0]
        return {
            "name": group["GroupName"],
            "description": group["Description"],
            "vpcId": group["VpcId"],
            "ownerId": group["OwnerId"],
            "arn": f"arn:aws:ec2:{aws.region}:{group['OwnerId']}:security-group/{id}",
            "tags": tag_map(group.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "tags" in changed:
            retag(aws, id, old, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("ec2", "DeleteSecurityGroup", *_GONE, GroupId=id)


_SOURCES = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId")


class _Rule(Resource):
    """One rule. Import by rule id (`sgr-…`). All but its group, and what kind of source it names, is changed in place."""

    direction: str
    inputs = {
        "securityGroupId": text(r"sg-[0-9a-f]+", required=True, replaces=True),
        "ipProtocol": text(r"-1|tcp|udp|icmp|icmpv6|\d+", required=True),
        "fromPort": number(-1, 65535),
        "toPort": number(-1, 65535),
        "cidrIpv4": text(r"[0-9.]+/\d+"),
        "cidrIpv6": text(r"[0-9a-f:]+/\d+"),
        "referencedSecurityGroupId": text(r"sg-[0-9a-f]+"),
        "description": text(longest=255),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "securityGroupRuleId")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        given = [inputs[source] for source in _SOURCES if source in inputs]
        # What is not known yet may turn out to be nothing at all.
        if len([value for value in given if not isinstance(value, Unknown)]) > 1 or not given:
            yield Failure("", f"exactly one of {', '.join(_SOURCES)} must be given")

    def replacing(self, old: Values, new: Values) -> set[str]:
        """The source type of a rule cannot be changed (ModifySecurityGroupRules)."""
        before, after = ({source for source in _SOURCES if source in inputs} for inputs in (old, new))
        return before ^ after

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "ec2",
            f"AuthorizeSecurityGroup{self.direction}",
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            TagSpecifications=tag_specifications("security-group-rule", inputs.get("tags")),
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("ec2", "DescribeSecurityGroupRules", *_RULE_GONE, SecurityGroupRuleIds=[id])
        shown = (found or {}).get("SecurityGroupRules") or []
        if not shown or shown[0]["IsEgress"] != (self.direction == "Egress"):
            return None
        rule = shown[0]
        every = rule["IpProtocol"] == "-1"
        return {
            "securityGroupId": rule["GroupId"],
            "securityGroupRuleId": id,
            "arn": f"arn:aws:ec2:{aws.region}:{aws.account_id}:security-group-rule/{id}",
            "ipProtocol": rule["IpProtocol"],
            "fromPort": None if every else rule.get("FromPort"),
            "toPort": None if every else rule.get("ToPort"),
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
            "description": rule.get("Description") or "",
            "tags": tag_map(rule.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags"}:
            written = {"SecurityGroupRuleId": id, "SecurityGroupRule": _rule_request(new)}
            aws.call(
                "ec2",
                "ModifySecurityGroupRules",
                GroupId=new["securityGroupId"],
                SecurityGroupRules=[written],
            )
        if "tags" in changed:
            retag(aws, id, old, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if self.read(aws, id, known) is None:
            return
        aws.find(
            "ec2",
            f"RevokeSecurityGroup{self.direction}",
            *_RULE_GONE,
            GroupId=known["securityGroupId"],
            SecurityGroupRuleIds=[id],
        )


class SecurityGroupIngressRule(_Rule):
    """aws.vpc.SecurityGroupIngressRule."""

    token, title = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "VPC Security Group Rule"
    documented = "vpc_security_group_ingress_rule"
    direction = "Ingress"


class SecurityGroupEgressRule(_Rule):
    """aws.vpc.SecurityGroupEgressRule."""

    token, title = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "VPC Security Group Rule"
    documented = "vpc_security_group_egress_rule"
    direction = "Egress"


def _permission(inputs: Values) -> dict[str, Any]:
    """An IpPermission, as the Authorize calls take it."""
    more = present(Description=inputs.get("description") or None)
    permission = present(
        IpProtocol=inputs["ipProtocol"], FromPort=inputs.get("fromPort"), ToPort=inputs.get("toPort")
    )
    if "cidrIpv4" in inputs:
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **more}]
    elif "cidrIpv6" in inputs:
        permission["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"], **more}]
    else:
        permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **more}]
    return permission


def _rule_request(inputs: Values) -> dict[str, Any]:
    """A SecurityGroupRuleRequest, as ModifySecurityGroupRules takes it."""
    return present(
        IpProtocol=inputs["ipProtocol"],
        FromPort=inputs.get("fromPort", -1),
        ToPort=inputs.get("toPort", -1),
        CidrIpv4=inputs.get("cidrIpv4"),
        CidrIpv6=inputs.get("cidrIpv6"),
        ReferencedGroupId=inputs.get("referencedSecurityGroupId"),
        Description=inputs.get("description") or None,
    )


RESOURCES: tuple[Resource, ...] = (SecurityGroup(), SecurityGroupIngressRule(), SecurityGroupEgressRule())
