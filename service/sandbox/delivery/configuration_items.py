"""What AWS Config writes down about the resources of an account: one configuration item each.

Resources are those of which moto can tell the configuration: buckets, roles, customer managed policies, topics and the
account's public access block. Which of them a recorder looks at follows "Selecting which resources AWS Config records",
the form of an item "Components of a configuration item" and "Example configuration snapshot" (AWS Config Developer Guide).
The caller holds `EXCLUSIVE`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.config.models import RESOURCE_MAP, RecordingGroup

PARTITION = "aws"
GLOBAL_TYPES = ("AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User")
"""Recorded with "all supported types" only where global types are asked for too (API_RecordingGroup)."""
MOST = 10_000
_TOLD = (
    "arn",
    "awsRegion",
    "availabilityZone",
    "resourceType",
    "resourceId",
    "resourceName",
    "relationships",
)

Seen = Mapping[str, str]
"""The digest of each resource's configuration, by type and id."""


@dataclass(frozen=True)
class Item:
    """One configuration item; `name` tells the resource, `digest` changes with its configuration."""

    name: str
    kind: str
    digest: str
    content: Mapping[str, Any]

    def captured(self, at: str, status: str) -> dict[str, Any]:
        """The item as it is delivered: captured at an instant (ISO 8601), ``OK`` or what has happened to the resource."""
        return {
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": at,
            "configurationItemStatus": status,
            **self.content,
        }


def recorded(kind: str, group: RecordingGroup) -> bool:
    """Whether a recorder with this group records a resource type."""
    strategy = (group.recording_strategy or {}).get("useOnly")
    if strategy == "INCLUSION_BY_RESOURCE_TYPES":
        return kind in (group.resource_types or [])
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return kind not in (group.exclusion_by_resource_types or {}).get("resourceTypes", [])
    return group.include_global_resource_types or kind not in GLOBAL_TYPES


def items_of(account: str, region: str, group: RecordingGroup) -> list[Item]:
    """Everything there is that the recorder records."""
    return [
        item for kind in RESOURCE_MAP if recorded(kind, group) for item in _of_kind(kind, account, region)
    ]


def changes(before: Seen, now: Iterable[Item], at: str) -> dict[str, list[dict[str, Any]]]:
    """What has come, changed or gone since `before`, as items by resource type."""
    found: dict[str, list[dict[str, Any]]] = {}
    present = {item.name: item for item in now}
    for name, item in present.items():
        if before.get(name) != item.digest:
            status = "OK" if name in before else "ResourceDiscovered"
            found.setdefault(item.kind, []).append(item.captured(at, status))
    for name in sorted(before.keys() - present.keys()):
        kind, _, id = name.partition("/")
        gone = Item(name, kind, "", {"resourceType": kind, "resourceId": id})
        found.setdefault(kind, []).append(gone.captured(at, "ResourceDeleted"))
    return found


def _of_kind(kind: str, account: str, region: str) -> Iterable[Item]:
    query = RESOURCE_MAP[kind]
    listed, _ = query.list_config_service_resources(
        account, PARTITION, None, None, limit=MOST, next_token=None, backend_region=region
    )
    for entry in listed:
        found = query.get_config_resource(account, PARTITION, entry["id"], backend_region=region)
        if found is not None:
            yield _item(kind, str(entry["id"]), account, found)


def _item(kind: str, id: str, account: str, found: dict[str, Any]) -> Item:
    configuration = json.loads(found["configuration"])
    content = {
        "accountId": account,
        **{name: found[name] for name in _TOLD if name in found},
        "tags": found.get("tags") or {},
        "configuration": configuration,
        "supplementaryConfiguration": found.get("supplementaryConfiguration") or {},
    }
    text = json.dumps(content, sort_keys=True, default=str)
    return Item(f"{kind}/{id}", kind, hashlib.sha256(text.encode()).hexdigest()[:32], content)
