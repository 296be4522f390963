"""What the deploy role of an account may do, and the most that a role it makes may do. Pure documents.

The deploy role can do what the programs' create, read, update and delete calls need on what is ours by name. It cannot
make itself an administrator: roles only under `/logflume/` and only with the boundary, and neither itself nor the
boundary can be touched (IAM User Guide, "Delegating responsibility using permissions boundaries").
"""

from __future__ import annotations

from typing import Any, Literal

from programs.names import BOUNDARY, DEPLOY_ROLE, PREFIX, ROLE_PATH
from programs.policies import Document, Statement, document
from programs.spec import OWN_LOG_GROUPS, AccountId, Frozen, Region

PASSED_TO = ["firehose.amazonaws.com", "logs.amazonaws.com", "logs.*.amazonaws.com"]


class BootstrapSpec(Frozen):
    """One account, and who may take its deploy role."""

    side: Literal["production", "log"]
    account_id: AccountId
    region: Region
    profile: Literal["logflume-production", "logflume-log"]
    service_principal: str
    """ARN of the identity that the service runs as."""
    external_id: str

    @property
    def boundary_arn(self) -> str:
        """ARN of the boundary made here."""
        return f"arn:aws:iam::{self.account_id}:policy{ROLE_PATH}{BOUNDARY}"

    @property
    def deploy_role_arn(self) -> str:
        """ARN of the deploy role made here."""
        return f"arn:aws:iam::{self.account_id}:role{ROLE_PATH}{DEPLOY_ROLE}"


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
    """The most that a delivery role can ever do, whatever is written into its own policy."""
    return document(
        _allow(
            "Deliver",
            ["firehose:PutRecord", "firehose:PutRecordBatch"],
            f"arn:aws:firehose:*:{spec.account_id}:deliverystream/{PREFIX}*",
        ),
        _allow(
            "WriteToStores",
            [
                "s3:AbortMultipartUpload",
                "s3:GetBucketLocation",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:PutObject",
                "s3:PutObjectAcl",
            ],
            f"arn:aws:s3:::{PREFIX}*",
        ),
        _allow(
            "UseStoreKeys",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            "*",
            Condition={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        ),
        _allow(
            "SayWhatWentWrong",
            ["logs:PutLogEvents"],
            f"arn:aws:logs:*:{spec.account_id}:log-group:{OWN_LOG_GROUPS}*",
        ),
    )


def deploy_permissions(spec: BootstrapSpec) -> Document:
    """What the programs' create, read, update and delete calls need on one side, and nothing that leads further."""
    statements = _production(spec) if spec.side == "production" else _log(spec)
    own = [
        spec.deploy_role_arn,
        spec.boundary_arn,
        f"arn:aws:iam::{spec.account_id}:policy{ROLE_PATH}{DEPLOY_ROLE}",
    ]
    changes = [
        "iam:Attach*",
        "iam:Create*",
        "iam:Delete*",
        "iam:Detach*",
        "iam:PassRole",
        "iam:Put*",
        "iam:Set*",
        "iam:Tag*",
        "iam:Untag*",
        "iam:Update*",
    ]
    look = _allow("FindWhatIsOurs", ["sts:GetCallerIdentity", "tag:GetResources"], "*")
    return document(
        *statements, look, {"Sid": "NotItself", "Effect": "Deny", "Action": changes, "Resource": own}
    )


def _production(spec: BootstrapSpec) -> list[Statement]:
    roles = f"arn:aws:iam::{spec.account_id}:role{ROLE_PATH}*"
    groups = f"arn:aws:logs:*:{spec.account_id}:log-group:"
    return [
        _allow(
            "RolesWithTheBoundary",
            ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            roles,
            Condition={"StringEquals": {"iam:PermissionsBoundary": spec.boundary_arn}},
        ),
        _allow(
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
            roles,
        ),
        # CloudWatch Logs is reported not to say to whom it passes the role of a filter: then its path is what limits it.
        _allow(
            "PassToDelivery",
            ["iam:PassRole"],
            roles,
            Condition={"StringLikeIfExists": {"iam:PassedToService": PASSED_TO}},
        ),
        _allow(
            "Streams",
            [
                "firehose:CreateDeliveryStream",
                "firehose:DeleteDeliveryStream",
                "firehose:DescribeDeliveryStream",
                "firehose:ListTagsForDeliveryStream",
                "firehose:StartDeliveryStreamEncryption",
                "firehose:StopDeliveryStreamEncryption",
                "firehose:TagDeliveryStream",
                "firehose:UntagDeliveryStream",
                "firehose:UpdateDestination",
            ],
            f"arn:aws:firehose:*:{spec.account_id}:deliverystream/{PREFIX}*",
        ),
        _allow("SeeLogGroupsAndRoles", ["iam:ListRoles", "logs:DescribeLogGroups"], "*"),
        _allow(
            "Filters",
            [
                "logs:CreateLogGroup",
                "logs:DeleteSubscriptionFilter",
                "logs:DescribeLogStreams",
                "logs:DescribeSubscriptionFilters",
                "logs:ListTagsForResource",
                "logs:ListTagsLogGroup",
                "logs:PutSubscriptionFilter",
                "logs:TagResource",
            ],
            f"{groups}*",
        ),
        _allow(
            "OwnLogs",
            [
                "logs:CreateLogStream",
                "logs:DeleteLogGroup",
                "logs:DeleteLogStream",
                "logs:DeleteRetentionPolicy",
                "logs:PutRetentionPolicy",
                "logs:UntagResource",
            ],
            f"{groups}{OWN_LOG_GROUPS}*",
        ),
    ]


def _log(spec: BootstrapSpec) -> list[Statement]:
    stores = [f"arn:aws:s3:::{PREFIX}*", f"arn:aws:s3:::{PREFIX}*/*"]
    topics, queues = (f"arn:aws:{service}:*:{spec.account_id}:{PREFIX}*" for service in ("sns", "sqs"))
    keys, aliases = (f"arn:aws:kms:*:{spec.account_id}:{what}" for what in ("key/*", "alias/logflume/*"))
    ours = {"StringEquals": {"aws:ResourceTag/managed-by": "logflume"}}
    return [
        _allow(
            "Buckets",
            [
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:GetAccelerateConfiguration",
                "s3:GetBucket*",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListTagsForResource",
                "s3:PutBucketNotification",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            stores,
        ),
        _allow("NewKeys", ["kms:CreateKey", "kms:ListAliases", "kms:ListKeys", "kms:TagResource"], "*"),
        _allow(
            "Keys",
            ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
            keys,
        ),
        _allow(
            "OurKeys",
            [
                "kms:CreateAlias",
                "kms:DeleteAlias",
                "kms:EnableKey",
                "kms:EnableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "kms:UntagResource",
                "kms:UpdateAlias",
                "kms:UpdateKeyDescription",
            ],
            keys,
            Condition=ours,
        ),
        _allow("OurAliases", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], aliases),
        _allow(
            "Topics",
            [
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:GetTopicAttributes",
                "sns:ListTagsForResource",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:TagResource",
                "sns:UntagResource",
            ],
            topics,
        ),
        _allow(
            "Subscriptions",
            [
                "sns:GetSubscriptionAttributes",
                "sns:ListTopics",
                "sns:SetSubscriptionAttributes",
                "sns:Unsubscribe",
            ],
            "*",
        ),
        _allow(
            "Queues",
            [
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ListQueueTags",
                "sqs:SetQueueAttributes",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ],
            queues,
        ),
    ]


def _allow(sid: str, actions: list[str], resource: str | list[str], **more: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, **more}
