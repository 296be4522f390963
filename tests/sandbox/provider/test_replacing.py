"""Changes that make a new object although others of the same input do not, as in the provider's `CustomizeDiff`."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.catalog import resource_types
from service.sandbox.catalog.schema import UNKNOWN
from service.sandbox.provider.operations import diff

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ONE, TWO = "subnet-1", "subnet-2"


@pytest.mark.parametrize(
    ("token", "old", "new", "replaced"),
    [
        (BALANCER, {"subnets": [ONE]}, {"subnets": [ONE, TWO]}, False),
        (BALANCER, {"subnets": [ONE, TWO]}, {"subnets": [ONE]}, True),
        (BALANCER, {"subnets": [ONE]}, {"subnets": [TWO]}, True),
        (BALANCER, {"subnets": [ONE, TWO]}, {"subnets": UNKNOWN}, False),
        (
            BALANCER,
            {"subnets": [ONE], "securityGroups": ["sg-1"]},
            {"subnets": [ONE], "securityGroups": ["sg-2"]},
            False,
        ),
        (BALANCER, {"subnets": [ONE]}, {"subnets": [ONE], "securityGroups": ["sg-1"]}, True),
        (
            BALANCER,
            {"subnets": [ONE], "securityGroups": ["sg-1"]},
            {"subnets": [ONE], "securityGroups": []},
            True,
        ),
        (BALANCER, {"subnets": [ONE]}, {"subnets": [ONE], "securityGroups": UNKNOWN}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "10.0.0.0/9"}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv6": "fd00::/8"}, True),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"referencedSecurityGroupId": "sg-1"}, True),
    ],
)
def test_a_change_replaces_where_the_real_provider_cannot_make_it(
    token: str, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    changes = diff(resource_types()[token], old, new, [])
    assert changes
    assert all(change.replaces == replaced for change in changes)
