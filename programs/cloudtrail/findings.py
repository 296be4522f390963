"""What can be said about a trail or a service's calls before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.finding import Finding
from programs.firehose import findings as firehose
from programs.names import PREFIX
from programs.wish import Wish


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about selectors and the buffer."""
    if isinstance(wish.spec, ApiCallsSpec):
        yield from firehose.check(wish.spec)
    else:
        yield from _trail(wish)


def _trail(wish: Wish) -> Iterator[Finding]:
    spec = wish.spec_as(CloudTrailSpec)
    for index, arn in enumerate(spec.s3_objects):
        if arn.startswith(f"arn:aws:s3:::{PREFIX}"):
            yield Finding(
                "ERROR",
                "own_store",
                f"/spec/s3_objects/{index}",
                f"{arn} is a store of logflume: each delivery would be the cause of another record.",
                "Name the buckets of your applications.",
            )
    if spec.s3_objects or spec.lambda_functions:
        yield Finding(
            "SUGGESTION",
            "data_events_cost",
            "/spec/s3_objects" if spec.s3_objects else "/spec/lambda_functions",
            "CloudTrail bills each data event; a busy bucket or function makes millions a day.",
            "Name prefixes rather than whole buckets.",
        )
