"""What the deploy role may do in a log account, and the most that the roles it makes there may do."""

from __future__ import annotations

from programs.deploy import proofs
from programs.deploy.alarms import alarms
from programs.deploy.roles import roles
from programs.deploy.spec import BootstrapSpec
from programs.deploy.topics import topics
from programs.documents import Statement, allow
from programs.names import PREFIX

PASSED_TO = ["s3.amazonaws.com"]


def permissions(spec: BootstrapSpec) -> dict[str, list[Statement]]:
    """The deploy role's statements by subject."""
    subjects = {
        "roles": roles(spec, PASSED_TO),
        "stores": _stores(spec),
        "keys": _keys(spec),
        "alarms": alarms(spec),
        "announcements": [*topics(spec), *_queues(spec)],
    }
    return subjects | ({"proofs": proofs.finding(spec)} if spec.proofs else {})


def boundary(spec: BootstrapSpec) -> list[Statement]:
    """Copy between our stores, and read them and our queues."""
    return [
        allow(
            "Copy",
            [
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
                "s3:GetReplicationConfiguration",
                "s3:ReplicateObject",
                "s3:ReplicateTags",
            ],
            Resource=[*spec.store_arns, *(f"{arn}/*" for arn in spec.store_arns)],
        ),
        allow(
            "Read",
            ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
            Resource=[*spec.store_arns, *(f"{arn}/*" for arn in spec.store_arns)],
        ),
        allow(
            "UseStoreKeys",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            Resource="*",
            Condition={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        ),
        allow(
            "Consume",
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            Resource=f"arn:aws:sqs:*:{spec.account_id}:{PREFIX}*",
        ),
    ]


def _stores(spec: BootstrapSpec) -> list[Statement]:
    stores = [*spec.store_arns, *(f"{arn}/*" for arn in spec.store_arns)]
    return [
        allow(
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
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:PutReplicationConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            Resource=stores,
        ),
    ]


def _keys(spec: BootstrapSpec) -> list[Statement]:
    keys, aliases = (f"arn:aws:kms:*:{spec.account_id}:{what}" for what in ("key/*", "alias/logflume/*"))
    ours = {"StringEquals": {"aws:ResourceTag/managed-by": "logflume"}}
    return [
        allow("NewKeys", ["kms:CreateKey", "kms:ListAliases", "kms:ListKeys"], Resource="*"),
        allow(
            "Keys",
            [
                # These two follow the creation at once, when the key's tags may not count yet
                # ("Controlling access to KMS keys with tags", KMS guide): they do no harm to a key of somebody else.
                "kms:CreateAlias",
                "kms:EnableKeyRotation",
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
                # A key that is made with tags has no id yet by which a policy could name it.
                "kms:TagResource",
            ],
            Resource=keys,
        ),
        allow(
            "OurKeys",
            [
                "kms:DeleteAlias",
                "kms:EnableKey",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "kms:UntagResource",
                "kms:UpdateAlias",
                "kms:UpdateKeyDescription",
            ],
            Resource=keys,
            Condition=ours,
        ),
        allow("OurAliases", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], Resource=aliases),
    ]


def _queues(spec: BootstrapSpec) -> list[Statement]:
    queues = f"arn:aws:sqs:*:{spec.account_id}:{PREFIX}*"
    return [
        allow(
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
            Resource=queues,
        ),
    ]
