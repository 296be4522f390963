"""What the deploy role of an account may do, and the most that a role it makes may do. Pure documents.

The deploy role can do what the programs' create, read, update and delete calls need on what is ours by name. It cannot
make itself an administrator: roles only under `/logflume/` and only with the boundary, and neither itself nor the
boundary can be touched (IAM User Guide, "Delegating responsibility using permissions boundaries").
"""

from __future__ import annotations

from programs.deploy import log, production
from programs.deploy.spec import BootstrapSpec
from programs.documents import Document, Statement, allow, document
from programs.names import DEPLOY_ROLE, ROLE_PATH


def deploy_trust(spec: BootstrapSpec) -> Document:
    """The service, and with the external id alone (IAM User Guide, "The confused deputy problem")."""
    return document(
        {
            "Sid": "Service",
            "Effect": "Allow",
            "Principal": {"AWS": spec.service_principal},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": spec.external_id}},
        }
    )


def boundary_document(spec: BootstrapSpec) -> Document:
    """The most that a role made by logflume can ever do, whatever is written into its own policy."""
    return document(*(production.boundary(spec) if spec.side == "production" else log.boundary(spec)))


def deploy_permissions(spec: BootstrapSpec) -> dict[str, Document]:
    """What the programs' create, read, update and delete calls need on one side, and nothing that leads further.

    One managed policy a subject, by its short name: a policy has 6,144 characters, a role ten policies
    ("IAM and AWS STS quotas", IAM User Guide).
    """
    parts = production.permissions(spec) if spec.side == "production" else log.permissions(spec)
    return {name: document(*statements) for name, statements in parts.items()} | {
        "limits": document(*_look(spec), _not_itself(spec))
    }


def _look(spec: BootstrapSpec) -> list[Statement]:
    """Finding what is ours, and looking at the account before anything is changed there."""
    return [
        allow("FindWhatIsOurs", ["sts:GetCallerIdentity", "tag:GetResources"], Resource="*"),
        allow(
            "LookFirst",
            [
                "ec2:DescribeRegions",
                "iam:GetAccountSummary",
                "s3:ListAllMyBuckets",
                "servicequotas:GetServiceQuota",
            ],
            Resource="*",
        ),
        allow("AskWhatIsAllowed", ["iam:SimulatePrincipalPolicy"], Resource=spec.deploy_role_arn),
    ]


def _not_itself(spec: BootstrapSpec) -> Statement:
    own = [
        spec.deploy_role_arn,
        spec.boundary_arn,
        f"arn:aws:iam::{spec.account_id}:policy{ROLE_PATH}{DEPLOY_ROLE}*",
    ]
    changes = (
        "Attach*",
        "Create*",
        "Delete*",
        "Detach*",
        "PassRole",
        "Put*",
        "Set*",
        "Tag*",
        "Untag*",
        "Update*",
    )
    return {
        "Sid": "NotItself",
        "Effect": "Deny",
        "Action": [f"iam:{change}" for change in changes],
        "Resource": own,
    }
