"""EC2 launch templates. Calls: the EC2 API reference; inputs: aws.ec2.LaunchTemplate of the provider's documentation.

A template is never changed: an update is a new version, made from the whole of the new inputs, and with
`updateDefaultVersion` it becomes the default. The provider reads the latest version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.ec2 import retag, tag_specifications
from service.sandbox.catalog.resource import Naming, Resource, present, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Prop,
    Values,
    block,
    choice,
    flag,
    list_of,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = (
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.Malformed",
    "InvalidLaunchTemplateName.NotFoundException",
)
_BOTH = "true", "false"
_EBS = {
    "volumeSize": number(1, 65536, computed=True),
    "volumeType": choice("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard", computed=True),
    "encrypted": choice(*_BOTH),
    "deleteOnTermination": choice(*_BOTH),
    "kmsKeyId": text(r"arn:.+"),
    "iops": number(100, 256000, computed=True),
    "throughput": number(125, 2000, computed=True),
}
_METADATA = {
    "httpEndpoint": choice("enabled", "disabled", computed=True),
    "httpTokens": choice("optional", "required", computed=True),
    "httpPutResponseHopLimit": number(1, 64, computed=True),
    "instanceMetadataTags": choice("enabled", "disabled", computed=True),
}


class LaunchTemplate(Resource):
    """aws.ec2.LaunchTemplate. Import by template id."""

    token, title = "aws:ec2/launchTemplate:LaunchTemplate", "EC2 Launch Template"
    documented = "launch_template"
    naming = Naming("name", "namePrefix", 128)
    inputs = {
        "name": text(r"[a-zA-Z0-9().\-/_]{3,128}", replaces=True),
        "namePrefix": text(r"[a-zA-Z0-9().\-/_]+", longest=99, replaces=True),
        "description": text(longest=255),
        "imageId": text(r"ami-[0-9a-f]+|resolve:ssm:.+"),
        "instanceType": text(r"[a-z0-9-]+\.[a-z0-9-]+"),
        "userData": text(longest=21848),
        "iamInstanceProfile": block({"arn": text(r"arn:.+"), "name": text()}),
        "vpcSecurityGroupIds": set_of(text(r"sg-[0-9a-f]+")),
        "metadataOptions": block(_METADATA),
        "monitoring": block({"enabled": flag()}),
        "blockDeviceMappings": list_of(
            block({"deviceName": text(required=True), "ebs": block(_EBS)}), key="deviceName"
        ),
        "tagSpecifications": list_of(
            block({"resourceType": text(required=True), "tags": Prop("map")}), key="resourceType"
        ),
        "updateDefaultVersion": flag(local=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "latestVersion", "defaultVersion")
    moving = ("latestVersion", "defaultVersion")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        profile = inputs.get("iamInstanceProfile")
        if isinstance(profile, dict) and "arn" in profile and "name" in profile:
            yield Failure("iamInstanceProfile.name", "conflicts with iamInstanceProfile.arn")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "ec2",
            "CreateLaunchTemplate",
            LaunchTemplateName=inputs["name"],
            VersionDescription=inputs.get("description") or None,
            LaunchTemplateData=_data(inputs),
            TagSpecifications=tag_specifications("launch-template", inputs.get("tags")),
        )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("ec2", "DescribeLaunchTemplates", *_GONE, LaunchTemplateIds=[id])
        if not found or not found["LaunchTemplates"]:
            return None
        template = found["LaunchTemplates"][0]
        versions = aws.call(
            "ec2", "DescribeLaunchTemplateVersions", LaunchTemplateId=id, Versions=["$Latest"]
        )
        latest = versions["LaunchTemplateVersions"][0]
        return {
            "name": template["LaunchTemplateName"],
            "arn": f"arn:aws:ec2:{aws.region}:{aws.account_id}:launch-template/{id}",
            "latestVersion": template["LatestVersionNumber"],
            "defaultVersion": template["DefaultVersionNumber"],
            "description": latest.get("VersionDescription") or "",
            "tags": tag_map(template.get("Tags")),
            **_shown(latest["LaunchTemplateData"]),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags", "updateDefaultVersion"}:
            made = aws.call(
                "ec2",
                "CreateLaunchTemplateVersion",
                LaunchTemplateId=id,
                VersionDescription=new.get("description") or None,
                LaunchTemplateData=_data(new),
            )
            if new.get("updateDefaultVersion"):
                version = str(made["LaunchTemplateVersion"]["VersionNumber"])
                aws.call("ec2", "ModifyLaunchTemplate", LaunchTemplateId=id, DefaultVersion=version)
        if "tags" in changed:
            retag(aws, id, old, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("ec2", "DeleteLaunchTemplate", *_GONE, LaunchTemplateId=id)


def _data(inputs: Values) -> dict[str, Any]:
    """RequestLaunchTemplateData of the inputs."""
    profile, monitoring = inputs.get("iamInstanceProfile"), inputs.get("monitoring")
    return present(
        ImageId=inputs.get("imageId"),
        InstanceType=inputs.get("instanceType"),
        UserData=inputs.get("userData"),
        IamInstanceProfile=profile and present(Arn=profile.get("arn"), Name=profile.get("name")),
        SecurityGroupIds=inputs.get("vpcSecurityGroupIds") or None,
        MetadataOptions=_upper(inputs.get("metadataOptions")),
        Monitoring=_upper(monitoring),
        BlockDeviceMappings=[
            present(DeviceName=mapping["deviceName"], Ebs=_ebs(mapping.get("ebs")))
            for mapping in inputs.get("blockDeviceMappings") or []
        ]
        or None,
        TagSpecifications=[
            {"ResourceType": one["resourceType"], "Tags": tag_list(one.get("tags")) or []}
            for one in inputs.get("tagSpecifications") or []
        ]
        or None,
    )


def _shown(data: dict[str, Any]) -> Values:
    """The inputs that would make this ResponseLaunchTemplateData."""
    profile = data.get("IamInstanceProfile")
    return {
        "imageId": data.get("ImageId"),
        "instanceType": data.get("InstanceType"),
        "userData": data.get("UserData"),
        "iamInstanceProfile": _lower(profile),
        "vpcSecurityGroupIds": data.get("SecurityGroupIds"),
        "metadataOptions": _lower(data.get("MetadataOptions"), tuple(_METADATA)),
        "monitoring": _lower(data.get("Monitoring")),
        "blockDeviceMappings": [
            {"deviceName": mapping["DeviceName"], "ebs": _ebs_shown(mapping.get("Ebs"))}
            for mapping in data.get("BlockDeviceMappings") or []
        ],
        "tagSpecifications": [
            {"resourceType": one["ResourceType"], "tags": tag_map(one.get("Tags"))}
            for one in data.get("TagSpecifications") or []
        ],
    }


def _ebs(ebs: Values | None) -> dict[str, Any] | None:
    """The provider has text for flags here, for a template may leave them open."""
    return _upper({name: value == "true" if value in _BOTH else value for name, value in (ebs or {}).items()})


def _ebs_shown(ebs: dict[str, Any] | None) -> Values | None:
    shown = _lower(ebs, tuple(_EBS)) or {}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in shown.items()}


def _upper(fields: Values | None) -> dict[str, Any] | None:
    return {name[0].upper() + name[1:]: value for name, value in fields.items()} if fields else None


def _lower(fields: dict[str, Any] | None, known: tuple[str, ...] = ()) -> Values | None:
    lowered = {name[0].lower() + name[1:]: value for name, value in (fields or {}).items()}
    kept = {name: value for name, value in lowered.items() if not known or name in known}
    return kept or None


RESOURCES: tuple[Resource, ...] = (LaunchTemplate(),)
