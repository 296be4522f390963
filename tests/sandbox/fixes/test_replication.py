"""Replication rules come back as they were written."""

from __future__ import annotations

import pytest

from tests.sandbox.replicas import Pair, pair
from tests.support.aws import refusal
from tests.support.sandbox import LOG, REPLICA_REGION, Sandbox


@pytest.fixture(scope="module")
def buckets(sandbox: Sandbox) -> Pair:
    return pair(sandbox, "rules-1")


def test_rules_come_back_as_they_were_written(buckets: Pair) -> None:
    destination = {
        "Bucket": f"arn:aws:s3:::{buckets.copy}",
        "StorageClass": "STANDARD_IA",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": f"arn:aws:kms:{REPLICA_REGION}:{LOG}:key/a"},
        "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
        "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
    }
    rules = [
        buckets.rule(
            Filter={"Prefix": "logs/"},
            SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            Destination=destination,
        ),
        buckets.rule(
            ID="some",
            Priority=7,
            Status="Disabled",
            Filter={"And": {"Prefix": "x/", "Tags": [{"Key": "a", "Value": "b"}]}},
        ),
    ]
    buckets.replicate(*rules)
    written = buckets.source.get_bucket_replication(Bucket=buckets.name)["ReplicationConfiguration"]
    assert written == {"Role": buckets.role, "Rules": rules}


def test_a_rule_of_the_older_form_keeps_its_prefix_and_is_given_a_name(buckets: Pair) -> None:
    older = buckets.rule(ID=None, Priority=None, Filter=None, DeleteMarkerReplication=None, Prefix="p/")
    buckets.replicate(older)
    written = buckets.source.get_bucket_replication(Bucket=buckets.name)["ReplicationConfiguration"]
    [rule] = written["Rules"]
    assert rule.pop("ID")
    assert rule == older


def test_a_deleted_configuration_is_gone(buckets: Pair) -> None:
    buckets.replicate()
    buckets.source.delete_bucket_replication(Bucket=buckets.name)
    assert refusal(buckets.source.get_bucket_replication, Bucket=buckets.name) == (
        "ReplicationConfigurationNotFoundError",
        404,
    )
