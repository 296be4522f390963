"""Roles that the deploy role may make in an account: ours by path, under the boundary, for named services."""

from __future__ import annotations

from collections.abc import Sequence

from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement, allow
from programs.names import ROLE_PATH


def roles(spec: BootstrapSpec, passed_to: Sequence[str]) -> list[Statement]:
    """Make, read, change and delete roles, and give them to the services that take them."""
    ours = f"arn:aws:iam::{spec.account_id}:role{ROLE_PATH}*"
    return [
        allow(
            "RolesWithTheBoundary",
            ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            Resource=ours,
            Condition={"StringEquals": {"iam:PermissionsBoundary": spec.boundary_arn}},
        ),
        allow(
            "Roles",
            [
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
                "iam:ListRoleTags",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            Resource=ours,
        ),
        # CloudWatch Logs is reported not to say to whom it passes the role of a filter: then its path is what limits it.
        allow(
            "PassToDelivery",
            ["iam:PassRole"],
            Resource=ours,
            Condition={"StringLikeIfExists": {"iam:PassedToService": list(passed_to)}},
        ),
        allow("FindRoles", ["iam:ListRoles"], Resource="*"),
    ]
