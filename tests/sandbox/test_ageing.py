"""With S3's clock moved on, lifecycle rules have done what they say, and locks have held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.sandbox.journal import FILE_NAME
from tests.sandbox.buckets import bucket
from tests.sandbox.replicas import pair
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, Sandbox, running_sandbox, start_sandbox

BIG = b"x" * (128 * 1024)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One of this module alone: its time runs away from everybody else's."""
    with running_sandbox(tmp_path_factory.mktemp("ageing")) as running:
        yield running


def versioned(sandbox: Sandbox, name: str, *rules: dict[str, Any], **more: Any) -> Any:
    """The owner of a versioned bucket with these rules."""
    s3 = bucket(sandbox, name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    put_rules(s3, name, *rules, **more)
    return s3


def put_rules(s3: Any, name: str, *rules: dict[str, Any], **more: Any) -> None:
    whole = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    named = [{"ID": str(position), **whole, **rule} for position, rule in enumerate(rules)]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": named}, **more)


def held(s3: Any, name: str) -> tuple[int, int]:
    """How many versions and how many delete markers a bucket holds."""
    found = s3.list_object_versions(Bucket=name)
    return len(found.get("Versions", [])), len(found.get("DeleteMarkers", []))


def test_objects_expire_then_their_versions_then_their_markers(sandbox: Sandbox) -> None:
    s3 = versioned(
        sandbox,
        "aged-1",
        {"Expiration": {"Days": 30}, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
    )
    s3.put_object(Bucket="aged-1", Key="a", Body=b"1")
    sandbox.pass_days(29)
    assert s3.get_object(Bucket="aged-1", Key="a")["Body"].read() == b"1"
    sandbox.pass_days(2)
    assert refusal(s3.get_object, Bucket="aged-1", Key="a") == ("NoSuchKey", 404)
    assert held(s3, "aged-1") == (1, 1)
    sandbox.pass_days(5)
    assert held(s3, "aged-1") == (1, 1)
    sandbox.pass_days(3)
    assert held(s3, "aged-1") == (0, 0)


def test_one_long_step_does_what_many_short_ones_do(sandbox: Sandbox) -> None:
    s3 = versioned(
        sandbox,
        "aged-2",
        {"Expiration": {"Days": 30}, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
    )
    s3.put_object(Bucket="aged-2", Key="a", Body=b"1")
    sandbox.pass_days(38)
    assert held(s3, "aged-2") == (0, 1)
    # Old enough for the rule itself, a marker with nothing behind it goes as well.
    sandbox.pass_days(31)
    assert held(s3, "aged-2") == (0, 0)


def test_what_comes_later_is_younger(sandbox: Sandbox) -> None:
    s3 = versioned(sandbox, "aged-3", {"Expiration": {"Days": 10}})
    s3.put_object(Bucket="aged-3", Key="first", Body=b"1")
    sandbox.pass_days(8)
    s3.put_object(Bucket="aged-3", Key="second", Body=b"2")
    sandbox.pass_days(4)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="aged-3")["Contents"]] == ["second"]


def test_the_newest_versions_stay_where_a_rule_keeps_some(sandbox: Sandbox) -> None:
    gone = {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}
    s3 = versioned(sandbox, "aged-4", {"NoncurrentVersionExpiration": gone})
    made = [s3.put_object(Bucket="aged-4", Key="a", Body=b"%d" % n)["VersionId"] for n in range(5)]
    sandbox.pass_days(5)
    left = [version["VersionId"] for version in s3.list_object_versions(Bucket="aged-4")["Versions"]]
    assert sorted(left) == sorted(made[2:])


def test_objects_move_through_the_classes_and_archives_cannot_be_read(sandbox: Sandbox) -> None:
    moves = [
        {"Days": 30, "StorageClass": "STANDARD_IA"},
        {"Days": 60, "StorageClass": "GLACIER_IR"},
        {"Days": 150, "StorageClass": "DEEP_ARCHIVE"},
    ]
    s3 = versioned(sandbox, "aged-5", {"Transitions": moves})
    s3.put_object(Bucket="aged-5", Key="big", Body=BIG)
    s3.put_object(Bucket="aged-5", Key="small", Body=b"1")
    seen = []
    for days in (31, 31, 90):
        sandbox.pass_days(days)
        seen.append(s3.head_object(Bucket="aged-5", Key="big")["StorageClass"])
    assert seen == ["STANDARD_IA", "GLACIER_IR", "DEEP_ARCHIVE"]
    assert refusal(s3.get_object, Bucket="aged-5", Key="big") == ("InvalidObjectState", 403)
    assert "StorageClass" not in s3.head_object(Bucket="aged-5", Key="small")


def test_noncurrent_versions_move_by_rules_of_their_own(sandbox: Sandbox) -> None:
    move = {"NoncurrentDays": 30, "StorageClass": "STANDARD_IA"}
    s3 = versioned(sandbox, "aged-6", {"NoncurrentVersionTransitions": [move]})
    old = s3.put_object(Bucket="aged-6", Key="a", Body=BIG)["VersionId"]
    s3.put_object(Bucket="aged-6", Key="a", Body=BIG)
    sandbox.pass_days(32)
    assert s3.head_object(Bucket="aged-6", Key="a", VersionId=old)["StorageClass"] == "STANDARD_IA"
    assert "StorageClass" not in s3.head_object(Bucket="aged-6", Key="a")


def test_unfinished_uploads_are_aborted(sandbox: Sandbox) -> None:
    s3 = versioned(sandbox, "aged-7", {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}})
    upload = s3.create_multipart_upload(Bucket="aged-7", Key="a")["UploadId"]
    sandbox.pass_days(6)
    s3.upload_part(Bucket="aged-7", Key="a", UploadId=upload, PartNumber=1, Body=b"1")
    sandbox.pass_days(3)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="aged-7")


def test_disabled_and_deleted_rules_do_nothing(sandbox: Sandbox) -> None:
    s3 = versioned(sandbox, "aged-8", {"Expiration": {"Days": 1}})
    put_rules(s3, "aged-8", {"Expiration": {"Days": 1}, "Status": "Disabled"})
    s3.put_object(Bucket="aged-8", Key="a", Body=b"1")
    sandbox.pass_days(4)
    put_rules(s3, "aged-8", {"Expiration": {"Days": 1}})
    s3.delete_bucket_lifecycle(Bucket="aged-8")
    sandbox.pass_days(4)
    assert held(s3, "aged-8") == (1, 0)


def test_a_bucket_that_is_not_versioned_loses_its_objects_for_good(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "aged-9")
    put_rules(s3, "aged-9", {"Expiration": {"Days": 1}})
    s3.put_object(Bucket="aged-9", Key="a", Body=b"1")
    sandbox.pass_days(3)
    assert held(s3, "aged-9") == (0, 0)


def test_what_is_locked_outlives_the_rules_until_its_lock_ends(sandbox: Sandbox) -> None:
    s3 = versioned(
        sandbox,
        "aged-10",
        {"Expiration": {"Days": 5}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
    )
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 40}}
    setting = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket="aged-10", ObjectLockConfiguration=setting)
    version = s3.put_object(Bucket="aged-10", Key="a", Body=b"1")["VersionId"]
    sandbox.pass_days(30)
    assert held(s3, "aged-10") == (1, 1)
    assert s3.get_object(Bucket="aged-10", Key="a", VersionId=version)["Body"].read() == b"1"
    assert refusal(s3.delete_object, Bucket="aged-10", Key="a", VersionId=version)[1] == 403
    sandbox.pass_days(12)
    assert held(s3, "aged-10")[0] == 0


def test_both_sides_age_alike_and_what_was_not_copied_stays(sandbox: Sandbox) -> None:
    both = pair(sandbox, "aged-11")
    both.replicate(both.rule(DeleteMarkerReplication={"Status": "Enabled"}))
    for client, name in ((both.source, both.name), (both.copies, both.copy)):
        put_rules(
            client,
            name,
            {"Expiration": {"Days": 10}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        )
    both.source.put_object(Bucket=both.name, Key="copied", Body=b"1")
    sandbox.flush()
    iam = sandbox.client("iam", LOG)
    iam.delete_role_policy(RoleName="aged-11-role", PolicyName="copy")
    both.source.put_object(Bucket=both.name, Key="failed", Body=b"2")
    sandbox.flush()
    sandbox.pass_days(25)
    assert [entry["Key"] for entry in both.source.list_objects_v2(Bucket=both.name)["Contents"]] == ["failed"]
    assert held(both.copies, both.copy) == (0, 0)


def test_time_goes_forward_only_and_for_s3_alone(sandbox: Sandbox) -> None:
    for wrong in ('{"forward": -1}', '{"forward": 1e12}', '{"forward": "soon"}', "{}", "[]", "no"):
        assert sandbox.control("POST", "/_sandbox/clock", wrong)[0] == 400
    before = sandbox.control("POST", "/_sandbox/clock", '{"forward": 0}')[1]
    after = sandbox.control("POST", "/_sandbox/clock", '{"forward": 86400}')[1]
    assert after["ahead"] - before["ahead"] == 86400
    user = sandbox.client("iam", PRODUCTION).create_user(UserName="aged")["User"]
    assert user["CreateDate"].isoformat() < before["now"]


def test_what_time_has_done_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        s3 = versioned(first, "aged-12", {"Expiration": {"Days": 10}})
        s3.put_object(Bucket="aged-12", Key="a", Body=b"1")
        first.pass_days(12)
        s3.put_object(Bucket="aged-12", Key="b", Body=b"2")
        before = s3.list_object_versions(Bucket="aged-12")
    second = start_sandbox(tmp_path)
    try:
        s3 = second.client("s3", LOG)
        after = s3.list_object_versions(Bucket="aged-12")
        assert [after[kind] for kind in ("Versions", "DeleteMarkers")] == [
            before[kind] for kind in ("Versions", "DeleteMarkers")
        ]
        second.pass_days(12)
        assert held(s3, "aged-12") == (2, 2)
    finally:
        second.stop()


def test_midnights_that_nobody_was_there_for_are_made_up_for(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        s3 = versioned(first, "aged-13", {"Expiration": {"Days": 2}})
        s3.put_object(Bucket="aged-13", Key="a", Body=b"1")
    journal = tmp_path / FILE_NAME
    changes = [json.loads(line) for line in journal.read_text().splitlines()]
    longer_ago = [change | {"time": change["time"] - 5 * 86400} for change in changes]
    journal.write_text("".join(f"{json.dumps(change)}\n" for change in longer_ago))
    second = start_sandbox(tmp_path)
    try:
        s3 = second.client("s3", LOG)
        assert held(s3, "aged-13") == (1, 1)
    finally:
        second.stop()
