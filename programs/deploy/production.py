"""What the deploy role may do in a production account, and the most that the roles it makes there may do."""

from __future__ import annotations

from programs.deploy import calls, proofs, sources
from programs.deploy.alarms import alarms
from programs.deploy.roles import roles
from programs.deploy.servers import balancers, let_itself_go, servers
from programs.deploy.spec import BootstrapSpec
from programs.deploy.topics import topics
from programs.documents import Statement, allow
from programs.names import PREFIX
from programs.spec import OWN_LOG_GROUPS

PASSED_TO = ["events.amazonaws.com", "firehose.amazonaws.com", "logs.amazonaws.com", "logs.*.amazonaws.com"]


def permissions(spec: BootstrapSpec) -> dict[str, list[Statement]]:
    """The deploy role's statements by subject."""
    switching = sources.switching(spec) if spec.switch_at_source else []
    return {
        "roles": roles(spec, PASSED_TO),
        "delivery": _streams(spec),
        "log-groups": [*_log_groups(spec), *proofs.sending(spec)],
        "recorder": _recorder(spec),
        "alarms": [*alarms(spec), *topics(spec)],
        "calls": calls.permissions(spec),
        "sources": [*sources.looking(spec), *switching],
        "servers": [*servers(spec), *balancers(spec)],
    }


def boundary(spec: BootstrapSpec) -> list[Statement]:
    """Feed our streams, write to our stores, say what went wrong."""
    return [
        allow(
            "Deliver",
            ["firehose:PutRecord", "firehose:PutRecordBatch"],
            Resource=f"arn:aws:firehose:*:{spec.account_id}:deliverystream/{PREFIX}*",
        ),
        allow(
            "WriteToStores",
            [
                "s3:AbortMultipartUpload",
                "s3:GetBucketLocation",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:PutObject",
                "s3:PutObjectAcl",
            ],
            Resource=[*spec.store_arns, *(f"{arn}/*" for arn in spec.store_arns)],
        ),
        allow(
            "UseStoreKeys",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource="*",
            Condition={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        ),
        allow(
            "SayWhatWentWrong",
            ["logs:PutLogEvents"],
            Resource=f"arn:aws:logs:*:{spec.account_id}:log-group:{OWN_LOG_GROUPS}*",
        ),
        let_itself_go(spec),
    ]


def _streams(spec: BootstrapSpec) -> list[Statement]:
    return [
        allow(
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
            Resource=f"arn:aws:firehose:*:{spec.account_id}:deliverystream/{PREFIX}*",
        ),
    ]


def _log_groups(spec: BootstrapSpec) -> list[Statement]:
    groups = f"arn:aws:logs:*:{spec.account_id}:log-group:"
    return [
        allow("SeeLogGroups", ["logs:DescribeLogGroups"], Resource="*"),
        allow(
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
            Resource=f"{groups}*",
        ),
        allow(
            "OwnLogs",
            [
                "logs:CreateLogStream",
                "logs:DeleteLogGroup",
                "logs:DeleteLogStream",
                "logs:DeleteRetentionPolicy",
                "logs:PutRetentionPolicy",
                "logs:UntagResource",
            ],
            Resource=f"{groups}{OWN_LOG_GROUPS}*",
        ),
    ]


def _recorder(spec: BootstrapSpec) -> list[Statement]:
    """A recorder has no name of ours: an account has one a region. AWS Config knows no resources for most of these."""
    return [
        allow(
            "Recorder",
            [
                "config:DeleteConfigurationRecorder",
                "config:DeleteDeliveryChannel",
                "config:DescribeConfigurationRecorderStatus",
                "config:DescribeConfigurationRecorders",
                "config:DescribeDeliveryChannelStatus",
                "config:DescribeDeliveryChannels",
                "config:PutConfigurationRecorder",
                "config:PutDeliveryChannel",
                "config:StartConfigurationRecorder",
                "config:StopConfigurationRecorder",
            ],
            Resource="*",
        ),
        # A recorder that is handed back gets the role it had. Only a role that trusts AWS Config is of use to it.
        allow(
            "PassToConfig",
            ["iam:PassRole"],
            Resource=f"arn:aws:iam::{spec.account_id}:role/*",
            Condition={"StringEquals": {"iam:PassedToService": "config.amazonaws.com"}},
        ),
    ]
