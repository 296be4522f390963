"""Making the copies of replication, under every policy and key that has a say. The caller holds `EXCLUSIVE`.

Source: "Setting up permissions for live replication" and "Replicating encrypted objects" (kms:Decrypt with the key of the
source, kms:Encrypt with the replica's key, and kms:Decrypt with that too where the destination has a bucket key) in the
Amazon S3 User Guide. A copy has the key, version id, creation time, metadata and tags of its source; lifecycle rules of
the destination count from that creation time ("Additional considerations").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends

from service.sandbox.authoriser import decide
from service.sandbox.call import Principal
from service.sandbox.delivery.replication_rules import Rule
from service.sandbox.keys import KEY_ARN, find_key
from service.sandbox.policies import bucket_of
from service.sandbox.s3_actions import bucket_key_of

REPLICA = "REPLICA"
Question = tuple[str, str, dict[str, str]]
"""An action, a resource and condition keys."""

_making = False


def being_made() -> bool:
    """Whether what moto puts just now is a copy."""
    return _making


def copy(principal: Principal, source: FakeBucket, rule: Rule, version: FakeKey) -> str | None:
    """Write the copy of a version; why not, where it may not be."""
    target = bucket_of(rule.bucket)
    if target is None or not target.is_versioned:
        return f"{rule.bucket} does not exist or is not versioned"
    if version.encryption == "aws:kms" and (reason := _unfit(rule.key, target)):
        return reason
    refused = _first_refused(principal, _asked(source, target, rule, version))
    if refused:
        return refused
    with _copying():
        made = _backend(target).put_object(
            target.name,
            version.name,
            version.value,
            storage=rule.storage_class or version.storage_class,
            etag=version.etag.strip('"'),
            encryption=version.encryption,
            kms_key_id=rule.key if version.encryption == "aws:kms" else None,
            bucket_key_enabled=version.bucket_key_enabled,
            disable_notification=True,
            **_lock(version, target),
        )
    _finish(source, version, target, made)
    return None


def mark(principal: Principal, source: FakeBucket, rule: Rule, marker: FakeDeleteMarker) -> str | None:
    """Set the copy of a delete marker; where the destination has no such object there is nothing to hide."""
    target = bucket_of(rule.bucket)
    if target is None or not target.is_versioned:
        return f"{rule.bucket} does not exist or is not versioned"
    asked = [
        _question("s3:GetReplicationConfiguration", source.arn),
        _question("s3:ReplicateDelete", f"{target.arn}/{marker.name}"),
    ]
    refused = _first_refused(principal, asked)
    if refused:
        return refused
    if marker.name in target.keys:
        made: Any = _backend(target)._set_delete_marker(target.name, marker.name)
        made._version_id, made.last_modified = marker.version_id, marker.last_modified
        made.replication_status = REPLICA
    return None


@contextmanager
def _copying() -> Iterator[None]:
    global _making
    _making = True
    try:
        yield
    finally:
        _making = False


def _finish(source: FakeBucket, version: FakeKey, target: FakeBucket, made: Any) -> None:
    """Give the copy what its source has, and tell whoever listens at the destination."""
    made._version_id, made.last_modified = version.version_id, version.last_modified
    made.replication_status = REPLICA
    made.set_metadata(dict(version.metadata), replace=True)
    made.checksum_value, made.checksum_algorithm = version.checksum_value, version.checksum_algorithm
    tags = _backend(source).tagger.list_tags_for_resource(version.arn)["Tags"]
    if tags:
        _backend(target).tagger.tag_resource(made.arn, tags)
    event = notifications.S3NotificationEvent.OBJECT_CREATED_PUT_EVENT
    notifications.send_event(target.account_id, event, target, made)


def _lock(version: FakeKey, target: FakeBucket) -> dict[str, Any]:
    """A source's own retention goes along; a copy of an object without one gets the default of the destination."""
    if version.lock_mode or version.lock_legal_status:
        return {
            "lock_mode": version.lock_mode,
            "lock_until": version.lock_until,
            "lock_legal_status": version.lock_legal_status,
        }
    if target.has_default_lock:
        return {"lock_mode": target.default_lock_mode, "lock_until": target.default_retention()}
    return {}


def _unfit(key: str | None, target: FakeBucket) -> str | None:
    """PutBucketReplication does not look at the key: what is wrong with it shows when something is to be copied."""
    match = KEY_ARN.fullmatch(key or "")
    found = find_key(str(key), target.account_id, target.region_name) if key else None
    if found is None or (match and match["region"] != target.region_name):
        return f"{key} is no key of {target.region_name}"
    return None if found.key_state == "Enabled" else f"{key} is {found.key_state}"


def _asked(source: FakeBucket, target: FakeBucket, rule: Rule, version: FakeKey) -> Iterator[Question]:
    """Everything that must be allowed for a copy."""
    here, there = f"{source.arn}/{version.name}", f"{target.arn}/{version.name}"
    for action in ("s3:GetReplicationConfiguration", "s3:ListBucket"):
        yield _question(action, source.arn)
    for action in ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"):
        yield _question(action, here)
    if source.object_lock_enabled:
        yield from (_question(action, here) for action in ("s3:GetObjectRetention", "s3:GetObjectLegalHold"))
    yield _question("s3:ReplicateObject", there)
    if _backend(source).tagger.get_tag_dict_for_resource(version.arn):
        yield _question("s3:GetObjectVersionTagging", here)
        yield _question("s3:ReplicateTags", there)
    if rule.owner:
        yield _question("s3:ObjectOwnerOverrideToBucketOwner", there)
    if version.encryption == "aws:kms":
        yield from _keys(source, target, rule, version)


def _keys(source: FakeBucket, target: FakeBucket, rule: Rule, version: FakeKey) -> Iterator[Question]:
    """The encryption context is the bucket's ARN under a bucket key, else the object's. A copy keeps its source's bucket
    key ("Using an S3 Bucket Key with replication")."""
    old_bucket_key = str(version.bucket_key_enabled).lower() == "true"
    yield _key_question("kms:Decrypt", str(version.kms_key_id), source, version.name, old_bucket_key)
    new_bucket_key = old_bucket_key or bucket_key_of(target)
    for action in ("kms:Encrypt", *(("kms:Decrypt",) if new_bucket_key else ())):
        yield _key_question(action, str(rule.key), target, version.name, new_bucket_key)


def _key_question(action: str, key: str, bucket: FakeBucket, name: str, bucket_key: bool) -> Question:
    found = find_key(key, bucket.account_id, bucket.region_name)
    encrypted = bucket.arn if bucket_key else f"{bucket.arn}/{name}"
    context = {
        "kms:ViaService": f"s3.{bucket.region_name}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": encrypted,
    }
    return action, found.arn if found else key, context


def _question(action: str, resource: str) -> Question:
    return action, resource, {}


def _first_refused(principal: Principal, asked: Iterator[Question] | list[Question]) -> str | None:
    for action, resource, context in asked:
        decision = decide(principal, action, resource, {"aws:SecureTransport": "true", **context})
        if not decision.allowed:
            return f"{principal.role_arn} may not {action} {resource} {decision.because(action)}"
    return None


def _backend(bucket: FakeBucket) -> S3Backend:
    return s3_backends[bucket.account_id][bucket.partition]
