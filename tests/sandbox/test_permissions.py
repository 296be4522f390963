"""Who may do what in a running sandbox, beyond the 27 questions: sessions, keys, copies, and how a no is spelt."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.call import Credentials
from tests.sandbox.iam_scene import allow, create_role, credentials_of, user_key
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, SECURITY, Sandbox

DENIED = ("AccessDenied", 403)
PLACE = {"LocationConstraint": REGION}


def user(sandbox: Sandbox, name: str, document: str, account: str = LOG) -> tuple[Credentials, str]:
    """A user with one policy: its key and its ARN."""
    return user_key(sandbox, account, name, document), f"arn:aws:iam::{account}:user/{name}"


def taker(sandbox: Sandbox, name: str, **condition: Any) -> tuple[Any, dict[str, str]]:
    """An STS client of a user in another account, and the role (made here) that trusts that user."""
    key, arn = user(sandbox, name, allow("sts:*"), SECURITY)
    more = {"Condition": condition} if condition else {}
    trust = policy(Effect="Allow", Principal={"AWS": arn}, Action="sts:AssumeRole", **more)
    create_role(sandbox, LOG, name, allow("*"), trust=trust)
    role = {"RoleArn": f"arn:aws:iam::{LOG}:role/{name}", "RoleSessionName": "shift"}
    return sandbox.client("sts", SECURITY, credentials=key), role


def test_root_takes_no_role_and_nobody_takes_one_that_is_not_there(sandbox: Sandbox) -> None:
    sts, role = taker(sandbox, "takes-none")
    root = sandbox.client("sts", LOG)
    assert refusal(root.assume_role, **role) == DENIED
    missing = role | {"RoleArn": f"arn:aws:iam::{LOG}:role/nobody"}
    assert refusal(sts.assume_role, **missing) == DENIED
    assert refusal(sts.assume_role, **(role | {"RoleArn": "arn:aws:nonsense-of-20"})) == DENIED
    assert sts.assume_role(**role)["AssumedRoleUser"]["Arn"].endswith("assumed-role/takes-none/shift")


def test_the_external_id_must_be_the_one_that_trust_asks_for(sandbox: Sandbox) -> None:
    sts, role = taker(sandbox, "external", StringEquals={"sts:ExternalId": "ours"})
    assert refusal(sts.assume_role, **role) == DENIED
    assert refusal(sts.assume_role, ExternalId="theirs", **role) == DENIED
    assert sts.assume_role(ExternalId="ours", **role)


def test_a_session_lasts_no_longer_than_its_role_allows(sandbox: Sandbox) -> None:
    sts, role = taker(sandbox, "lasting")
    assert refusal(sts.assume_role, DurationSeconds=3601, **role) == ("ValidationError", 400)
    sandbox.client("iam", LOG).update_role(RoleName="lasting", MaxSessionDuration=7200)
    assert sts.assume_role(DurationSeconds=7200, **role)
    trust = policy(
        Effect="Allow", Principal={"AWS": f"arn:aws:iam::{LOG}:role/lasting"}, Action="sts:AssumeRole"
    )
    create_role(sandbox, LOG, "chained", None, trust=trust)
    sandbox.client("iam", LOG).update_role(RoleName="chained", MaxSessionDuration=7200)
    first = sandbox.client("sts", LOG, credentials=credentials_of(sts.assume_role(**role)))
    second = {"RoleArn": f"arn:aws:iam::{LOG}:role/chained", "RoleSessionName": "shift"}
    assert refusal(first.assume_role, DurationSeconds=7200, **second) == ("ValidationError", 400)
    assert first.assume_role(**second)


def test_nobody_gets_a_session_wider_than_asked_for(sandbox: Sandbox) -> None:
    sts, role = taker(sandbox, "narrowed")
    arns = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
    assert refusal(sts.assume_role, PolicyArns=arns, **role) == ("NotImplemented", 501)
    assert refusal(sts.assume_role, Tags=[{"Key": "a", "Value": "b"}], **role) == DENIED
    token = role | {"WebIdentityToken": "a token"}
    assert refusal(sts.assume_role_with_web_identity, **token) == DENIED


def test_who_copies_must_be_allowed_to_read(sandbox: Sandbox) -> None:
    root = sandbox.client("s3", LOG)
    for bucket in ("copies-from", "copies-to"):
        root.create_bucket(Bucket=bucket, CreateBucketConfiguration=PLACE)
    root.put_object(Bucket="copies-from", Key="secret", Body=b"x")
    key, _ = user(
        sandbox, "copier", allow("s3:PutObject", "s3:GetObject", resource="arn:aws:s3:::copies-to/*")
    )
    copy = {"Bucket": "copies-to", "Key": "mine", "CopySource": "copies-from/secret"}
    assert refusal(sandbox.client("s3", LOG, credentials=key).copy_object, **copy) == DENIED
    root.copy_object(**copy)


def test_an_object_under_a_key_takes_the_key_too(sandbox: Sandbox) -> None:
    root, kms = sandbox.client("s3", LOG), sandbox.client("kms", LOG)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    root.create_bucket(Bucket="locked-up", CreateBucketConfiguration=PLACE)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    root.put_bucket_encryption(
        Bucket="locked-up", ServerSideEncryptionConfiguration={"Rules": [rule | {"BucketKeyEnabled": True}]}
    )
    root.put_object(Bucket="locked-up", Key="a", Body=b"x")
    through_s3 = {
        "StringEquals": {
            "kms:ViaService": f"s3.{REGION}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::locked-up",
        }
    }
    objects = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    reading = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn, "Condition": through_s3}
    keyless, _ = user(sandbox, "keyless", policy(objects))
    reader, _ = user(sandbox, "reader", policy(objects, reading))
    without, with_key = (sandbox.client("s3", LOG, credentials=held) for held in (keyless, reader))
    assert refusal(without.get_object, Bucket="locked-up", Key="a") == DENIED
    assert with_key.get_object(Bucket="locked-up", Key="a")["Body"].read() == b"x"
    assert refusal(with_key.put_object, Bucket="locked-up", Key="b", Body=b"y") == DENIED
    direct = sandbox.client("kms", LOG, credentials=reader)
    described = refusal(direct.generate_data_key, KeyId=arn, KeySpec="AES_256")
    assert described == ("AccessDeniedException", 400)


def test_an_alias_is_given_only_to_a_key_one_may_name(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    ours = kms.create_key(Tags=[{"TagKey": "managed-by", "TagValue": "logflume"}])["KeyMetadata"]["Arn"]
    theirs = kms.create_key()["KeyMetadata"]["Arn"]
    tagged = {"StringEquals": {"aws:ResourceTag/managed-by": "logflume"}}
    aliases = f"arn:aws:kms:{REGION}:{LOG}:alias/named-*"
    allowed: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": aliases},
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": tagged},
    ]
    key, _ = user(sandbox, "namer", policy(*allowed))
    namer = sandbox.client("kms", LOG, credentials=key)
    namer.create_alias(AliasName="alias/named-ours", TargetKeyId=ours)
    no = ("AccessDeniedException", 400)
    assert refusal(namer.create_alias, AliasName="alias/named-theirs", TargetKeyId=theirs) == no
    assert refusal(namer.update_alias, AliasName="alias/named-ours", TargetKeyId=theirs) == no
    kms.create_alias(AliasName="alias/named-for-good", TargetKeyId=theirs)
    assert refusal(namer.delete_alias, AliasName="alias/named-for-good") == no
    namer.delete_alias(AliasName="alias/named-ours")


def test_a_role_is_made_only_with_the_boundary_that_is_asked_for(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", LOG)
    boundary = iam.create_policy(PolicyName="fence", PolicyDocument=allow("s3:GetObject"))["Policy"]["Arn"]
    fenced = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    actions = ("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary")
    key, _ = user(sandbox, "maker", allow(*actions, Condition=fenced))
    maker = sandbox.client("iam", LOG, credentials=key)
    role = {
        "RoleName": "fenced-by-boundary",
        "AssumeRolePolicyDocument": policy(
            Effect="Allow", Principal={"Service": "firehose.amazonaws.com"}, Action="sts:AssumeRole"
        ),
    }
    assert refusal(maker.create_role, **role) == DENIED
    maker.create_role(PermissionsBoundary=boundary, **role)
    inline = {"PolicyName": "own", "PolicyDocument": allow("*")}
    maker.put_role_policy(RoleName="fenced-by-boundary", **inline)
    iam.create_role(**(role | {"RoleName": "free"}))
    assert refusal(maker.put_role_policy, RoleName="free", **inline) == DENIED


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "spelt"),
    [
        ("s3", "list_buckets", {}, DENIED),
        ("iam", "list_roles", {}, DENIED),
        ("sqs", "list_queues", {}, DENIED),
        ("sns", "list_topics", {}, ("AuthorizationError", 403)),
        ("sns", "publish", {"TopicArn": "arn:nonsense", "Message": "x"}, ("AuthorizationError", 403)),
        (
            "kms",
            "describe_key",
            {"KeyId": f"arn:aws:kms:nowhere:{LOG}:key/x"},
            ("AccessDeniedException", 400),
        ),
        ("firehose", "list_delivery_streams", {}, ("AccessDeniedException", 400)),
        ("logs", "describe_log_groups", {}, ("AccessDeniedException", 400)),
        ("cloudwatch", "list_metrics", {}, DENIED),
        ("events", "list_rules", {}, ("AccessDeniedException", 400)),
    ],
)
def test_a_no_is_spelt_as_the_service_spells_it(
    sandbox: Sandbox, service: str, operation: str, arguments: dict[str, str], spelt: tuple[str, int]
) -> None:
    name = f"nobody-{service}-{operation.replace('_', '-')}"
    key, _ = user(sandbox, name, allow("route53:ListHostedZones"), PRODUCTION)
    client = sandbox.client(service, PRODUCTION, credentials=key)
    assert refusal(getattr(client, operation), **arguments) == spelt
