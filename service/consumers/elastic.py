"""Filebeat and Elastic Agent, the `aws-s3` input.

From "AWS S3 input", Filebeat reference (elastic/beats docs/reference/filebeat/filebeat-input-aws-s3.md, 2026), and for
`${NAME:?message}` from "Use environment variables in the configuration" there. `external_id` came with beats #36322.
"""

from __future__ import annotations

from .reading import VISIBILITY_SECONDS, Content, Reading
from .text import heading, said


def render(reading: Reading) -> str:
    """A whole `filebeat.inputs` section."""
    unset = f"${{{reading.external_id}:?the external id of {reading.consumer} is not set}}"
    return f"""\
{heading(reading, "Filebeat aws-s3", "filebeat.yml, or the advanced YAML of an Elastic Agent input")}
filebeat.inputs:
  - type: aws-s3
    id: "{reading.name}"
    queue_url: "{reading.queue_url}"
    region: "{reading.region}"
    role_arn: "{reading.role_arn}"
{said("From the environment or the Filebeat keystore; Filebeat does not start without it.", indent=4)}
    external_id: "{unset}"
{
        said(
            "Never delete a message that failed: the queue has a dead-letter queue. The default deletes it"
            " at the fifth try, and with it the only trace of the object.",
            indent=4,
        )
    }
    sqs.max_receive_count: -1
{said("As long as the queue's own; Filebeat extends it at half time while it still reads.", indent=4)}
    visibility_timeout: {VISIBILITY_SECONDS}s
{_selectors(reading.content)}\
    tags: ["logflume", "{reading.source}"]
"""


def _selectors(content: Content) -> str:
    """Nothing for lines: the input splits at newlines and finds gzip by its first bytes."""
    if content.records is None:
        return ""
    told = said("One event a record." + content.left_out, indent=4)
    entries = "".join(
        f"""\
      - regex: "{key}"
        expand_event_list_from_field: "{content.records}"
        content_type: "application/json"
"""
        for key in content.keys
    )
    return f"{told}\n    file_selectors:\n{entries}"
