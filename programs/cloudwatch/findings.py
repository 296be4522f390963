"""What can be said about the log groups of a wish before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.cloudwatch.presets import findings as presets
from programs.cloudwatch.spec import LogGroupsSpec
from programs.finding import Finding
from programs.firehose import findings as firehose_findings
from programs.names import PREFIX
from programs.wish import Wish


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about groups, format and buffer."""
    spec = wish.spec_as(LogGroupsSpec)
    yield from firehose_findings.check(spec)
    yield from presets.check(wish)
    for place, group in zip(spec.log_group_fields, spec.reads_log_groups, strict=True):
        if group.startswith(f"/aws/kinesisfirehose/{PREFIX}"):
            yield Finding(
                "ERROR",
                "own_log_group",
                place,
                f"{group} is the log of a delivery itself.",
                "Ship another group: this one would feed itself.",
            )
    if spec.format == "lines" and len(spec.reads_log_groups) > 1:
        yield Finding(
            "SUGGESTION",
            "groups_mixed",
            "/spec/format",
            "Lines of several groups end up in one object without saying which group they are from.",
            "Use format envelope, or a source a group.",
        )
