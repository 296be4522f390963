"""What a product has to know to read one source: the names of its queue and role, and how the objects are written.

It comes from stored outputs and the wish alone; nothing here asks AWS or the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

ConsumerType = Literal["splunk", "elastic", "vector", "fluentd"]

VISIBILITY_SECONDS: Final = 900
"""The queue's own visibility timeout. Products that send one of their own must not send a shorter one."""


@dataclass(frozen=True)
class Content:
    """How the objects of a source are written."""

    name: Literal["lines", "cloudtrail", "config"]
    records: str | None = None
    """The list in which a document keeps its records; None: one record a line."""
    keys: tuple[str, ...] = ()
    """What a key holds if its object has records; empty: every object under the prefix has."""
    beside: str = ""
    """What else is announced, for a comment; empty: nothing."""

    @property
    def left_out(self) -> str:
        """That, as a sentence behind another."""
        return f" Left out: {self.beside}." if self.beside else ""


LINES: Final = Content("lines")
CLOUDTRAIL: Final = Content(
    "cloudtrail",
    records="Records",
    keys=("/CloudTrail/",),
)
"""Folders from "CloudTrail log file examples", CloudTrail User Guide. Digests, in a folder beside it, are not announced."""
CONFIG: Final = Content(
    "config",
    records="configurationItems",
    keys=("/ConfigHistory/", "/ConfigSnapshot/"),
    beside="the empty file with which Config tries whether it may write",
)
"""Folders from "Delivering configuration items and snapshots", AWS Config Developer Guide."""
_BY_PROGRAM: Final[Mapping[tuple[str, str | None], Content]] = {
    ("cloudtrail", None): CLOUDTRAIL,
    ("config", None): CONFIG,
}
"""By kind and preset. Everything else goes through Firehose or Fluentd, which write one record a line."""


@dataclass(frozen=True)
class Reading:
    """One consumer of one source."""

    environment: str
    source: str
    consumer: str
    type: ConsumerType
    bucket: str
    region: str
    account: str
    prefix: str
    queue_url: str
    queue_arn: str
    dead_letters_url: str
    role_arn: str
    content: Content

    @property
    def name(self) -> str:
        """Of the input in the product's configuration: one a source, so that inputs of several live side by side."""
        return f"logflume-{self.environment}-{self.source}"

    @property
    def word(self) -> str:
        """The same where a product takes letters, digits and underscores alone."""
        return self.name.replace("-", "_")

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self.queue_arn.rpartition(":")[2]

    @property
    def external_id(self) -> str:
        """The name under which the product is given the external id: an environment variable, or a key of its secret store.

        The id itself is in no text. It is no secret to AWS ("How to use an external ID", IAM User Guide), but whoever may
        look at a source may read these texts, and people put them into repositories; no other answer of ours shows one.
        """
        return f"LOGFLUME_{self.consumer.upper()}_EXTERNAL_ID"


def content_of(kind: str, spec: Mapping[str, Any]) -> Content:
    """How the objects of a source of this kind and spec are written."""
    preset = spec.get("preset")
    return _BY_PROGRAM.get((kind, preset if isinstance(preset, str) else None), LINES)


def reading_of(
    environment: str,
    source: str,
    kind: str,
    spec: Mapping[str, Any],
    outputs: Mapping[str, Any],
    consumer: str,
) -> Reading:
    """The reading of one consumer.

    Args:
        outputs: the stored outputs of the stack; `outputs["consumers"][consumer]` has type, queue_url, queue_arn,
            dead_letters_url and role_arn.

    Raises:
        KeyError: the stack has no such consumer, or was built by a program that exported less.
    """
    made = outputs["consumers"][consumer]
    return Reading(
        environment=environment,
        source=source,
        consumer=consumer,
        type=made["type"],
        bucket=outputs["bucket"],
        region=outputs["region"],
        account=outputs["account"],
        prefix=outputs["prefix"],
        queue_url=made["queue_url"],
        queue_arn=made["queue_arn"],
        dead_letters_url=made["dead_letters_url"],
        role_arn=made["role_arn"],
        content=content_of(kind, spec),
    )
