"""IAM roles, their inline policies, managed policies and attachments. Calls and limits: the IAM API reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import TAGS, Values, flag, json_text, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "NoSuchEntity"
_MARKERS = ("Marker", "Marker")
_NAME = r"[\w+=,.@-]+"
_PATH = text(r"/|/[\x21-\x7e]+/", default="/", longest=512, replaces=True)
_ROLE_NAME = text(_NAME, required=True, longest=64, replaces=True)
_ARN = r"arn:aws[\w-]*:iam::(\d{12}|aws):policy/.+"
_VERSIONS_KEPT = 5
"""Versions of a managed policy that IAM keeps ("IAM and AWS STS quotas")."""


class Role(Resource):
    """aws.iam.Role, without the deprecated `inlinePolicies` and `managedPolicyArns`. Import by role name."""

    token, title = "aws:iam/role:Role", "IAM Role"
    documented = "iam_role"
    naming = Naming("name", "namePrefix", 64)
    inputs = {
        "name": text(_NAME, longest=64, replaces=True),
        "namePrefix": text(_NAME, longest=38, replaces=True),
        "path": _PATH,
        "assumeRolePolicy": json_text(required=True, longest=2048 * 4),
        "description": text(longest=1000),
        "forceDetachPolicies": flag(default=False, local=True),
        "maxSessionDuration": number(3600, 43200, default=3600),
        "permissionsBoundary": text(_ARN, longest=2048),
        "tags": TAGS,
    }
    computed = ("arn", "createDate", "uniqueId")

    def create(self, aws: Aws, inputs: Values) -> str:
        def make() -> dict[str, Any]:
            return aws.call(
                "iam",
                "CreateRole",
                RoleName=inputs["name"],
                Path=inputs["path"],
                AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
                Description=inputs.get("description") or None,
                MaxSessionDuration=inputs["maxSessionDuration"],
                PermissionsBoundary=inputs.get("permissionsBoundary") or None,
                Tags=tag_list(inputs.get("tags")),
            )

        return str(aws.retrying(make, _principal_is_new)["Role"]["RoleName"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("iam", "GetRole", _GONE, RoleName=id)
        if found is None:
            return None
        role = found["Role"]
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "path": role["Path"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "assumeRolePolicy": _document(role["AssumeRolePolicyDocument"]),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tags": tag_map(role.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "assumeRolePolicy" in changed:
            self._put_trust(aws, id, new["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            aws.call(
                "iam",
                "UpdateRole",
                RoleName=id,
                Description=new.get("description", ""),
                MaxSessionDuration=new["maxSessionDuration"],
            )
        if "permissionsBoundary" in changed:
            boundary = new.get("permissionsBoundary")
            if boundary:
                aws.call("iam", "PutRolePermissionsBoundary", RoleName=id, PermissionsBoundary=boundary)
            else:
                aws.call("iam", "DeleteRolePermissionsBoundary", RoleName=id)
        if "tags" in changed:
            _retag(aws, "Role", {"RoleName": id}, old, new)

    def _put_trust(self, aws: Aws, id: str, document: str) -> None:
        def put() -> dict[str, Any]:
            return aws.call("iam", "UpdateAssumeRolePolicy", RoleName=id, PolicyDocument=document)

        aws.retrying(put, _principal_is_new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        profiles = aws.find("iam", "ListInstanceProfilesForRole", _GONE, RoleName=id)
        if profiles is None:
            return
        for profile in profiles["InstanceProfiles"]:
            aws.find(
                "iam",
                "RemoveRoleFromInstanceProfile",
                _GONE,
                RoleName=id,
                InstanceProfileName=profile["InstanceProfileName"],
            )
        if known.get("forceDetachPolicies"):
            self._detach_all(aws, id)
        aws.find("iam", "DeleteRole", _GONE, RoleName=id)

    def _detach_all(self, aws: Aws, id: str) -> None:
        for policy in aws.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", _MARKERS, RoleName=id):
            aws.find("iam", "DetachRolePolicy", _GONE, RoleName=id, PolicyArn=policy["PolicyArn"])
        for name in aws.call("iam", "ListRolePolicies", RoleName=id)["PolicyNames"]:
            aws.find("iam", "DeleteRolePolicy", _GONE, RoleName=id, PolicyName=name)


class RolePolicy(Resource):
    """aws.iam.RolePolicy: an inline policy. Import by `role:policy`."""

    token, title = "aws:iam/rolePolicy:RolePolicy", "IAM Role Policy"
    documented = "iam_role_policy"
    naming = Naming("name", "namePrefix", 128)
    inputs = {
        "role": _ROLE_NAME,
        "name": text(_NAME, longest=128, replaces=True),
        "namePrefix": text(_NAME, longest=102, replaces=True),
        "policy": json_text(required=True, longest=10240),
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs["role"], inputs["name"], inputs["policy"])
        return f"{inputs['role']}:{inputs['name']}"

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        role, _, name = id.partition(":")
        found = aws.find("iam", "GetRolePolicy", _GONE, RoleName=role, PolicyName=name)
        return found and {"role": role, "name": name, "policy": _document(found["PolicyDocument"])}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        role, _, name = id.partition(":")
        self._put(aws, role, name, new["policy"])

    def _put(self, aws: Aws, role: str, name: str, document: str) -> None:
        aws.call("iam", "PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=document)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        role, _, name = id.partition(":")
        aws.find("iam", "DeleteRolePolicy", _GONE, RoleName=role, PolicyName=name)


class Policy(Resource):
    """aws.iam.Policy: a managed policy. Import by ARN. A change of the document is a new default version."""

    token, title = "aws:iam/policy:Policy", "IAM Policy"
    documented = "iam_policy"
    naming = Naming("name", "namePrefix", 128)
    inputs = {
        "name": text(_NAME, longest=128, replaces=True),
        "namePrefix": text(_NAME, longest=102, replaces=True),
        "path": _PATH,
        "description": text(longest=1000, replaces=True),
        "policy": json_text(required=True, longest=6144),
        "delayAfterPolicyCreationInMs": number(0, local=True),
        "tags": TAGS,
    }
    computed = ("arn", "policyId", "attachmentCount")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "iam",
            "CreatePolicy",
            PolicyName=inputs["name"],
            Path=inputs["path"],
            Description=inputs.get("description") or None,
            PolicyDocument=inputs["policy"],
            Tags=tag_list(inputs.get("tags")),
        )
        return str(made["Policy"]["Arn"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("iam", "GetPolicy", _GONE, PolicyArn=id)
        if found is None:
            return None
        policy = found["Policy"]
        version = aws.call("iam", "GetPolicyVersion", PolicyArn=id, VersionId=policy["DefaultVersionId"])
        return {
            "name": policy["PolicyName"],
            "arn": id,
            "path": policy["Path"],
            "policyId": policy["PolicyId"],
            "attachmentCount": policy.get("AttachmentCount", 0),
            "description": policy.get("Description", ""),
            "policy": _document(version["PolicyVersion"]["Document"]),
            "tags": tag_map(policy.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "policy" in changed:
            self._make_room(aws, id)
            aws.call(
                "iam", "CreatePolicyVersion", PolicyArn=id, PolicyDocument=new["policy"], SetAsDefault=True
            )
        if "tags" in changed:
            _retag(aws, "Policy", {"PolicyArn": id}, old, new)

    def _make_room(self, aws: Aws, id: str) -> None:
        versions = aws.pages("iam", "ListPolicyVersions", "Versions", _MARKERS, PolicyArn=id)
        others = sorted(
            (v for v in versions if not v["IsDefaultVersion"]), key=lambda version: version["CreateDate"]
        )
        if len(versions) >= _VERSIONS_KEPT and others:
            aws.call("iam", "DeletePolicyVersion", PolicyArn=id, VersionId=others[0]["VersionId"])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if aws.find("iam", "GetPolicy", _GONE, PolicyArn=id) is None:
            return
        for version in aws.pages("iam", "ListPolicyVersions", "Versions", _MARKERS, PolicyArn=id):
            if not version["IsDefaultVersion"]:
                aws.find("iam", "DeletePolicyVersion", _GONE, PolicyArn=id, VersionId=version["VersionId"])
        aws.find("iam", "DeletePolicy", _GONE, PolicyArn=id)


class RolePolicyAttachment(Resource):
    """aws.iam.RolePolicyAttachment. Import by `role/policy ARN`, which is its id here too. Attaching twice is one attachment."""

    token, title = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "IAM Role Policy Attachment"
    documented = "iam_role_policy_attachment"
    inputs = {"role": _ROLE_NAME, "policyArn": text(_ARN, longest=2048, required=True, replaces=True)}

    def create(self, aws: Aws, inputs: Values) -> str:
        aws.call("iam", "AttachRolePolicy", RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        role, _, arn = id.partition("/")
        if aws.find("iam", "GetRole", _GONE, RoleName=role) is None:
            return None
        attached = aws.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", _MARKERS, RoleName=role)
        found = any(policy["PolicyArn"] == arn for policy in attached)
        return {"role": role, "policyArn": arn} if found else None

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        role, _, arn = id.partition("/")
        aws.find("iam", "DetachRolePolicy", _GONE, RoleName=role, PolicyArn=arn)


def _document(document: Any) -> str:
    """A policy as text; botocore gives IAM's back decoded."""
    return document if isinstance(document, str) else json.dumps(document)


def _retag(aws: Aws, kind: str, target: dict[str, str], old: Values, new: Values) -> None:
    gone, written = tag_changes(old, new)
    if gone:
        aws.call("iam", f"Untag{kind}", **target, TagKeys=gone)
    if written:
        aws.call("iam", f"Tag{kind}", **target, Tags=tag_list(written))


def _principal_is_new(error: AwsError) -> bool:
    """A role made a moment ago is "Invalid principal in policy" until it has spread."""
    return error.code == "MalformedPolicyDocument" and "Invalid principal" in error.message


RESOURCES: tuple[Resource, ...] = (Role(), RolePolicy(), Policy(), RolePolicyAttachment())
