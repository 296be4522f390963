"""Roles say which boundary they have."""

from __future__ import annotations

from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, Sandbox


def test_a_permissions_boundary_says_what_it_is(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", LOG)
    boundary = iam.create_policy(
        PolicyName="fence",
        Path="/logflume/",
        PolicyDocument=policy(Effect="Allow", Action="s3:*", Resource="*"),
    )["Policy"]["Arn"]
    iam.create_role(RoleName="fenced", AssumeRolePolicyDocument=trust(AWS=LOG), PermissionsBoundary=boundary)
    assert iam.get_role(RoleName="fenced")["Role"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": boundary,
    }
