"""A bucket that is taken over is left as it was found."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from service.plugin.values import Unknown
from service.provider.buckets import SETTINGS, TOKEN
from tests.support.plugin import Live, Plugin
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Theirs",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::theirs/*",
        }
    ],
}
LIFECYCLE = {
    "Rules": [{"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 10}}]
}


def bucket(sandbox: Sandbox, name: str, account: str = PRODUCTION) -> Any:
    """A client of the account that has just made a bucket."""
    s3 = sandbox.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def found(plugin: Plugin, name: str) -> Live:
    id, outputs = plugin.create(TOKEN, plugin.checked(TOKEN, {"bucket": name}))
    return Live(id, outputs, {"bucket": name})


def test_every_setting_that_was_there_is_there_again(sandbox: Sandbox, plugin: Plugin) -> None:
    s3 = bucket(sandbox, "theirs")
    s3.put_bucket_policy(Bucket="theirs", Policy=json.dumps(POLICY))
    s3.put_bucket_lifecycle_configuration(Bucket="theirs", LifecycleConfiguration=LIFECYCLE)
    s3.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Suspended"})
    note = found(plugin, "theirs")

    s3.delete_bucket_policy(Bucket="theirs")
    s3.delete_bucket_lifecycle(Bucket="theirs")
    s3.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Enabled"})
    plugin.delete(TOKEN, note)

    assert json.loads(s3.get_bucket_policy(Bucket="theirs")["Policy"]) == POLICY
    assert [rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket="theirs")["Rules"]] == [
        "theirs"
    ]
    assert s3.get_bucket_versioning(Bucket="theirs")["Status"] == "Suspended"


def test_a_bucket_without_settings_gets_none(sandbox: Sandbox, plugin: Plugin) -> None:
    s3 = bucket(sandbox, "plain")
    note = found(plugin, "plain")
    assert note.outputs["found"].keys() <= SETTINGS.keys() - {"policy", "lifecycle", "replication"}
    plugin.delete(TOKEN, note)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="plain")


def test_a_bucket_of_another_account_is_refused(sandbox: Sandbox, plugin: Plugin) -> None:
    bucket(sandbox, "of-another", LOG)
    with pytest.raises(grpc.RpcError, match="looking at bucket of-another"):
        found(plugin, "of-another")


def test_a_preview_knows_nothing_and_a_refresh_finds_the_note_as_it_was(
    sandbox: Sandbox, plugin: Plugin
) -> None:
    s3 = bucket(sandbox, "noted")
    _, planned = plugin.create(TOKEN, {"bucket": "noted"}, preview=True)
    assert isinstance(planned["found"], Unknown)
    note = found(plugin, "noted")
    s3.put_bucket_lifecycle_configuration(Bucket="noted", LifecycleConfiguration=LIFECYCLE)
    again = plugin.read(TOKEN, note.id, note)
    assert again is not None
    assert again.outputs == note.outputs
    s3.delete_bucket(Bucket="noted")
    assert plugin.read(TOKEN, note.id, note) is None
    plugin.delete(TOKEN, note)


def test_another_bucket_is_another_note(plugin: Plugin) -> None:
    live = Live("a", {"bucket": "a", "found": {}}, {"bucket": "a"})
    assert [change.path for change in plugin.diff(TOKEN, live, {"bucket": "b"})] == ["bucket"]
    assert plugin.diff(TOKEN, live, {"bucket": "a"}) == []
    assert plugin.check(TOKEN, {"bucket": "", "colour": "red"})[1].keys() == {"bucket", "colour"}
