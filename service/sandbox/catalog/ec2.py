"""What the resource types of EC2 share: tags are given and changed in the same way for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.resource import tag_changes, tag_list
from service.sandbox.catalog.schema import Values

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


def tag_specifications(kind: str, tags: Mapping[str, str] | None) -> list[dict[str, Any]] | None:
    """Tags of something that is being made, as EC2 takes them; None for none."""
    listed = tag_list(tags)
    return [{"ResourceType": kind, "Tags": listed}] if listed else None


def retag(aws: Aws, id: str, old: Values, new: Values) -> None:
    """Make the tags of what exists like those of `new`."""
    gone, written = tag_changes(old, new)
    if gone:
        aws.call("ec2", "DeleteTags", Resources=[id], Tags=[{"Key": key} for key in gone])
    if written:
        aws.call("ec2", "CreateTags", Resources=[id], Tags=tag_list(written))
