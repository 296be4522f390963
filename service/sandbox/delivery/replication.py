"""S3 replication: new versions and delete markers are copied by the role of the configuration, if it may.

Source: "What does Amazon S3 replicate?", "Setting up permissions for live replication", "Replicating encrypted objects",
"Getting replication status information" and "Object Lock considerations" in the Amazon S3 User Guide. Hooks into moto's
PutObject and DeleteObject mark what is to be copied as PENDING; an errand copies it as a change of its own
(`POST /_sandbox/replicate`), so that the journal has it. What AWS takes minutes for takes moments here, and what is
refused has FAILED at once. S3 sends no aws:SourceArn with sts:AssumeRole: AWS documents none for replication.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends

from service.sandbox import journal
from service.sandbox.authoriser import assume_as_service, principal_of
from service.sandbox.call import Denial, Principal
from service.sandbox.delivery import plane, replicas
from service.sandbox.delivery.replication_rules import Rule, chosen, rules_of
from service.sandbox.fixes import replaces
from service.sandbox.monitoring import metrics
from service.sandbox.policies import bucket_of

log = structlog.get_logger(__name__)

S3 = "s3.amazonaws.com"
SESSION = "s3-replication"
PENDING, COMPLETED, FAILED = "PENDING", "COMPLETED", "FAILED"
SECONDS = 60.0
"""How long the sandbox may take to answer itself."""

Version = FakeKey | FakeDeleteMarker


def carry_out(wanted: dict[str, Any]) -> dict[str, Any]:
    """Copy one version that is PENDING, and say how that ended; `wanted` has bucket, key and version.

    :raises KeyError: one of the three is missing.
    """
    bucket = bucket_of(wanted["bucket"])
    version = _version(bucket, wanted["key"], wanted["version"]) if bucket else None
    if bucket is None or version is None or status_of(version) != PENDING:
        return {"status": "nothing to do"}
    rules = chosen(rule for rule in _rules(bucket) if _concerns(bucket, rule, version))
    if not rules:
        version.replication_status = None  # type: ignore[union-attr]  # our own mark on moto's object
        return {"status": "no rule"}
    role = str(getattr(bucket, "replication_as_written", {})["Role"])
    copied = [_copied(bucket, rule, version, role) for rule in rules]
    version.replication_status = COMPLETED if all(copied) else FAILED  # type: ignore[union-attr]  # as above
    return {"status": status_of(version)}


def status_of(version: Version) -> str | None:
    """PENDING, COMPLETED or FAILED of what is to be copied, REPLICA of a copy, None of anything else."""
    return getattr(version, "replication_status", None)


def resume() -> None:
    """Take up what was not copied before the restart. The caller holds `EXCLUSIVE`."""
    for account in list(s3_backends.values()):
        for backend in list(account.values()):
            for bucket in backend.buckets.values():
                for version in _all(bucket):
                    if status_of(version) == PENDING:
                        _add_errand(bucket.name, version)


def _copied(bucket: FakeBucket, rule: Rule, version: Version, role: str) -> bool:
    """Copy by one rule, or tell of it ("Using S3 Replication metrics": only where the rule has metrics)."""
    reason = _copy(bucket, rule, version, role)
    if reason is None:
        return True
    log.warning("replication.failed", bucket=bucket.name, key=version.name, reason=reason)
    if rule.metrics:
        place = bucket.account_id, bucket.region_name
        metrics.failed_replication(*place, bucket.name, rule.bucket, rule.id)
    return False


def _copy(bucket: FakeBucket, rule: Rule, version: Version, role: str) -> str | None:
    """Copy by one rule; why not, where it may not be."""
    principal = _principal(role)
    if principal is None:
        return f"{role} cannot be assumed by S3"
    if isinstance(version, FakeDeleteMarker):
        return replicas.mark(principal, bucket, rule, version)
    return replicas.copy(principal, bucket, rule, version)


def _principal(role: str) -> Principal | None:
    taken = assume_as_service(S3, role, {}, SESSION)
    return None if isinstance(taken, Denial) else principal_of(taken.access_key_id)


def _rules(bucket: FakeBucket) -> list[Rule]:
    if not getattr(bucket, "replication", None):
        return []
    return rules_of(getattr(bucket, "replication_as_written", None))


def _concerns(bucket: FakeBucket, rule: Rule, version: Version) -> bool:
    """Whether the rule takes a version along; tags, too, are on the object by now."""
    if isinstance(version, FakeDeleteMarker):
        return rule.markers and rule.about(version.name, {})
    backend = s3_backends[bucket.account_id][bucket.partition]
    tags = backend.tagger.get_tag_dict_for_resource(version.arn)
    return rule.about(version.name, tags) and (rule.kms_objects or version.encryption != "aws:kms")


def _version(bucket: FakeBucket, key: str, version_id: str) -> Version | None:
    versions = bucket.keys.getlist(key) or []
    return next((version for version in versions if version.version_id == version_id), None)


def _all(bucket: FakeBucket) -> Iterator[Version]:
    for key in list(bucket.keys):
        yield from bucket.keys.getlist(key)


def _mark_pending(bucket: FakeBucket, version: Version) -> None:
    """What is put or deleted from now on is copied; nothing older is, and no copy is copied again."""
    if replicas.being_made() or not bucket.is_versioned:
        return
    if not any(version.name.startswith(rule.prefix) for rule in _rules(bucket)):
        return
    version.replication_status = PENDING  # type: ignore[union-attr]  # our own mark on moto's object
    if not journal.replaying():
        _add_errand(bucket.name, version)


def _add_errand(bucket: str, version: Version) -> None:
    about = {"bucket": bucket, "key": version.name, "version": version.version_id}
    plane.current().errands.add(lambda: _ask(about))


def _ask(about: dict[str, str]) -> None:
    """Send ourselves the change, so that it is made under the lock and journalled."""
    request = urllib.request.Request(  # noqa: S310 - the sandbox's own endpoint on loopback
        f"{plane.current().url}/_sandbox/replicate", json.dumps(about).encode(), method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=SECONDS) as answer:
        answer.read()


@replaces(S3Backend, "put_object")
def _put_object(original: Callable[..., FakeKey], self: S3Backend, *args: Any, **kwargs: Any) -> FakeKey:
    made = original(self, *args, **kwargs)
    _mark_pending(self.get_bucket(str(made.bucket_name)), made)
    return made


@replaces(S3Backend, "delete_object")
def _delete_object(
    original: Callable[..., tuple[bool, dict[str, Any]]],
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    *args: Any,
    **kwargs: Any,
) -> tuple[bool, dict[str, Any]]:
    """A delete marker that somebody sets; deleting a version is nobody else's business (nor are lifecycle's markers)."""
    done, told = original(self, bucket_name, key_name, *args, **kwargs)
    bucket = self.get_bucket(bucket_name)
    version = _version(bucket, key_name, str(told.get("version-id")))
    if isinstance(version, FakeDeleteMarker) and any(rule.markers for rule in _rules(bucket)):
        _mark_pending(bucket, version)
    return done, told


_told: Any = FakeKey.__dict__["response_dict"]


def _response_dict(self: FakeKey) -> dict[str, Any]:
    """GetObject and HeadObject say x-amz-replication-status where there is one."""
    told: dict[str, Any] = _told.__get__(self)
    status = status_of(self)
    return {**told, "x-amz-replication-status": status} if status else told


FakeKey.response_dict = property(_response_dict)  # type: ignore[method-assign,assignment]  # A property for one.
