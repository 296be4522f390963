"""Vector, the `aws_s3` source.

From the generated reference of the source and of the `remap` transform (vectordotdev/vector website/cue/reference), "End-to-end
acknowledgements", "Secrets" and "Environment variables" (interpolation is off since 0.57, so the external id is a secret of a
directory), and `src/sources/aws_s3/sqs.rs`: a message is deleted when the object was read, unless a sink's answer is waited for.
"""

from __future__ import annotations

from .reading import VISIBILITY_SECONDS, Reading
from .text import heading, said

SECRETS = "/etc/vector/secrets"


def render(reading: Reading) -> str:
    """A configuration file in TOML: a source, and for documents a transform that splits them."""
    return f"""\
{heading(reading, "Vector", f"a file of its own in Vector's configuration directory, as {reading.word}.toml")}
{
        said(
            "Wait for the sinks before a message is deleted. Without it Vector deletes as soon as an object is read,"
            " and what a sink then refuses is lost."
        )
    }
[acknowledgements]
enabled = true

{said(f"The external id is read from the file {SECRETS}/{reading.external_id}.")}
[secret.{reading.word}]
type = "directory"
path = "{SECRETS}"
remove_trailing_whitespace = true

[sources.{reading.word}]
type = "aws_s3"
region = "{reading.region}"
{_compression(reading)}
auth.assume_role = "{reading.role_arn}"
auth.external_id = "SECRET[{reading.word}.{reading.external_id}]"
auth.region = "{reading.region}"
sqs.queue_url = "{reading.queue_url}"
{said("What a sink refuses for good goes back and ends in the dead-letter queue; the default deletes it.")}
sqs.delete_failed_message = false
{said("As long as the queue's own: Vector sends its own timeout, and never extends it.")}
sqs.visibility_timeout_secs = {VISIBILITY_SECONDS}
{_split(reading)}"""


def _compression(reading: Reading) -> str:
    if reading.content.name == "config":
        why = said(f"By the key's suffix: among gzipped objects is {reading.content.beside}.")
        return f'{why}\ncompression = "auto"'
    return f'{said("Every object is gzip, whatever its key and headers say.")}\ncompression = "gzip"'


def _split(reading: Reading) -> str:
    """One event a record; a document that is something else is left out, and one that cannot be read stays as it is."""
    records = reading.content.records
    if records is None:
        return ""
    told = said(
        "One event a record; connect sinks to this, not to the source." + reading.content.left_out,
        "A document that cannot be read goes on as it is, as drop_on_error is off.",
    )
    return f"""
{told}
[transforms.{reading.word}_records]
type = "remap"
inputs = ["{reading.word}"]
drop_on_error = false
source = '''
document = parse_json!(string!(.message))
if !exists(document.{records}) {{ abort }}
. = array!(document.{records})
'''
"""
