"""Replication rules of a bucket. Calls: the S3 API reference (PutBucketReplication, ReplicationRule)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.bucket_setting import BUCKET, BucketSetting
from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Resource, present, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    Prop,
    Values,
    block,
    choice,
    is_empty,
    known_block,
    known_list,
    list_of,
    number,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_SWITCH = choice("Enabled", "Disabled", required=True)
_SWITCHED = block({"status": _SWITCH})
_QUARTER = block({"minutes": choice(15, required=True)}, required=True)
"""Fifteen minutes is the one threshold S3 knows (ReplicationTimeValue)."""
_PREFIX = text(longest=1024)
_DESTINATION = {
    "bucket": text(r"arn:aws[a-z-]*:s3:::.+", required=True),
    "account": text(r"\d{12}"),
    "storageClass": choice(
        *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
        *("GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"),
    ),
    "accessControlTranslation": block({"owner": choice("Destination", required=True)}),
    "encryptionConfiguration": block({"replicaKmsKeyId": text(required=True)}),
    "metrics": block(
        {"status": _SWITCH, "eventThreshold": block({"minutes": choice(15, required=True)})},
    ),
    "replicationTime": block({"status": _SWITCH, "time": _QUARTER}),
}
_RULE = {
    "id": text(computed=True, longest=255),
    "status": _SWITCH,
    "priority": number(0, computed=True),
    "prefix": text(longest=1024, computed=True),
    "filter": block(
        {
            "prefix": _PREFIX,
            "tag": block({"key": text(required=True), "value": text(required=True)}),
            "and": block({"prefix": _PREFIX, "tags": Prop("map")}),
        }
    ),
    "deleteMarkerReplication": _SWITCHED,
    "existingObjectReplication": _SWITCHED,
    "sourceSelectionCriteria": block(
        {"replicaModifications": _SWITCHED, "sseKmsEncryptedObjects": _SWITCHED}
    ),
    "destination": block(_DESTINATION, required=True),
}
_SWITCHES = {
    "deleteMarkerReplication": "DeleteMarkerReplication",
    "existingObjectReplication": "ExistingObjectReplication",
}
_CRITERIA = {
    "replicaModifications": "ReplicaModifications",
    "sseKmsEncryptedObjects": "SseKmsEncryptedObjects",
}


class BucketReplication(BucketSetting):
    """aws.s3.BucketReplicationConfig. Import by bucket name."""

    token, title = "aws:s3/bucketReplicationConfig:BucketReplicationConfig", "S3 Bucket Replication Config"
    documented = "s3_bucket_replication_configuration"
    read_operation, delete_operation = "GetBucketReplication", "DeleteBucketReplication"
    missing = ("ReplicationConfigurationNotFoundError",)
    inputs = {
        "bucket": BUCKET,
        "region": REGION,
        "role": text(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", required=True),
        "rules": list_of(block(_RULE), key="id", required=True, shortest=1, longest=1000),
        "token": text(local=True),
    }

    def rules(self, inputs: Values) -> Iterator[Failure]:
        for index, rule in enumerate(known_list(inputs.get("rules"))):
            where = known_block(known_block(rule).get("filter"))
            given = [name for name in where if not is_empty(where[name])]
            if len(given) > 1:
                yield Failure(f"rules[{index}].filter", f"only one of these can be set: {', '.join(given)}")
            if known_block(rule).get("prefix") and where:
                yield Failure(f"rules[{index}].prefix", "cannot be combined with filter")

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        setting = {"Role": inputs["role"], "Rules": [_rule(rule) for rule in inputs["rules"]]}

        def put() -> dict[str, Any]:
            return aws.call(
                "s3",
                "PutBucketReplication",
                **target,
                Token=inputs.get("token"),
                ReplicationConfiguration=setting,
            )

        aws.retrying(put, _destination_is_new)

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        setting = answer["ReplicationConfiguration"]
        return {"role": setting["Role"], "rules": [_rule_shown(rule) for rule in setting["Rules"]]}


def _destination_is_new(error: AwsError) -> bool:
    """Versioning switched on a moment ago may not have reached S3's replication yet."""
    return error.code == "InvalidRequest" and "versioning" in error.message.lower()


def _rule(rule: Values) -> dict[str, Any]:
    place: dict[str, Any] = {"Prefix": rule.get("prefix") or ""}
    if "filter" in rule:
        place = {"Filter": _filter(rule["filter"]), "Priority": rule.get("priority", 0)}
    criteria = rule.get("sourceSelectionCriteria")
    return place | present(
        ID=rule.get("id"),
        Status=rule["status"],
        SourceSelectionCriteria=_switches(criteria, _CRITERIA) if criteria else None,
        Destination=_destination(rule["destination"]),
        **_switches(rule, _SWITCHES),
    )


def _switches(values: Values, names: dict[str, str]) -> dict[str, Any]:
    return {there: {"Status": values[here]["status"]} for here, there in names.items() if values.get(here)}


def _filter(where: Values) -> dict[str, Any]:
    both, tag = where.get("and"), where.get("tag")
    if both:
        return {"And": present(Prefix=both.get("prefix"), Tags=tag_list(both.get("tags")))}
    if tag:
        return {"Tag": {"Key": tag["key"], "Value": tag["value"]}}
    return {"Prefix": where.get("prefix") or ""}


def _destination(place: Values) -> dict[str, Any]:
    encryption, metrics = place.get("encryptionConfiguration"), place.get("metrics")
    time, translation = place.get("replicationTime"), place.get("accessControlTranslation")
    threshold = (metrics or {}).get("eventThreshold")
    return present(
        Bucket=place["bucket"],
        Account=place.get("account"),
        StorageClass=place.get("storageClass"),
        AccessControlTranslation=translation and {"Owner": translation["owner"]},
        EncryptionConfiguration=encryption and {"ReplicaKmsKeyID": encryption["replicaKmsKeyId"]},
        Metrics=metrics
        and present(Status=metrics["status"], EventThreshold=threshold and {"Minutes": threshold["minutes"]}),
        ReplicationTime=time and {"Status": time["status"], "Time": {"Minutes": time["time"]["minutes"]}},
    )


def _rule_shown(rule: dict[str, Any]) -> Values:
    criteria = rule.get("SourceSelectionCriteria")
    return present(
        id=rule.get("ID"),
        status=rule["Status"],
        priority=rule.get("Priority"),
        prefix=rule.get("Prefix"),
        filter=_filter_shown(rule["Filter"]) if "Filter" in rule else None,
        sourceSelectionCriteria=_switches_shown(criteria, _CRITERIA) if criteria else None,
        destination=_destination_shown(rule["Destination"]),
        **_switches_shown(rule, _SWITCHES),
    )


def _switches_shown(values: dict[str, Any], names: dict[str, str]) -> Values:
    return {here: {"status": values[there]["Status"]} for here, there in names.items() if there in values}


def _filter_shown(where: dict[str, Any]) -> Values:
    both, tag = where.get("And"), where.get("Tag")
    return present(
        prefix=where.get("Prefix"),
        tag=tag and {"key": tag["Key"], "value": tag["Value"]},
        **{"and": both and present(prefix=both.get("Prefix"), tags=tag_map(both.get("Tags")) or None)},
    )


def _destination_shown(place: dict[str, Any]) -> Values:
    encryption, metrics = place.get("EncryptionConfiguration"), place.get("Metrics")
    time, translation = place.get("ReplicationTime"), place.get("AccessControlTranslation")
    threshold = (metrics or {}).get("EventThreshold")
    return present(
        bucket=place["Bucket"],
        account=place.get("Account"),
        storageClass=place.get("StorageClass"),
        accessControlTranslation=translation and {"owner": translation["Owner"]},
        encryptionConfiguration=encryption and {"replicaKmsKeyId": encryption["ReplicaKmsKeyID"]},
        metrics=metrics
        and present(status=metrics["Status"], eventThreshold=threshold and {"minutes": threshold["Minutes"]}),
        replicationTime=time and {"status": time["Status"], "time": {"minutes": time["Time"]["Minutes"]}},
    )


RESOURCES: tuple[Resource, ...] = (BucketReplication(),)
