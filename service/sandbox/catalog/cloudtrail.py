"""CloudTrail trails. Calls and limits: the CloudTrail API reference; inputs and outputs: the provider's documentation of
aws.cloudtrail.Trail (without SNS topic, CloudWatch Logs and Insights, which a trail of ours does not use)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Naming, Resource, present, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Values,
    block,
    choice,
    flag,
    known_list,
    list_of,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "TrailNotFoundException"
_VALUES = list_of(text(longest=2048))
_OPERATORS = {
    "equals": "Equals",
    "notEquals": "NotEquals",
    "startsWiths": "StartsWith",
    "notStartsWiths": "NotStartsWith",
    "endsWiths": "EndsWith",
    "notEndsWiths": "NotEndsWith",
}
_SETTINGS = {
    "s3BucketName": "S3BucketName",
    "s3KeyPrefix": "S3KeyPrefix",
    "kmsKeyId": "KmsKeyId",
    "includeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "isMultiRegionTrail": "IsMultiRegionTrail",
    "isOrganizationTrail": "IsOrganizationTrail",
    "enableLogFileValidation": "EnableLogFileValidation",
}
"""Inputs of CreateTrail and UpdateTrail, by what GetTrail calls them but for the last."""
_EVERYTHING = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
"""What a trail that was never told otherwise selects; it is put back where a program takes its selectors away."""


class Trail(Resource):
    """aws.cloudtrail.Trail. Its id is its ARN, by which it is imported."""

    token, title = "aws:cloudtrail/trail:Trail", "CloudTrail Trail"
    documented = "cloudtrail"
    naming = Naming("name", None, 128)
    inputs = {
        "name": text(longest=128, replaces=True),
        "s3BucketName": text(required=True),
        "s3KeyPrefix": text(longest=200),
        "kmsKeyId": text(r"arn:.+"),
        "includeGlobalServiceEvents": flag(default=True),
        "isMultiRegionTrail": flag(default=False),
        "isOrganizationTrail": flag(default=False),
        "enableLogFileValidation": flag(default=False),
        "enableLogging": flag(default=True),
        "eventSelectors": list_of(
            block(
                {
                    "readWriteType": choice("ReadOnly", "WriteOnly", "All", default="All"),
                    "includeManagementEvents": flag(default=True),
                    "excludeManagementEventSources": set_of(text()),
                    "dataResources": list_of(
                        block({"type": text(required=True), "values": list_of(text(), required=True)})
                    ),
                }
            ),
            longest=5,
        ),
        "advancedEventSelectors": list_of(
            block(
                {
                    "name": text(longest=1000),
                    "fieldSelectors": set_of(
                        block({"field": text(required=True), **dict.fromkeys(_OPERATORS, _VALUES)}),
                        required=True,
                    ),
                }
            )
        ),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "homeRegion")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        if known_list(inputs.get("eventSelectors")) and known_list(inputs.get("advancedEventSelectors")):
            yield Failure("eventSelectors", "conflicts with advancedEventSelectors")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "cloudtrail",
            "CreateTrail",
            Name=inputs["name"],
            TagsList=tag_list(inputs.get("tags")),
            **{wire: inputs[name] for name, wire in _SETTINGS.items() if inputs.get(name) is not None},
        )
        return str(made["TrailARN"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        if inputs.get("eventSelectors") or inputs.get("advancedEventSelectors"):
            _select(aws, id, inputs)
        if inputs.get("enableLogging"):
            aws.call("cloudtrail", "StartLogging", Name=id)

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("cloudtrail", "GetTrail", _GONE, Name=id)
        if found is None:
            return None
        trail = found["Trail"]
        tags = aws.call("cloudtrail", "ListTags", ResourceIdList=[id])["ResourceTagList"]
        return {
            "name": trail["Name"],
            "arn": id,
            "homeRegion": trail["HomeRegion"],
            **{name: trail.get(wire) for name, wire in _SETTINGS.items()},
            "enableLogFileValidation": trail["LogFileValidationEnabled"],
            "enableLogging": aws.call("cloudtrail", "GetTrailStatus", Name=id)["IsLogging"],
            **(_selected(aws, id) if trail["HasCustomEventSelectors"] else {}),
            "tags": tag_map(tags[0].get("TagsList")) if tags else {},
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & _SETTINGS.keys():
            settings = {_SETTINGS[name]: new.get(name, "") for name in sorted(changed & _SETTINGS.keys())}
            aws.call("cloudtrail", "UpdateTrail", Name=id, **settings)
        if changed & {"eventSelectors", "advancedEventSelectors"}:
            _select(aws, id, new)
        if "enableLogging" in changed:
            aws.call("cloudtrail", "StartLogging" if new.get("enableLogging") else "StopLogging", Name=id)
        if "tags" in changed:
            _retag(aws, id, old.get("tags") or {}, new.get("tags") or {})

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("cloudtrail", "DeleteTrail", _GONE, Name=id)


def _retag(aws: Aws, id: str, old: dict[str, str], new: dict[str, str]) -> None:
    """RemoveTags takes the tags with their values."""
    gone = {name: value for name, value in old.items() if name not in new}
    if gone:
        aws.call("cloudtrail", "RemoveTags", ResourceId=id, TagsList=tag_list(gone))
    written = {name: value for name, value in new.items() if old.get(name) != value}
    if written:
        aws.call("cloudtrail", "AddTags", ResourceId=id, TagsList=tag_list(written))


def _select(aws: Aws, id: str, inputs: Values) -> None:
    advanced = inputs.get("advancedEventSelectors")
    if advanced:
        aws.call(
            "cloudtrail",
            "PutEventSelectors",
            TrailName=id,
            AdvancedEventSelectors=[_advanced(one) for one in advanced],
        )
        return
    basic = [_basic(one) for one in inputs.get("eventSelectors") or []]
    aws.call("cloudtrail", "PutEventSelectors", TrailName=id, EventSelectors=basic or _EVERYTHING)


def _basic(selector: Values) -> dict[str, Any]:
    return {
        "ReadWriteType": selector.get("readWriteType", "All"),
        "IncludeManagementEvents": selector.get("includeManagementEvents", True),
        "ExcludeManagementEventSources": selector.get("excludeManagementEventSources") or [],
        "DataResources": [
            {"Type": one["type"], "Values": one["values"]} for one in selector.get("dataResources") or []
        ],
    }


def _advanced(selector: Values) -> dict[str, Any]:
    fields = [
        {"Field": one["field"]} | {wire: one[name] for name, wire in _OPERATORS.items() if one.get(name)}
        for one in selector["fieldSelectors"]
    ]
    return present(Name=selector.get("name"), FieldSelectors=fields)


def _selected(aws: Aws, id: str) -> Values:
    found = aws.call("cloudtrail", "GetEventSelectors", TrailName=id)
    if found.get("AdvancedEventSelectors"):
        return {"advancedEventSelectors": [_advanced_read(one) for one in found["AdvancedEventSelectors"]]}
    return {"eventSelectors": [_basic_read(one) for one in found.get("EventSelectors") or []]}


def _advanced_read(selector: dict[str, Any]) -> Values:
    fields = [
        {"field": one["Field"]} | {name: one[wire] for name, wire in _OPERATORS.items() if one.get(wire)}
        for one in selector["FieldSelectors"]
    ]
    return present(name=selector.get("Name") or None, fieldSelectors=fields)


def _basic_read(selector: dict[str, Any]) -> Values:
    resources = [
        {"type": one["Type"], "values": one["Values"]} for one in selector.get("DataResources") or []
    ]
    return present(
        readWriteType=selector.get("ReadWriteType", "All"),
        includeManagementEvents=selector.get("IncludeManagementEvents", True),
        excludeManagementEventSources=selector.get("ExcludeManagementEventSources") or None,
        dataResources=resources or None,
    )


RESOURCES: tuple[Resource, ...] = (Trail(),)
