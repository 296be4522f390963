"""What the presets can be asked for, which log groups that means, and who may ask for them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from programs.cloudwatch.presets.rds import CLUSTER_EXPORTS, INSTANCE_EXPORTS, RdsSpec
from programs.kinds import KINDS
from service.sandbox.refusals import sources
from tests.programs.cloudwatch.presets.specs import ALL, EKS, RDS, ROUTE53, preset_wish

CLOUDWATCH = KINDS["cloudwatch"]
QUERIES = "/aws/route53/payments.example.com"


def refusal(spec: dict[str, Any]) -> str:
    """Why a spec is refused, when for one reason."""
    with pytest.raises(ValidationError) as caught:
        CLOUDWATCH.model_for(spec).model_validate(spec)
    (error,) = caught.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


@pytest.mark.parametrize("preset", CLOUDWATCH.presets)
def test_an_example_is_a_spec_of_its_preset(preset: str) -> None:
    offer = CLOUDWATCH.presets[preset]
    spec = offer.spec_model.model_validate(offer.example)
    assert CLOUDWATCH.model_for(offer.example) is offer.spec_model
    assert CLOUDWATCH.model_for(spec.model_dump(mode="json")) is offer.spec_model
    assert spec.makes_log_groups  # type: ignore[attr-defined]  # Every preset is about log groups.
    assert offer.json_schema["properties"]["preset"]["const"] == preset


@pytest.mark.parametrize(
    ("spec", "groups", "fields"),
    [
        (ROUTE53, (QUERIES,), ("/spec/zone",)),
        (
            {"preset": "route53", "zone": "a.example", "log_group": "/dns", "enable_at_source": False},
            ("/dns",),
            ("/spec/log_group",),
        ),
        (
            RDS,
            ("/aws/rds/instance/payments/postgresql", "/aws/rds/instance/payments/upgrade"),
            ("/spec/instance", "/spec/instance"),
        ),
        (
            {"preset": "rds", "cluster": "shop", "engine": "aurora-mysql", "exports": ["audit"]},
            ("/aws/rds/cluster/shop/audit",),
            ("/spec/cluster",),
        ),
        (EKS, ("/aws/eks/payments/cluster",), ("/spec/cluster",)),
    ],
)
def test_the_log_groups_follow_from_the_source(
    spec: dict[str, Any], groups: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    read = CLOUDWATCH.model_for(spec).model_validate(spec)
    assert (read.reads_log_groups, read.log_group_fields) == (groups, fields)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({**RDS, "cluster": "shop"}, "name an instance or a cluster, one of the two"),
        ({**RDS, "instance": None}, "name an instance or a cluster, one of the two"),
        ({**RDS, "instance": "Payments"}, "instance: String should match"),
        ({**RDS, "instance": "a--b"}, "instance: String should match"),
        ({**RDS, "exports": ["error"]}, "postgres does not export error; it has postgresql, upgrade"),
        ({**RDS, "exports": []}, "exports: Tuple should have at least 1 item"),
        ({**RDS, "exports": ["upgrade", "upgrade"]}, "named more than once: upgrade"),
        ({**RDS, "engine": "aurora-mysql", "exports": ["audit"]}, "exports the logs of its cluster"),
        ({**RDS, "instance": None, "cluster": "c", "engine": "oracle"}, "oracle has no clusters"),
        ({**RDS, "engine": "access"}, "engine: Input should be"),
        ({**EKS, "types": ["api", "kubelet"]}, "types.1: Input should be"),
        ({**EKS, "types": ["api", "api"]}, "named more than once: api"),
        ({**EKS, "cluster": "-x"}, "cluster: String should match"),
        ({"preset": "route53", "zone": "a.example.com"}, "zone_id is needed to switch query logging on"),
        ({**ROUTE53, "log_group": "/aws/route53/other"}, f"switched on into {QUERIES}: leave log_group out"),
        ({**ROUTE53, "zone": "payments.example.com."}, "zone: String should match"),
        ({**ROUTE53, "zone_id": "/hostedzone/Z1"}, "zone_id: String should match"),
    ],
)
def test_what_aws_would_refuse_is_refused_with_its_reason(spec: dict[str, Any], why: str) -> None:
    assert why in refusal(spec)


def test_the_exports_are_those_that_the_sandbox_takes_for_an_engine() -> None:
    assert (INSTANCE_EXPORTS, CLUSTER_EXPORTS) == (sources.INSTANCE_EXPORTS, sources.CLUSTER_EXPORTS)
    for table, place in ((INSTANCE_EXPORTS, "instance"), (CLUSTER_EXPORTS, "cluster")):
        for engine, exports in table.items():
            spec = {"preset": "rds", place: "shop", "engine": engine, "exports": list(exports)}
            assert len(RdsSpec.model_validate(spec).reads_log_groups) == len(exports)


@pytest.mark.parametrize("preset", ALL)
def test_the_senders_region_is_the_environments_but_for_route_53(preset: str) -> None:
    asked = preset_wish(ALL[preset])
    assert asked.production.region == "eu-west-3"
    assert asked.sender.region == ("us-east-1" if preset == "route53" else "eu-west-3")
    assert asked.sender.model_copy(update={"region": "eu-west-3"}) == asked.production
