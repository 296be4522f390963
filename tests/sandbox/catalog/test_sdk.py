"""The catalogue against the SDK of the real provider, which is generated from that provider's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from service.sandbox.catalog import resource_types
from service.sandbox.catalog.schema import Prop
from tests.sandbox.catalog.sdk import Input, inputs_of, outputs_of

_ONE_OF_SEVERAL = "The provider takes one of several inputs, and the sandbox plays this one alone."
_NETWORK = "The sandbox plays network load balancers alone, and these cannot be without it."
_METRIC = "The sandbox plays alarms on one metric alone, and these cannot be without it."
_REFUSED = "The SDK lets it be left out; the API does not take the block without it."

REQUIRED_HERE_ALONE: Mapping[str, str] = {
    "BucketLifecycleConfiguration.rules": _REFUSED,
    "BucketNotification.lambdaFunctions.lambdaFunctionArn": _REFUSED,
    "EventRule.eventPattern": _ONE_OF_SEVERAL,
    "FirehoseDeliveryStream.extendedS3Configuration": _ONE_OF_SEVERAL,
    "Group.launchTemplate": _ONE_OF_SEVERAL,
    "Group.vpcZoneIdentifiers": _ONE_OF_SEVERAL,
    "LaunchTemplate.blockDeviceMappings.deviceName": _REFUSED,
    "LaunchTemplate.tagSpecifications.resourceType": _REFUSED,
    "Listener.defaultActions.targetGroupArn": _ONE_OF_SEVERAL,
    "Listener.port": _NETWORK,
    "Listener.protocol": _NETWORK,
    "LoadBalancer.loadBalancerType": _NETWORK,
    "LoadBalancer.subnets": _ONE_OF_SEVERAL,
    "LogResourcePolicy.policyName": _ONE_OF_SEVERAL,
    "MetricAlarm.comparisonOperator": _METRIC,
    "MetricAlarm.evaluationPeriods": _METRIC,
    "MetricAlarm.metricName": _METRIC,
    "MetricAlarm.namespace": _METRIC,
    "MetricAlarm.period": _METRIC,
    "MetricAlarm.statistic": _METRIC,
    "MetricAlarm.threshold": _METRIC,
    "TargetGroup.port": _NETWORK,
    "TargetGroup.protocol": _NETWORK,
    "TargetGroup.vpcId": _NETWORK,
}
"""The deliberate differences between the catalogue and the SDK, and why."""


def _differences(ours: Mapping[str, Prop], theirs: Mapping[str, Input], path: str) -> Iterator[str]:
    """Where a table of the catalogue is not what the SDK says, block by block."""
    for name, prop in ours.items():
        where = f"{path}.{name}"
        if name not in theirs:
            yield f"{where} is not in the SDK"
            continue
        real = theirs[name]
        if _kind(prop) != real.kind:
            yield f"{where} is {_kind(prop)} here, {real.kind} in the SDK"
        if real.required and not prop.required:
            yield f"{where} is required in the SDK alone"
        if (prop.required and not real.required) != (where in REQUIRED_HERE_ALONE):
            yield f"{where} is required here alone, or is said to be"
        fields = prop.item.fields if prop.item is not None else prop.fields
        yield from _differences(fields, real.fields, where)
    for name, real in theirs.items():
        if real.required and name not in ours:
            yield f"{path}.{name} is required in the SDK, and not played"


def _kind(prop: Prop) -> str:
    return {"json": "text", "set": "list"}.get(prop.kind, prop.kind)


@pytest.mark.parametrize("token", sorted(resource_types()))
def test_inputs_of_a_type_are_what_the_sdk_says(token: str) -> None:
    ours = resource_types()[token].inputs
    assert list(_differences(ours, inputs_of(token), token.rpartition(":")[2])) == []


@pytest.mark.parametrize("token", sorted(resource_types()))
def test_outputs_of_a_type_are_outputs_in_the_sdk(token: str) -> None:
    assert set(resource_types()[token].computed) - outputs_of(token) == set()


def test_each_type_names_the_page_it_was_made_after() -> None:
    pages = [resource.pages for resource in resource_types().values()]
    assert len({page for both in pages for page in both}) == 2 * len(pages)
    assert resource_types()["aws:s3/bucketVersioning:BucketVersioning"].pages == (
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_versioning",
        "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketversioning/",
    )
