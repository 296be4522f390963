"""Tags of everything of Elastic Load Balancing: its calls take an ARN, whatever is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.sandbox.catalog.resource import tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import Values

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    """The tags as the provider shows them."""
    described = aws.call("elbv2", "DescribeTags", ResourceArns=[arn])["TagDescriptions"]
    return tag_map(described[0].get("Tags") if described else [])


def retag(aws: Aws, arn: str, old: Values, new: Values, changed: set[str]) -> None:
    """Take away and write what differs."""
    gone, written = tag_changes(old, new) if "tags" in changed else ([], {})
    if gone:
        aws.call("elbv2", "RemoveTags", ResourceArns=[arn], TagKeys=gone)
    if written:
        aws.call("elbv2", "AddTags", ResourceArns=[arn], Tags=tag_list(written))
