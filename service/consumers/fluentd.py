"""Fluentd, the `s3` input of fluent-plugin-s3.

From docs/input.md and docs/credentials.md of fluent/fluent-plugin-s3 (2026-08) and `lib/fluent/plugin/in_s3.rb`, and for Ruby
in double quotes from "Config file syntax", Fluentd documentation. What the plugin does, and this answers:

- A line that its parser refuses makes it delete the message: so the parser is `none`, which refuses nothing.
- An object over `decompression_size_limit` (256 MiB) is deleted from the queue and never read: so the limit is raised.
- It reads bodies with `Records` alone and deletes the others: SNS's envelopes would be lost, so this queue gets raw bodies.
- Whatever else fails stays in the queue, and goes to the dead-letter queue in the end.
- At start it asks whether the bucket is there and lists one object: the role may list.
"""

from __future__ import annotations

from .reading import Reading
from .text import heading, said


def render(reading: Reading) -> str:
    """A `<source>` section."""
    return f"""\
{heading(reading, "Fluentd in_s3", "fluent.conf")}
<source>
  @type s3
  @id {reading.word}
  tag logflume.{reading.environment}.{reading.source}
  s3_bucket {reading.bucket}
  s3_region {reading.region}
  store_as gzip
{_only(reading)}
{
        said(
            "An object that is larger when unpacked is deleted from the queue unread; the default is 256m.",
            indent=2,
        )
    }
  decompression_size_limit 2g
{said("Bucket and key are added to each record, so that it can be traced to its object.", indent=2)}
  add_object_metadata true
  <assume_role_credentials>
    role_arn {reading.role_arn}
    role_session_name logflume-{reading.consumer}
{said("From the environment; Fluentd does not start without it.", indent=4)}
    external_id "#{{ENV.fetch('{reading.external_id}')}}"
  </assume_role_credentials>
  <sqs>
    queue_name {reading.queue}
    queue_owner_aws_account_id {reading.account}
    wait_time_seconds 20
{said("After a failed poll; the default waits five minutes.", indent=4)}
    retry_error_interval 30
  </sqs>
{_parser(reading)}
</source>
"""


def _only(reading: Reading) -> str:
    """Which keys are read, as a Ruby regular expression that is not anchored at its end."""
    content = reading.content
    if not content.keys:
        return f"  match_regexp ^{reading.prefix}"
    told = said("Objects with records alone." + content.left_out, indent=2)
    return f"{told}\n  match_regexp ^{reading.prefix}.*({'|'.join(content.keys)})"


def _parser(reading: Reading) -> str:
    told = ["A parser that refuses a line makes the plugin delete the message. none takes each as it is."]
    if reading.content.records is not None:
        told.append(
            f"Each event is a whole document, its records in {reading.content.records}: split it after this source."
        )
    return f"{said(*told, indent=2)}\n  <parse>\n    @type none\n  </parse>"
