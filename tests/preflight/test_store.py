"""Check 5: the key can be used. Check 6: names are free or ours. Checks 8 and 11: what others changed at a store."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.preflight import store
from service.preflight.view import View
from tests.preflight.scene import ADOPTABLE, Scene, fresh
from tests.support.sandbox import LOG, PRODUCTION, REGION, REPLICA_REGION


def _bucket(scene: Scene, view: View, account: str = LOG, source: str | None = None) -> Any:
    """The source's bucket, as its own program leaves it."""
    s3 = scene.root("s3", account)
    name = view.names.bucket
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    tags = [{"Key": "logflume:source", "Value": source or view.wish.source_id}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3


def _key(scene: Scene, view: View, region: str = REGION) -> tuple[Any, str]:
    kms = scene.root("kms", LOG, region)
    root = {"Sid": "LogAccount", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"}}
    policy = {"Version": "2012-10-17", "Statement": [{**root, "Action": "kms:*", "Resource": "*"}]}
    made = kms.create_key(Policy=json.dumps(policy), Tags=[{"TagKey": "managed-by", "TagValue": "logflume"}])
    kms.create_alias(AliasName=view.names.key_alias, TargetKeyId=made["KeyMetadata"]["KeyId"])
    return kms, made["KeyMetadata"]["KeyId"]


def test_names_that_nobody_has_and_buckets_of_the_source_itself_are_fine(scene: Scene) -> None:
    view = scene.view()
    assert list(store.buckets(view)) == []
    _bucket(scene, view)
    assert list(store.buckets(view)) == []


@pytest.mark.parametrize(
    ("account", "source", "whose"),
    [(PRODUCTION, None, "somebody else"), (LOG, "another-source", "something else in the log account")],
)
def test_a_bucket_that_is_somebody_elses_is_refused(
    scene: Scene, account: str, source: str | None, whose: str
) -> None:
    view = scene.view()
    _bucket(scene, view, account, source)
    [found] = store.buckets(view)
    assert (found.severity, found.code, found.field) == ("ERROR", "bucket_taken", "/name")
    assert whose in found.message


def test_a_bucket_without_tags_is_not_ours(scene: Scene) -> None:
    view = scene.view()
    _bucket(scene, view).delete_bucket_tagging(Bucket=view.names.bucket)
    assert [f.code for f in store.buckets(view)] == ["bucket_taken"]


def test_a_bucket_to_take_over_has_to_be_there_and_nobody_elses_store(scene: Scene) -> None:
    view = scene.view(fresh({"adopt_bucket": ADOPTABLE}, replica_region=None))
    [missing] = store.buckets(view)
    assert (missing.severity, missing.code, missing.field) == (
        "ERROR",
        "bucket_missing",
        "/spec/adopt_bucket",
    )
    s3 = _bucket(scene, view, source="another-source")
    [taken] = store.buckets(view)
    assert (taken.severity, taken.code, taken.field) == ("ERROR", "bucket_taken", "/spec/adopt_bucket")
    s3.delete_bucket_tagging(Bucket=ADOPTABLE)
    assert list(store.buckets(view)) == []


def test_what_a_bucket_loses_while_it_is_a_store_is_told_before(scene: Scene) -> None:
    view = scene.view(fresh({"adopt_bucket": ADOPTABLE}, replica_region=None))
    s3 = scene.root("s3", LOG)
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=ADOPTABLE, LifecycleConfiguration={"Rules": [rule]})
    [found] = store.buckets(view)
    assert (found.severity, found.code) == ("WARNING", "bucket_taken_over")
    assert "its own lifecycle rules are replaced" in found.message


def test_a_bucket_of_another_region_cannot_be_taken_over(scene: Scene) -> None:
    view = scene.view(fresh({"adopt_bucket": ADOPTABLE}, replica_region=None))
    s3 = scene.root("s3", LOG)
    s3.delete_bucket(Bucket=ADOPTABLE)
    elsewhere = {"LocationConstraint": REPLICA_REGION}
    scene.root("s3", LOG, REPLICA_REGION).create_bucket(Bucket=ADOPTABLE, CreateBucketConfiguration=elsewhere)
    [found] = store.buckets(view)
    assert (found.severity, found.code, found.field) == ("ERROR", "bucket_region", "/spec/adopt_bucket")


def test_versions_that_were_switched_off_are_told(scene: Scene) -> None:
    view = scene.view()
    _bucket(scene, view).put_bucket_versioning(
        Bucket=view.names.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    assert [(f.severity, f.code) for f in store.buckets(view)] == [("WARNING", "versioning_off")]


def test_notifications_of_others_are_told_before_they_are_taken_away(scene: Scene) -> None:
    view = scene.view()
    s3, queue = _bucket(scene, view), f"{view.names.bucket}-theirs"
    arn = f"arn:aws:sqs:{REGION}:{LOG}:{queue}"
    let_in = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**let_in, "Resource": arn}]})
    scene.root("sqs", LOG).create_queue(QueueName=queue, Attributes={"Policy": document})
    told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=view.names.bucket, NotificationConfiguration={"QueueConfigurations": [told]}
    )
    [found] = store.buckets(view)
    assert (found.severity, found.code) == ("WARNING", "foreign_notifications")


@pytest.mark.parametrize("region", [REGION, REPLICA_REGION])
def test_a_key_that_works_is_fine_and_one_that_does_not_is_refused(scene: Scene, region: str) -> None:
    view = scene.view()
    assert list(store.keys(view)) == []
    kms, key = _key(scene, view, region)
    assert list(store.keys(view)) == []
    kms.disable_key(KeyId=key)
    [disabled] = store.keys(view)
    assert (disabled.severity, disabled.code) == ("ERROR", "key_disabled")
    assert region in disabled.message
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert [f.code for f in store.keys(view)] == ["key_pending_deletion"]


def test_a_key_in_any_other_state_is_refused_as_unusable(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = scene.view()
    kms, key = _key(scene, view)
    described = kms.describe_key(KeyId=key)
    described["KeyMetadata"]["KeyState"] = "Unavailable"
    ours = view.log("kms", REGION)
    monkeypatch.setattr(ours, "describe_key", lambda **_: described)
    [unusable] = store.keys(view)
    assert (unusable.severity, unusable.code) == ("ERROR", "key_unusable")
    assert "Unavailable" in unusable.message


def test_a_key_policy_that_was_changed_is_told(scene: Scene) -> None:
    view = scene.view()
    kms, key = _key(scene, view)
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"][0]["Sid"] = "Mine"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert [(f.severity, f.code) for f in store.keys(view)] == [("WARNING", "key_policy_changed")]
