"""What lifecycle rules do to the objects of every bucket, once a midnight. The caller holds `EXCLUSIVE`.

Object Lock is respected: what is locked is not deleted, and tried again the next day. Objects whose replication is
pending or has failed are left alone ("Getting replication status information", S3 User Guide). Delete markers that
lifecycle sets are not replicated. No event of the family s3:LifecycleExpiration is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends

from service.sandbox.ageing_rules import Rule, Wait, lower, rules_of

log = structlog.get_logger(__name__)

UNSETTLED = ("PENDING", "FAILED")
"""Replication states that keep an object where it is."""

Version = FakeKey | FakeDeleteMarker


def run(midnight: datetime) -> None:
    """Do what is due at this midnight (naive UTC); moto's clock stands there."""
    for account in list(s3_backends.values()):
        for backend in list(account.values()):
            for bucket in list(backend.buckets.values()):
                if bucket.rules:
                    _Ageing(backend, bucket, midnight).run()


class _Ageing:
    """One bucket at one midnight."""

    def __init__(self, backend: S3Backend, bucket: FakeBucket, midnight: datetime) -> None:
        self.backend, self.bucket, self.now = backend, bucket, midnight
        written: Any = bucket
        self.rules = rules_of(written.lifecycle_as_written)
        self.minimum = str(written.transition_minimum)

    def run(self) -> None:
        for name in list(self.bucket.keys):
            self._expire_noncurrent(name)
            self._expire_current(name)
            self._move_all(name)
        self._abort_uploads()

    def _expire_noncurrent(self, name: str) -> None:
        versions = self._versions(name)
        for position, version in enumerate(versions[:-1]):
            since, newer = _noncurrent(versions, position)
            waits = [rule.noncurrent_expiration for rule in self._about(version)]
            if _one_is_over(waits, since, self.now, newer) and not _kept(version):
                self._remove(name, version)

    def _expire_current(self, name: str) -> None:
        versions = self._versions(name)
        if not versions:
            return
        current, rules = versions[-1], list(self._about(versions[-1]))
        due = _one_is_over([rule.expiration for rule in rules], current.last_modified, self.now)
        if isinstance(current, FakeDeleteMarker):
            if len(versions) == 1 and (due or any(rule.expired_markers for rule in rules)):
                self._remove(name, current)
        elif due and self.bucket.is_versioned and not _unsettled(current):
            marker = self.backend._set_delete_marker(self.bucket.name, name)
            log.info("lifecycle.expired", bucket=self.bucket.name, key=name, marker=marker.version_id)
        elif due and not self.bucket.versioning_status and not _kept(current):
            self._remove(name, current)

    def _move_all(self, name: str) -> None:
        versions = self._versions(name)
        for position, version in enumerate(versions):
            if isinstance(version, FakeDeleteMarker) or _unsettled(version):
                continue
            for rule in self._about(version):
                if position == len(versions) - 1:
                    self._move(rule, version, rule.transitions, version.last_modified)
                else:
                    since, newer = _noncurrent(versions, position)
                    self._move(rule, version, rule.noncurrent_transitions, since, newer)

    def _move(
        self,
        rule: Rule,
        version: FakeKey,
        moves: Iterable[tuple[str, Wait]],
        since: datetime,
        newer: int = 0,
    ) -> None:
        for storage_class, wait in moves:
            if not _one_is_over([wait], since, self.now, newer):
                continue
            if rule.may_move(version.size, storage_class, self.minimum) and lower(
                str(version.storage_class), storage_class
            ):
                version.set_storage_class(storage_class)

    def _abort_uploads(self) -> None:
        uploads: list[tuple[str, Any]] = list(self.bucket.multiparts.items())
        for identifier, upload in uploads:
            waits = [rule.abort for rule in self.rules if upload.key_name.startswith(rule.prefix)]
            if _one_is_over(waits, upload.initiated, self.now):
                del self.bucket.multiparts[identifier]

    def _versions(self, name: str) -> list[Version]:
        """Oldest first."""
        return list(self.bucket.keys.getlist(name) or [])

    def _about(self, version: Version) -> Iterable[Rule]:
        """The rules about a version; a delete marker has no size and no tags."""
        if isinstance(version, FakeDeleteMarker):
            return (rule for rule in self.rules if rule.about(version.name, 0, {}))
        tags = self.backend.tagger.get_tag_dict_for_resource(version.arn)
        return (rule for rule in self.rules if rule.about(version.name, version.size, tags))

    def _remove(self, name: str, version: Version) -> None:
        left = [other for other in self._versions(name) if other is not version]
        self.bucket.keys.setlist(name, left)
        if not left:
            self.bucket.keys.pop(name)


def _noncurrent(versions: Sequence[Version], position: int) -> tuple[datetime, int]:
    """Since when a version is noncurrent, and how many newer noncurrent objects there are."""
    newer = sum(isinstance(version, FakeKey) for version in versions[position + 1 : -1])
    return versions[position + 1].last_modified, newer


def _one_is_over(waits: Iterable[Wait | None], since: datetime, now: datetime, newer: int = 0) -> bool:
    return any(wait is not None and newer >= wait.newer and wait.over(since, now) for wait in waits)


def _kept(version: Version) -> bool:
    """Whether a version may not be deleted for good: locked, or not replicated yet."""
    if isinstance(version, FakeDeleteMarker):
        return False
    return version.is_locked(governance_bypass=False) or _unsettled(version)


def _unsettled(version: Version) -> bool:
    return getattr(version, "replication_status", None) in UNSETTLED
