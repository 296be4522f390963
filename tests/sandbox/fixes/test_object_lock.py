"""Object Lock is switched on for buckets that are in use, and read back as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import Sandbox

NAME = "locked-1"


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Any:
    """The owner of a versioned bucket that holds an object already."""
    client = bucket(sandbox, NAME)
    client.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=NAME, Key="before", Body=b"1")
    return client


def lock(s3: Any, **retention: Any) -> dict[str, Any]:
    rule = {"Rule": {"DefaultRetention": retention}} if retention else {}
    setting = {"ObjectLockEnabled": "Enabled", **rule}
    s3.put_object_lock_configuration(Bucket=NAME, ObjectLockConfiguration=setting)
    return setting


def test_what_was_written_comes_back(s3: Any) -> None:
    for retention in ({"Mode": "GOVERNANCE", "Days": 3}, {"Mode": "COMPLIANCE", "Years": 1}, {}):
        written = lock(s3, **retention)
        assert s3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"] == written


def test_new_objects_are_kept_for_the_default_and_older_ones_are_not(s3: Any) -> None:
    lock(s3, Mode="COMPLIANCE", Days=3)
    after = s3.put_object(Bucket=NAME, Key="after", Body=b"2", ChecksumAlgorithm="CRC32")
    kept = s3.head_object(Bucket=NAME, Key="after")
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert (kept["ObjectLockRetainUntilDate"] - kept["LastModified"]).days in (2, 3)
    assert "ObjectLockMode" not in s3.head_object(Bucket=NAME, Key="before")
    assert refusal(s3.delete_object, Bucket=NAME, Key="after", VersionId=after["VersionId"])[1] == 403
