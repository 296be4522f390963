"""Splunk Add-on for AWS, the SQS-based S3 input.

From the add-on's own `README/inputs.conf.spec`, its REST handler for `aws_sqs_based_s3` and `sqs_based_s3/handler.py`,
`common/decoder.py` and `common/credentials.py` (7.x, as stored in public repositories). What they do, and this answers:

- With `using_dlq` the input stops with "Dead letter queue not found." unless the queue has a redrive policy.
- With `sqs_sns_validation` a message that is not signed by SNS is left alone, with a warning and nothing else: so it is 1
  for our queue, whose bodies are SNS's envelopes, and must be 0 where S3 or SNS deliver raw bodies.
- It downloads the version that the message names.
- The CloudTrail and Config decoders set the source type by themselves; files without content are passed over.
- Its IAM role is an ARN and nothing more: `AssumeRole` is called without an external id.
"""

from __future__ import annotations

from typing import Final

from .reading import Reading
from .text import heading, said

WRAPPED: Final = True
"""Splunk's queue is the one that gets SNS's envelopes."""
_DECODERS: Final = {
    "lines": ("CustomLogs", "logflume:lines"),
    "cloudtrail": ("CloudTrail", "aws:cloudtrail"),
    "config": ("Config", "aws:config"),
}


def render(reading: Reading) -> str:
    """A stanza of inputs.conf."""
    decoder, sourcetype = _DECODERS[reading.content.name]
    return f"""\
{
        heading(
            reading,
            "Splunk Add-on for AWS",
            "local/inputs.conf of the add-on, on each heavy forwarder that is to read",
        )
    }
{
        said(
            f"First add the role to the add-on (Configuration, IAM Role) as {reading.queue}, with the ARN {reading.role_arn}",
            "The add-on sends no external id, so the role asks for none.",
        )
    }
[aws_sqs_based_s3://{reading.name}]
{
        said(
            "The add-on's account that may take the role; it is the principal that the environment names for this consumer."
        )
    }
aws_account = logflume
aws_iam_role = {reading.queue}
sqs_queue_url = {reading.queue_url}
sqs_queue_region = {reading.region}
sqs_batch_size = 10
{said("The queue has a dead-letter queue; the input checks that it is still there before it reads.")}
using_dlq = 1
{
        said(
            "Messages come from SNS with its signature. Leave this on here, and off for queues that get raw messages:"
            " there, with it on, every message is passed over in silence."
        )
    }
sqs_sns_validation = {int(WRAPPED)}
s3_file_decoder = {decoder}
sourcetype = {sourcetype}
index = default
interval = 300
disabled = 0
{_props(sourcetype) if decoder == "CustomLogs" else _decoded(reading)}
"""


def _props(sourcetype: str) -> str:
    """The defaults of props.conf join lines without a time stamp and cut them at 10,000 bytes (props.conf.spec)."""
    return said(
        "Into local/props.conf of the same forwarder. Without it Splunk joins lines that begin with no time,"
        " and cuts each at 10,000 bytes:",
        f"    [{sourcetype}]",
        "    SHOULD_LINEMERGE = false",
        r"    LINE_BREAKER = ([\r\n]+)",
        "    TRUNCATE = 0",
    )


def _decoded(reading: Reading) -> str:
    told = f"The decoder makes an event of each entry of {reading.content.records} and sets the source type."
    return said(told + reading.content.left_out)
