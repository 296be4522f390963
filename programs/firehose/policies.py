"""The policy documents of the delivery side. Pure functions of names.

Sources: the article this project began with (its actions are the most that a role gets), "Control access" in the Amazon
Data Firehose guide, "Subscription filters" and "Confused deputy prevention" in the CloudWatch Logs guide.
"""

from __future__ import annotations

from programs.documents import Document, allow, document
from programs.names import Names
from programs.store.writers import WRITE_ACTIONS, everything, through_s3


def logs_trust(names: Names) -> Document:
    """CloudWatch Logs of this account and region may take the role, nobody else's may make it (confused deputy)."""
    region, account = names.production_region, names.production_account
    return document(
        allow(
            "CloudWatchLogs",
            ["sts:AssumeRole"],
            Principal={"Service": f"logs.{region}.amazonaws.com"},
            Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"}},
        )
    )


def feeder_permissions(names: Names) -> Document:
    """Feed one stream. Of the article's Put*, List*, Describe* delivery uses the two puts."""
    actions = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    return document(allow("FeedTheStream", actions, Resource=[names.stream_arn]))


def firehose_trust(names: Names) -> Document:
    """Firehose may take the role for this account: the external id is the article's, and all that Firehose is known to send."""
    account = names.production_account
    return document(
        allow(
            "Firehose",
            ["sts:AssumeRole"],
            Principal={"Service": "firehose.amazonaws.com"},
            Condition={"StringEquals": {"sts:ExternalId": account}},
        )
    )


def firehose_permissions(names: Names, key_arn: str) -> Document:
    """Write to one bucket, use its key through S3 alone, and say in one log stream what went wrong."""
    return document(
        allow(
            "WriteToTheStore",
            [action for action in WRITE_ACTIONS if action != "s3:GetObject"],
            Resource=everything(names.bucket_arn),
        ),
        allow(
            "UseTheKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource=[key_arn],
            Condition=through_s3(names.log_region, names.bucket_arn),
        ),
        allow("SayWhatWentWrong", ["logs:PutLogEvents"], Resource=[names.error_stream_arn]),
    )
