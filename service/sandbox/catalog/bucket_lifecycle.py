"""Lifecycle rules of a bucket, which AWS gives back in an order of its own. Calls: the S3 API reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.bucket_setting import BUCKET, OWNER, BucketSetting
from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Resource, present, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    Prop,
    Values,
    block,
    choice,
    flag,
    is_empty,
    known_block,
    known_list,
    list_of,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_CLASS = choice(
    "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR", required=True
)
_DATE = text(r"\d{4}-\d{2}-\d{2}(T.*)?")
_AT_LEAST_ONE = 1
_DAYS = number(_AT_LEAST_ONE)
_SIZES = {"objectSizeGreaterThan": number(0), "objectSizeLessThan": number(1)}
_FILTER = {
    "prefix": text(),
    "tag": block({"key": text(required=True), "value": text(required=True)}),
    "and": block({**_SIZES, "prefix": text(), "tags": Prop("map")}),
    **_SIZES,
}
_RULE = {
    "id": text(required=True, shortest=1, longest=255),
    "status": choice("Enabled", "Disabled", required=True),
    "prefix": text(computed=True),
    "filter": block(_FILTER),
    "abortIncompleteMultipartUpload": block({"daysAfterInitiation": _DAYS}),
    "expiration": block({"date": _DATE, "days": number(0), "expiredObjectDeleteMarker": flag()}),
    "noncurrentVersionExpiration": block(
        {"noncurrentDays": number(1, required=True), "newerNoncurrentVersions": _DAYS}
    ),
    "noncurrentVersionTransitions": set_of(
        block(
            {
                "noncurrentDays": number(0, required=True),
                "newerNoncurrentVersions": _DAYS,
                "storageClass": _CLASS,
            }
        )
    ),
    "transitions": set_of(block({"date": _DATE, "days": number(0), "storageClass": _CLASS})),
}


class BucketLifecycle(BucketSetting):
    """aws.s3.BucketLifecycleConfiguration. Import by `bucket` or `bucket,owner`."""

    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"  # noqa: S105 - a type's name
    title = "S3 Bucket Lifecycle Configuration"
    documented = "s3_bucket_lifecycle_configuration"
    read_operation, delete_operation = "GetBucketLifecycleConfiguration", "DeleteBucketLifecycle"
    missing = ("NoSuchLifecycleConfiguration",)
    inputs = {
        "bucket": BUCKET,
        "expectedBucketOwner": OWNER,
        "region": REGION,
        "rules": list_of(block(_RULE), key="id", required=True, shortest=1, longest=1000),
        "timeouts": block({"create": text(), "update": text()}, local=True),
        "transitionDefaultMinimumObjectSize": choice(
            "all_storage_classes_128K",
            "varies_by_storage_class",
            default="all_storage_classes_128K",
            computed=True,
        ),
    }

    def rules(self, inputs: Values) -> Iterator[Failure]:
        for index, rule in enumerate(known_list(inputs.get("rules"))):
            yield from _rule_failures(known_block(rule), f"rules[{index}]")

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        aws.call(
            "s3",
            "PutBucketLifecycleConfiguration",
            **target,
            TransitionDefaultMinimumObjectSize=inputs.get("transitionDefaultMinimumObjectSize"),
            LifecycleConfiguration={"Rules": [_rule(rule) for rule in inputs["rules"]]},
        )

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        size = answer.get("TransitionDefaultMinimumObjectSize") or known.get(
            "transitionDefaultMinimumObjectSize"
        )
        return present(
            rules=[_rule_shown(rule) for rule in answer["Rules"]], transitionDefaultMinimumObjectSize=size
        )


def _rule_failures(rule: Values, path: str) -> Iterator[Failure]:
    if rule.get("prefix") and rule.get("filter"):
        yield Failure(f"{path}.prefix", "cannot be combined with filter")
    yield from _only_one(known_block(rule.get("expiration")), f"{path}.expiration")
    for index, step in enumerate(known_list(rule.get("transitions"))):
        yield from _only_one(
            {name: known_block(step).get(name) for name in ("date", "days")}, f"{path}.transitions[{index}]"
        )
    yield from _only_one(known_block(rule.get("filter")), f"{path}.filter")


def _only_one(values: Values, path: str) -> Iterator[Failure]:
    """S3 takes one of the members of these blocks (PutBucketLifecycleConfiguration)."""
    given = [name for name in values if not is_empty(values[name])]
    if len(given) > 1:
        yield Failure(path, f"only one of these can be set: {', '.join(given)}")


def _rule(rule: Values) -> dict[str, Any]:
    expiration, gone = rule.get("expiration"), rule.get("noncurrentVersionExpiration")
    abort = rule.get("abortIncompleteMultipartUpload")
    place: dict[str, Any] = (
        {"Prefix": rule["prefix"]} if rule.get("prefix") else {"Filter": _filter(rule.get("filter") or {})}
    )
    return place | present(
        ID=rule["id"],
        Status=rule["status"],
        AbortIncompleteMultipartUpload=abort and {"DaysAfterInitiation": abort["daysAfterInitiation"]},
        Expiration=expiration and _expiration(expiration),
        NoncurrentVersionExpiration=gone and _noncurrent(gone),
        NoncurrentVersionTransitions=[
            _noncurrent(step) for step in rule.get("noncurrentVersionTransitions") or []
        ]
        or None,
        Transitions=[_transition(step) for step in rule.get("transitions") or []] or None,
    )


def _expiration(value: Values) -> dict[str, Any]:
    return present(
        Date=value.get("date"),
        Days=value.get("days") or None,
        ExpiredObjectDeleteMarker=value.get("expiredObjectDeleteMarker"),
    )


def _transition(step: Values) -> dict[str, Any]:
    days = None if "date" in step else step.get("days", 0)
    return present(Date=step.get("date"), Days=days, StorageClass=step["storageClass"])


def _noncurrent(step: Values) -> dict[str, Any]:
    return present(
        NoncurrentDays=step["noncurrentDays"],
        NewerNoncurrentVersions=step.get("newerNoncurrentVersions"),
        StorageClass=step.get("storageClass"),
    )


def _filter(where: Values) -> dict[str, Any]:
    both = where.get("and")
    if both:
        return {"And": _sizes(both) | present(Prefix=both.get("prefix"), Tags=tag_list(both.get("tags")))}
    tag = where.get("tag")
    found = _sizes(where) | present(
        Prefix=where.get("prefix"), Tag=tag and {"Key": tag["key"], "Value": tag["value"]}
    )
    # A rule for the whole bucket is written as an empty prefix.
    return found or {"Prefix": ""}


def _sizes(where: Values) -> dict[str, Any]:
    return present(
        ObjectSizeGreaterThan=where.get("objectSizeGreaterThan"),
        ObjectSizeLessThan=where.get("objectSizeLessThan"),
    )


def _rule_shown(rule: dict[str, Any]) -> Values:
    abort = rule.get("AbortIncompleteMultipartUpload")
    gone = rule.get("NoncurrentVersionExpiration")
    return present(
        id=rule["ID"],
        status=rule["Status"],
        prefix=rule.get("Prefix") or None,
        filter=_filter_shown(rule.get("Filter") or {}) or None,
        abortIncompleteMultipartUpload=abort and {"daysAfterInitiation": abort["DaysAfterInitiation"]},
        expiration=_expiration_shown(rule.get("Expiration") or {}) or None,
        noncurrentVersionExpiration=gone and _noncurrent_shown(gone),
        noncurrentVersionTransitions=[
            _noncurrent_shown(step) for step in rule.get("NoncurrentVersionTransitions") or []
        ]
        or None,
        transitions=[_transition_shown(step) for step in rule.get("Transitions") or []] or None,
    )


def _expiration_shown(value: dict[str, Any]) -> Values:
    marker = value.get("ExpiredObjectDeleteMarker")
    return present(date=_day(value.get("Date")), days=value.get("Days"), expiredObjectDeleteMarker=marker)


def _transition_shown(step: dict[str, Any]) -> Values:
    return present(date=_day(step.get("Date")), days=step.get("Days"), storageClass=step["StorageClass"])


def _noncurrent_shown(step: dict[str, Any]) -> Values:
    return present(
        noncurrentDays=step.get("NoncurrentDays"),
        newerNoncurrentVersions=step.get("NewerNoncurrentVersions"),
        storageClass=step.get("StorageClass"),
    )


def _day(moment: Any) -> str | None:
    return moment.strftime("%Y-%m-%d") if moment is not None else None


def _filter_shown(where: dict[str, Any]) -> Values:
    both, tag = where.get("And"), where.get("Tag")
    inner = both and _sizes_shown(both) | present(
        prefix=both.get("Prefix"), tags=tag_map(both.get("Tags")) or None
    )
    shown = present(prefix=where.get("Prefix"), tag=tag and {"key": tag["Key"], "value": tag["Value"]})
    return present(**_sizes_shown(where), **shown) | ({"and": inner} if inner else {})


def _sizes_shown(where: dict[str, Any]) -> Values:
    return present(
        objectSizeGreaterThan=where.get("ObjectSizeGreaterThan"),
        objectSizeLessThan=where.get("ObjectSizeLessThan"),
    )


RESOURCES: tuple[Resource, ...] = (BucketLifecycle(),)
