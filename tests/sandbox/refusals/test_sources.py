"""Logging that AWS does not switch on is refused, and nothing is changed."""

from __future__ import annotations

import pytest

from tests.sandbox.databases import (
    exports_of,
    make_aurora,
    make_cluster,
    make_instance,
    make_zone,
    route53_may_write,
)
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, Sandbox

COMBINATION = ("InvalidParameterCombination", 400)
NO_POLICY = ("InsufficientCloudWatchLogsResourcePolicy", 400)
GROUP = "/aws/route53/refused.example.com"
GROUP_ARN = f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:{GROUP}"


def test_an_export_of_another_engine_is_refused(sandbox: Sandbox) -> None:
    rds = sandbox.client("rds", PRODUCTION)
    make_instance(rds, "refused", "postgres", "postgresql")
    make_aurora(rds, "refused-cluster", "aurora-postgresql", "postgresql")
    wrong = {"EnableLogTypes": ["slowquery"]}
    assert COMBINATION == refusal(
        rds.modify_db_instance, DBInstanceIdentifier="refused", CloudwatchLogsExportConfiguration=wrong
    )
    assert COMBINATION == refusal(
        rds.modify_db_cluster, DBClusterIdentifier="refused-cluster", CloudwatchLogsExportConfiguration=wrong
    )
    assert exports_of(rds, "refused") == ["postgresql"]
    assert exports_of(rds, "refused-cluster", cluster=True) == ["postgresql"]


@pytest.mark.parametrize(
    ("engine", "export"),
    [
        ("postgres", "error"),
        ("mysql", "postgresql"),
        ("oracle-ee", "error"),
        ("sqlserver-se", "audit"),
        ("aurora-mysql", "audit"),
        ("custom-oracle-ee", "alert"),
    ],
)
def test_a_new_instance_exports_what_its_engine_writes(sandbox: Sandbox, engine: str, export: str) -> None:
    rds = sandbox.client("rds", PRODUCTION)
    with pytest.raises(rds.exceptions.ClientError, match="InvalidParameterCombination"):
        make_instance(rds, f"never-{engine}", engine, export)


def test_logging_that_is_as_asked_already_is_refused(sandbox: Sandbox) -> None:
    eks = sandbox.client("eks", PRODUCTION)
    make_cluster(eks, PRODUCTION, "as-asked", "audit")
    same = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    assert refusal(eks.update_cluster_config, name="as-asked", logging=same) == (
        "InvalidParameterException",
        400,
    )


def test_query_logging_needs_a_policy_for_the_zone_in_the_right_account(sandbox: Sandbox) -> None:
    logs, route53 = sandbox.client("logs", PRODUCTION, "us-east-1"), sandbox.client("route53", PRODUCTION)
    zone = make_zone(route53, "refused.example.com")
    logs.create_log_group(logGroupName=GROUP)
    asked = {"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": GROUP_ARN}
    assert refusal(route53.create_query_logging_config, **asked) == NO_POLICY
    for account, ok in ((LOG, False), (PRODUCTION, True)):
        route53_may_write(logs, "queries", f"{GROUP_ARN}:*", StringEquals={"aws:SourceAccount": account})
        if not ok:
            assert refusal(route53.create_query_logging_config, **asked) == NO_POLICY
    made = route53.create_query_logging_config(**asked)["QueryLoggingConfig"]
    route53.delete_query_logging_config(Id=made["Id"])
    logs.delete_resource_policy(policyName="queries")


def test_query_logging_is_for_public_zones_and_groups_of_us_east_1(sandbox: Sandbox) -> None:
    logs, route53 = sandbox.client("logs", PRODUCTION, "us-east-1"), sandbox.client("route53", PRODUCTION)
    route53_may_write(logs, "everything", "*")
    private = make_zone(route53, "private.example.com", private=True)
    public = make_zone(route53, "public.example.com")
    create = route53.create_query_logging_config
    assert refusal(create, HostedZoneId=private, CloudWatchLogsLogGroupArn=GROUP_ARN)[0] == "InvalidInput"
    elsewhere = GROUP_ARN.replace("us-east-1", "eu-west-3")
    assert refusal(create, HostedZoneId=public, CloudWatchLogsLogGroupArn=elsewhere)[0] == "InvalidInput"
    missing = f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:/aws/route53/missing"
    refused = refusal(create, HostedZoneId=public, CloudWatchLogsLogGroupArn=missing)
    assert refused == ("NoSuchCloudWatchLogsLogGroup", 404)
    logs.delete_resource_policy(policyName="everything")


def test_an_account_has_ten_log_resource_policies_a_region(sandbox: Sandbox) -> None:
    logs = sandbox.client("logs", PRODUCTION, "eu-central-1")
    for number in range(10):
        route53_may_write(logs, f"policy-{number}", "*")
    eleventh = refusal(logs.put_resource_policy, policyName="policy-10", policyDocument='{"Statement": [{}]}')
    assert eleventh == ("LimitExceededException", 400)
    for bad in ("{", '{"Version": "2012-10-17"}', '{"Statement": [{"Sid": "' + "x" * 5120 + '"}]}'):
        refused = refusal(logs.put_resource_policy, policyName="policy-1", policyDocument=bad)
        assert refused == ("InvalidParameterException", 400)
