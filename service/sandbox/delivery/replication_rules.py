"""Replication rules: which of them are about an object, and where it goes. Pure.

Source: "Replication configuration file elements" and "What does Amazon S3 replicate?" in the Amazon S3 User Guide.
Rules are read as they were written (`fixes.replication` keeps them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One enabled rule."""

    id: str
    prefix: str
    tags: frozenset[tuple[str, str]]
    priority: int
    markers: bool
    """Whether delete markers go along."""
    kms_objects: bool
    """Whether objects under KMS keys go along."""
    bucket: str
    """Name of the destination."""
    key: str | None
    """ReplicaKmsKeyID."""
    storage_class: str | None
    owner: bool
    """Whether the copies belong to the owner of the destination."""
    metrics: bool
    """Whether CloudWatch is told of copies that failed."""

    def about(self, name: str, tags: Mapping[str, str]) -> bool:
        """Whether an object of this name and these tags is one of the rule's."""
        return name.startswith(self.prefix) and self.tags <= set(tags.items())


def rules_of(written: Mapping[str, Any] | None) -> list[Rule]:
    """The enabled rules of a configuration; none where there is no configuration."""
    return [_rule(rule) for rule in (written or {}).get("Rule", []) if rule.get("Status") == "Enabled"]


def chosen(rules: Iterable[Rule]) -> list[Rule]:
    """One rule for each destination: of several, the one with the highest priority."""
    best: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.priority):
        best[rule.bucket] = rule
    return list(best.values())


def _rule(rule: dict[str, Any]) -> Rule:
    outer = rule.get("Filter") or {}
    where = outer.get("And") or outer
    tags = where.get("Tag") or []
    destination = rule["Destination"]
    criteria = rule.get("SourceSelectionCriteria") or {}
    return Rule(
        id=rule["ID"],
        prefix=where.get("Prefix") or rule.get("Prefix") or "",
        tags=frozenset(
            (tag["Key"], tag.get("Value") or "") for tag in (tags if isinstance(tags, list) else [tags])
        ),
        priority=int(rule.get("Priority") or 0),
        # A rule of the older form, without a filter, takes the markers along that people set.
        markers=_on(rule.get("DeleteMarkerReplication")) or "Filter" not in rule,
        kms_objects=_on(criteria.get("SseKmsEncryptedObjects")),
        bucket=destination["Bucket"].rpartition(":::")[2],
        key=(destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID"),
        storage_class=destination.get("StorageClass"),
        owner="AccessControlTranslation" in destination,
        metrics=_on(destination.get("Metrics")),
    )


def _on(switch: Mapping[str, str] | None) -> bool:
    return (switch or {}).get("Status") == "Enabled"
