"""Instance profiles: how an EC2 instance carries a role. Calls: the IAM API reference; inputs: aws.iam.InstanceProfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.sandbox.catalog.resource import Naming, Resource, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import TAGS, Values, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "NoSuchEntity"
_NAME = r"[\w+=,.@-]+"


class InstanceProfile(Resource):
    """aws.iam.InstanceProfile. Import by name. It holds one role at most; a change takes the old one out first."""

    token, title = "aws:iam/instanceProfile:InstanceProfile", "IAM Instance Profile"
    documented = "iam_instance_profile"
    naming = Naming("name", "namePrefix", 128)
    inputs = {
        "name": text(_NAME, longest=128, replaces=True),
        "namePrefix": text(_NAME, longest=102, replaces=True),
        "path": text(r"/|/[\x21-\x7e]+/", default="/", longest=512, replaces=True),
        "role": text(_NAME),
        "tags": TAGS,
    }
    computed = ("arn", "createDate", "uniqueId")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "iam",
            "CreateInstanceProfile",
            InstanceProfileName=inputs["name"],
            Path=inputs["path"],
            Tags=tag_list(inputs.get("tags")),
        )
        return str(made["InstanceProfile"]["InstanceProfileName"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        if inputs.get("role"):
            aws.call("iam", "AddRoleToInstanceProfile", InstanceProfileName=id, RoleName=inputs["role"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("iam", "GetInstanceProfile", _GONE, InstanceProfileName=id)
        if found is None:
            return None
        profile = found["InstanceProfile"]
        return {
            "name": profile["InstanceProfileName"],
            "arn": profile["Arn"],
            "path": profile["Path"],
            "uniqueId": profile["InstanceProfileId"],
            "createDate": profile["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "role": next((role["RoleName"] for role in profile["Roles"]), None),
            "tags": tag_map(profile.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "role" in changed:
            self._remove(aws, id, old.get("role"))
            self.settle(aws, id, new)
        if "tags" in changed:
            gone, written = tag_changes(old, new)
            if gone:
                aws.call("iam", "UntagInstanceProfile", InstanceProfileName=id, TagKeys=gone)
            if written:
                aws.call("iam", "TagInstanceProfile", InstanceProfileName=id, Tags=tag_list(written))

    def _remove(self, aws: Aws, id: str, role: str | None) -> None:
        if role:
            aws.find("iam", "RemoveRoleFromInstanceProfile", _GONE, InstanceProfileName=id, RoleName=role)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        live = self.read(aws, id, known)
        if live is not None:
            self._remove(aws, id, live["role"])
            aws.find("iam", "DeleteInstanceProfile", _GONE, InstanceProfileName=id)


RESOURCES: tuple[Resource, ...] = (InstanceProfile(),)
