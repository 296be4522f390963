"""What an account can have, where it is asked before a source is made."""

from __future__ import annotations

from tests.support.aws import refusal
from tests.support.sandbox import LOG, Sandbox


def test_the_quota_on_buckets_can_be_asked_for(sandbox: Sandbox) -> None:
    quotas = sandbox.client("service-quotas", LOG, "us-east-1")
    quota = quotas.get_service_quota(ServiceCode="s3", QuotaCode="L-DC2B2D3D")["Quota"]
    assert (quota["Value"], quota["GlobalQuota"]) == (10_000, True)
    assert (
        refusal(quotas.get_service_quota, ServiceCode="s3", QuotaCode="L-00000000")[0]
        == "NoSuchResourceException"
    )


def test_iam_says_how_many_roles_there_are_and_can_be(sandbox: Sandbox) -> None:
    summary = sandbox.client("iam", LOG).get_account_summary()["SummaryMap"]
    assert summary["Roles"] <= summary["RolesQuota"]


def test_regions_say_whether_an_account_has_them(sandbox: Sandbox) -> None:
    regions = sandbox.client("ec2", LOG).describe_regions(AllRegions=True)["Regions"]
    status = {region["RegionName"]: region["OptInStatus"] for region in regions}
    assert status["eu-west-3"] == "opt-in-not-required"
