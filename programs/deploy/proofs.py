"""What a proof of delivery needs of the deploy roles: to send something marked, and to find it again.

Log events go into one stream of a name of ours. Who may write to a stream is said by its ARN ("Actions, resources, and
condition keys for Amazon CloudWatch Logs", Service Authorization Reference; for CreateLogStream the page names the group, and
refusals name the stream: the narrower one is granted). A marked call is one that only reads.
"""

from __future__ import annotations

from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement, allow
from programs.names import OBJECTS_PREFIX, PREFIX
from programs.spec import OWN_LOG_GROUPS

PROOF_STREAM = "logflume-proof"
"""The log stream, in each log group, that marked events are written to."""


def sending(spec: BootstrapSpec) -> list[Statement]:
    """In production: write marked events, call what is listened to, ask for a snapshot, read why a delivery failed."""
    if not spec.proofs:
        return []
    groups = f"arn:aws:logs:*:{spec.account_id}:log-group:"
    return [
        allow(
            "ProofEvents",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource=f"{groups}*:log-stream:{PROOF_STREAM}",
        ),
        allow(
            "ProofCalls",
            ["config:DeliverConfigSnapshot", "ecr:DescribeRegistry", "es:ListDomainNames"],
            Resource="*",
        ),
        allow("WhyNotDelivered", ["logs:FilterLogEvents"], Resource=f"{groups}{OWN_LOG_GROUPS}*"),
    ]


def finding(spec: BootstrapSpec) -> list[Statement]:
    """In the log account: read what was delivered, and our own queue; a consumer's queue stays its own."""
    return [
        allow(
            "ReadDelivered",
            ["s3:GetObject"],
            Resource=[f"{arn}/{OBJECTS_PREFIX}*" for arn in spec.store_arns],
        ),
        allow(
            "ReadWithTheKeys",
            ["kms:Decrypt"],
            Resource=f"arn:aws:kms:*:{spec.account_id}:key/*",
            Condition={
                "StringEquals": {"aws:ResourceTag/managed-by": "logflume"},
                "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
            },
        ),
        allow(
            "ProofQueues",
            ["sqs:DeleteMessage", "sqs:ReceiveMessage"],
            Resource=f"arn:aws:sqs:*:{spec.account_id}:{PREFIX}*-proof",
        ),
    ]
