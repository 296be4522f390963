"""What a trail logs, as advanced event selectors. Pure.

They are always written down: selectors changed by hand are then seen. A trail cannot select management events of one service
(API_AdvancedFieldSelector, CloudTrail API reference): that is why the presets go through EventBridge.
"""

from __future__ import annotations

import pulumi_aws as aws

from programs.cloudtrail.spec import CloudTrailSpec

Selector = aws.cloudtrail.TrailAdvancedEventSelectorArgsDict
Field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgsDict


def selectors(spec: CloudTrailSpec) -> list[Selector]:
    """Management events always, data events where they are asked for."""
    management: list[Field] = [{"field": "eventCategory", "equals": ["Management"]}]
    if spec.exclude:
        management.append({"field": "eventSource", "not_equals": list(spec.exclude)})
    found: list[Selector] = [{"name": "management", "field_selectors": management}]
    if spec.s3_objects:
        found.append(_data("objects", "AWS::S3::Object", {"starts_withs": list(spec.s3_objects)}))
    if spec.lambda_functions:
        found.append(_data("functions", "AWS::Lambda::Function", {"equals": list(spec.lambda_functions)}))
    return found


def _data(name: str, kind: str, arns: dict[str, list[str]]) -> Selector:
    which: Field = {"field": "resources.ARN", **arns}  # type: ignore[typeddict-item]  # One operator, chosen by the caller.
    return {
        "name": name,
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": [kind]},
            which,
        ],
    }
