"""What makes an account ready: enough for the programs, and no way for the deploy role to become an administrator."""

from __future__ import annotations

import pytest

from programs.deploy.bootstrap import bootstrap_program
from programs.deploy.documents import boundary_document, deploy_permissions, deploy_trust
from programs.deploy.spec import BootstrapSpec
from programs.documents import render
from programs.firehose import policies
from programs.names import names_of, role_arn
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request
from tests.programs.recording import run
from tests.programs.wishes import KEY_ARN, LOG, PRODUCTION, REGION, wish

SERVICE = "arn:aws:iam::333333333333:user/logflume"
NAMES = names_of(wish())


def spec(side: str, **changes: bool) -> BootstrapSpec:
    """The account of one side."""
    return BootstrapSpec.model_validate(
        {
            "side": side,
            "account_id": PRODUCTION if side == "production" else LOG,
            "region": REGION,
            "profile": f"logflume-{side}",
            "service_principal": SERVICE,
            "external_id": "an-external-id",
            **changes,
        }
    )


def may(
    side: str, action: str, resource: str, context: dict[str, str] | None = None, **changes: bool
) -> bool:
    """Whether the deploy role of a side may do this in its account."""
    asked = spec(side, **changes)
    session = f"arn:aws:sts::{asked.account_id}:assumed-role/logflume-deploy/operation"
    caller = Caller("role", asked.account_id, session, role_arn=asked.deploy_role_arn)
    attached = tuple(Policy(name, render(text)) for name, text in deploy_permissions(asked).items())
    request = Request(caller, action, resource, asked.account_id, context or {})
    return evaluate(request, Policies(identity=attached)).allowed


BOUND = {"iam:PermissionsBoundary": spec("production").boundary_arn}


def test_a_role_is_made_only_under_our_path_and_with_the_boundary() -> None:
    assert may("production", "iam:CreateRole", NAMES.firehose_role_arn, BOUND)
    assert may("production", "iam:PutRolePolicy", NAMES.firehose_role_arn, BOUND)
    assert not may("production", "iam:CreateRole", NAMES.firehose_role_arn)
    assert not may("production", "iam:CreateRole", f"arn:aws:iam::{PRODUCTION}:role/admin", BOUND)
    assert not may("production", "iam:DeleteRolePermissionsBoundary", NAMES.firehose_role_arn, BOUND)


@pytest.mark.parametrize("side", ["production", "log"])
@pytest.mark.parametrize(
    "action",
    [
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRole",
        "iam:PassRole",
    ],
)
def test_the_deploy_role_cannot_touch_itself(side: str, action: str) -> None:
    context = {**BOUND, "iam:PassedToService": "firehose.amazonaws.com"}
    assert not may(side, action, spec(side).deploy_role_arn, context)


@pytest.mark.parametrize(
    "action", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"]
)
def test_the_deploy_role_cannot_touch_the_boundary(action: str) -> None:
    assert not may("production", action, spec("production").boundary_arn)


def test_roles_are_passed_to_the_delivering_services_alone() -> None:
    for service, allowed in (
        ("events", True),
        ("firehose", True),
        ("logs", True),
        (f"logs.{REGION}", True),
        ("ec2", False),
        ("lambda", False),
    ):
        context = {"iam:PassedToService": f"{service}.amazonaws.com"}
        assert may("production", "iam:PassRole", NAMES.firehose_role_arn, context) is allowed, service
    assert not may("production", "iam:PassRole", f"arn:aws:iam::{PRODUCTION}:role/admin", context)


@pytest.mark.parametrize(
    ("side", "action", "ours", "theirs"),
    [
        ("production", "firehose:DeleteDeliveryStream", NAMES.stream_arn, NAMES.stream_arn.replace("logflume-", "x-")),
        ("production", "cloudtrail:StopLogging", NAMES.trail_arn, NAMES.trail_arn_of("management")),
        ("production", "cloudtrail:DeleteTrail", NAMES.trail_arn, NAMES.trail_arn_of("management")),
        ("production", "events:PutTargets", NAMES.rule_arn, NAMES.rule_arn.replace("logflume-", "x-")),
        ("production", "logs:DeleteLogGroup", f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:{NAMES.error_group}",
         f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/aws/lambda/payments"),
        ("log", "s3:DeleteBucket", NAMES.bucket_arn, "arn:aws:s3:::somebody"),
        ("log", "s3:PutBucketPolicy", NAMES.bucket_arn, "arn:aws:s3:::state-logflume-0123456789"),
        ("log", "sns:DeleteTopic", NAMES.topic_arn, NAMES.topic_arn.replace("logflume-", "x-")),
        ("log", "sqs:DeleteQueue", NAMES.proof_queue_arn, NAMES.proof_queue_arn.replace("logflume-", "x-")),
    ],
)  # fmt: skip
def test_only_what_is_ours_by_name_is_changed(side: str, action: str, ours: str, theirs: str) -> None:
    assert may(side, action, ours)
    assert not may(side, action, theirs)


TAGGED = {"aws:ResourceTag/managed-by": "logflume"}
THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
OBJECT = f"{NAMES.bucket_arn}/logs/x.gz"
GROUP = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/aws/lambda/payments:log-stream:"


def test_the_service_writes_no_logs_and_changes_none() -> None:
    for action in ("s3:PutObject", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"):
        assert not may("log", action, OBJECT)
    assert not may("log", "kms:GenerateDataKey", KEY_ARN, TAGGED | THROUGH_S3)


@pytest.mark.parametrize(
    ("side", "action", "resource", "context"),
    [
        ("production", "logs:CreateLogStream", f"{GROUP}logflume-proof", {}),
        ("production", "logs:PutLogEvents", f"{GROUP}logflume-proof", {}),
        ("production", "config:DeliverConfigSnapshot", "*", {}),
        ("log", "s3:GetObject", OBJECT, {}),
        ("log", "kms:Decrypt", KEY_ARN, TAGGED | THROUGH_S3),
        ("log", "sqs:ReceiveMessage", NAMES.proof_queue_arn, {}),
        ("log", "sqs:DeleteMessage", NAMES.proof_queue_arn, {}),
    ],
)
def test_a_proof_is_sent_and_found_unless_proofs_are_switched_off(
    side: str, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(side, action, resource, context)
    assert not may(side, action, resource, context, proofs=False)


@pytest.mark.parametrize(
    ("side", "action", "resource", "context"),
    [
        ("production", "logs:PutLogEvents", f"{GROUP}somebody-elses", {}),
        ("log", "s3:GetObject", f"{NAMES.bucket_arn}/errors/x", {}),
        ("log", "s3:GetObjectVersion", OBJECT, {}),
        ("log", "s3:GetObject", "arn:aws:s3:::somebody/logs/x", {}),
        ("log", "kms:Decrypt", KEY_ARN, TAGGED),
        ("log", "kms:Decrypt", KEY_ARN, THROUGH_S3),
        ("log", "sqs:ReceiveMessage", NAMES.consumer("splunk").queue_arn, {}),
    ],
)
def test_a_proof_lets_at_nothing_else(side: str, action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(side, action, resource, context)


def test_only_keys_that_carry_our_tag_are_changed() -> None:
    assert may("log", "kms:PutKeyPolicy", KEY_ARN, {"aws:ResourceTag/managed-by": "logflume"})
    assert not may("log", "kms:PutKeyPolicy", KEY_ARN)


@pytest.mark.parametrize(("external_id", "allowed"), [("an-external-id", True), ("another", False)])
def test_the_service_takes_the_role_with_the_external_id_alone(external_id: str, allowed: bool) -> None:
    asked = spec("log")
    caller = Caller("user", "333333333333", SERVICE)
    request = Request(caller, "sts:AssumeRole", asked.deploy_role_arn, LOG, {"sts:ExternalId": external_id})
    every = Policy(
        "all", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )
    trust = Policy("trust", render(deploy_trust(asked)))
    known = Policies((every,), resource=(trust,), resource_type="trust", resource_decides=True)
    assert evaluate(request, known).allowed is allowed


def test_the_boundary_lets_delivery_through_and_nothing_else() -> None:
    text = render(boundary_document(spec("production")))
    writer = Caller(
        "role", PRODUCTION, "arn:aws:sts::111111111111:assumed-role/w/s", role_arn=NAMES.firehose_role_arn
    )
    for document in (policies.firehose_permissions(NAMES, KEY_ARN), policies.feeder_permissions(NAMES)):
        for statement in document["Statement"]:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    context = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
                    request = Request(writer, action, resource, PRODUCTION, context)
                    assert evaluate(request, Policies(identity=(Policy("boundary", text),))).allowed, (
                        action,
                        resource,
                    )
    for action in ("iam:CreateUser", "s3:GetObject", "s3:DeleteObject", "sts:AssumeRole", "kms:PutKeyPolicy"):
        request = Request(writer, action, f"{NAMES.bucket_arn}/x", PRODUCTION, {})
        assert not evaluate(request, Policies(identity=(Policy("boundary", text),))).allowed, action


@pytest.mark.parametrize("side", ["production", "log"])
def test_managed_policies_are_within_their_size(side: str) -> None:
    """6,144 characters each, ten of them a role, 2,048 characters for trust ("IAM and AWS STS quotas")."""
    parts = deploy_permissions(spec(side))
    assert len(parts) <= 10
    for name, part in parts.items():
        assert len(render(part)) <= 6144, name
    assert len(render(boundary_document(spec(side)))) <= 6144
    assert len(render(deploy_trust(spec(side)))) <= 2048


@pytest.mark.parametrize("side", ["production", "log"])
def test_an_account_gets_role_boundary_and_a_guarded_state_bucket(side: str) -> None:
    found, outputs = run(bootstrap_program(spec(side)))
    assert {one.provider for one in found.values() if one.type.startswith("aws:")} == {side}
    assert found["state"].protect
    assert found["state-versioning"].inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert (
        role_arn("1", found["deploy-role"].inputs["name"]) == "arn:aws:iam::1:role/logflume/logflume-deploy"
    )
    assert outputs.keys() == {"deploy_role_arn", "boundary_arn", "state_bucket"}


DATABASE, CLUSTER = (
    f"arn:aws:rds:{REGION}:{PRODUCTION}:db:payments",
    f"arn:aws:eks:{REGION}:{PRODUCTION}:cluster/payments",
)
SWITCHES = (
    ("rds:ModifyDBInstance", DATABASE),
    ("rds:ModifyDBCluster", DATABASE.replace(":db:", ":cluster:")),
    ("eks:UpdateClusterConfig", CLUSTER),
    ("eks:DescribeUpdate", CLUSTER),
    ("route53:CreateQueryLoggingConfig", "arn:aws:route53:::hostedzone/Z1"),
    ("route53:DeleteQueryLoggingConfig", "arn:aws:route53:::queryloggingconfig/q"),
)


@pytest.mark.parametrize(("action", "resource"), SWITCHES)
def test_logging_is_switched_at_sources_only_where_the_environment_lets_it(
    action: str, resource: str
) -> None:
    assert may("production", action, resource)
    assert not may("log", action, resource)
    assert not may("production", action, resource, switch_at_source=False)


def test_sources_are_looked_at_and_nothing_else_of_them_is_changed() -> None:
    for look in (("rds:DescribeDBInstances", DATABASE), ("eks:DescribeCluster", CLUSTER)):
        assert may("production", *look, switch_at_source=False)
    for change in (("rds:DeleteDBInstance", DATABASE), ("eks:DeleteCluster", CLUSTER)):
        assert not may("production", *change)


def test_one_policy_lets_route_53_log_every_zone_of_the_account_and_no_other_accounts() -> None:
    found = run(bootstrap_program(spec("production")))[0]
    made = found["route53-queries"]
    assert (made.inputs["region"], made.inputs["policyName"]) == ("us-east-1", "logflume-route53")
    assert "route53-queries" not in run(bootstrap_program(spec("log")))[0]
    assert "route53-queries" not in run(bootstrap_program(spec("production", switch_at_source=False)))[0]
    group = f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:/aws/route53/a.example.com:log-stream:Z1/CDG52"

    def may_log(account: str, resource: str = group) -> bool:
        context = {"aws:SourceArn": "arn:aws:route53:::hostedzone/Z1", "aws:SourceAccount": account}
        caller = Caller("service", "", "route53.amazonaws.com", services=frozenset({"route53.amazonaws.com"}))
        policy = Policy("route53", made.inputs["policyDocument"])
        asked = Request(caller, "logs:PutLogEvents", resource, PRODUCTION, context)
        return evaluate(asked, Policies(resource=(policy,))).allowed

    assert may_log(PRODUCTION)
    assert not may_log(LOG)
    assert not may_log(PRODUCTION, group.replace("/aws/route53/", "/aws/lambda/"))
