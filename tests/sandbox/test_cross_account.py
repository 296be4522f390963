"""What an account may do with what another owns, and who may hand a role on: asked of a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from service.sandbox.call import Credentials
from tests.sandbox.iam_scene import allow, create_role, user_key
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, LOOPBACK, PRODUCTION, REGION, ROOT_SECRET, Sandbox

DENIED = ("AccessDenied", 403)
NOT_S3 = ("AccessDeniedException", 400)
PLACE = {"LocationConstraint": REGION}
BUCKET = "across-encrypted"
READER = f"arn:aws:iam::{PRODUCTION}:user/across-reader"


def statement(principal: Any, *actions: str, **more: Any) -> dict[str, Any]:
    """An Allow of a resource policy on everything it guards."""
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*", **more}


@dataclass
class Encrypted:
    """An object of the log account under a key of the log account, and a reader in production."""

    sandbox: Sandbox
    key: str
    reader: Credentials
    kms: Any = field(init=False)
    s3: Any = field(init=False)

    def __post_init__(self) -> None:
        self.kms, self.s3 = self.sandbox.client("kms", LOG), self.sandbox.client("s3", LOG)

    def name_reader(self, *, in_bucket: bool, in_key: bool) -> None:
        """Write both policies with or without the reader."""
        owner = {"AWS": f"arn:aws:iam::{LOG}:root"}
        users = [statement({"AWS": READER}, "kms:Decrypt")] if in_key else []
        document = policy(statement(owner, "kms:*"), *users)
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=document)
        objects = f"arn:aws:s3:::{BUCKET}/*"
        if in_bucket:
            grant = statement({"AWS": READER}, "s3:GetObject", "s3:PutObject") | {"Resource": objects}
            self.s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(grant))
        else:
            self.s3.delete_bucket_policy(Bucket=BUCKET)


@pytest.fixture(scope="module")
def encrypted(sandbox: Sandbox) -> Encrypted:
    kms, s3 = sandbox.client("kms", LOG), sandbox.client("s3", LOG)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=PLACE)
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)
    own = allow("s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey")
    return Encrypted(sandbox, arn, user_key(sandbox, PRODUCTION, "across-reader", own))


@pytest.mark.parametrize(
    ("in_bucket", "in_key", "reads"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_bucket_and_key_must_both_name_a_reader_of_another_account(
    encrypted: Encrypted, in_bucket: bool, in_key: bool, reads: bool
) -> None:
    encrypted.name_reader(in_bucket=in_bucket, in_key=in_key)
    s3 = encrypted.sandbox.client("s3", PRODUCTION, credentials=encrypted.reader)
    if reads:
        assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"secret"
    else:
        assert refusal(s3.get_object, Bucket=BUCKET, Key="a") == DENIED


def test_a_key_that_reads_for_another_account_does_not_write_for_it(encrypted: Encrypted) -> None:
    encrypted.name_reader(in_bucket=True, in_key=True)
    s3 = encrypted.sandbox.client("s3", PRODUCTION, credentials=encrypted.reader)
    under_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encrypted.key}
    assert refusal(s3.put_object, Bucket=BUCKET, Key="b", Body=b"x", **under_key) == DENIED


def test_the_key_that_aws_manages_serves_its_own_account_alone(encrypted: Encrypted) -> None:
    encrypted.name_reader(in_bucket=True, in_key=True)
    theirs = encrypted.sandbox.client("s3", PRODUCTION, credentials=encrypted.reader)
    managed = {"Bucket": BUCKET, "Key": "managed", "Body": b"x", "ServerSideEncryption": "aws:kms"}
    assert refusal(theirs.put_object, **managed) == DENIED
    encrypted.s3.put_object(**managed)
    assert refusal(theirs.get_object, Bucket=BUCKET, Key="managed") == DENIED
    assert encrypted.s3.get_object(Bucket=BUCKET, Key="managed")["Body"].read() == b"x"


def test_a_key_whose_policy_leaves_out_the_account_is_shut_even_to_its_root(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    user_key(sandbox, LOG, "keeper")
    keeper = statement({"AWS": f"arn:aws:iam::{LOG}:user/keeper"}, "kms:*")
    key = kms.create_key(Policy=policy(keeper), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    assert refusal(kms.describe_key, KeyId=key) == NOT_S3


def test_plain_http_is_refused_to_everybody_where_a_statement_says_so(sandbox: Sandbox) -> None:
    s3, arn = sandbox.client("s3", LOG), "arn:aws:s3:::across-tls"
    s3.create_bucket(Bucket="across-tls", CreateBucketConfiguration=PLACE)
    deny = {
        **statement("*", "s3:*"),
        "Effect": "Deny",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="across-tls", Policy=policy(deny))
    s3.put_object(Bucket="across-tls", Key="a", Body=b"x")
    plain = boto3.session.Session(LOG, ROOT_SECRET, region_name=REGION).client(
        "s3", endpoint_url=sandbox.url, config=LOOPBACK
    )
    plain.meta.events.register("before-sign.s3", _over_plain_http)
    assert refusal(plain.put_object, Bucket="across-tls", Key="b", Body=b"x") == DENIED
    assert refusal(plain.get_object, Bucket="across-tls", Key="a") == DENIED
    assert s3.get_object(Bucket="across-tls", Key="a")["Body"].read() == b"x"
    plain.close()


def _over_plain_http(request: Any, **_kwargs: Any) -> None:
    request.headers["x-sandbox-transport"] = "http"


def test_strangers_see_what_is_public_and_nothing_else(sandbox: Sandbox) -> None:
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket="across-public", CreateBucketConfiguration=PLACE)
    s3.delete_public_access_block(Bucket="across-public")
    s3.put_object(Bucket="across-public", Key="open/a", Body=b"x")
    s3.put_object(Bucket="across-public", Key="shut/a", Body=b"x")
    public = statement("*", "s3:GetObject") | {"Resource": "arn:aws:s3:::across-public/open/*"}
    s3.put_bucket_policy(Bucket="across-public", Policy=policy(public))
    stranger = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=sandbox.url,
        config=LOOPBACK.merge(Config(signature_version=UNSIGNED)),
    )
    assert stranger.get_object(Bucket="across-public", Key="open/a")["Body"].read() == b"x"
    assert refusal(stranger.get_object, Bucket="across-public", Key="shut/a") == DENIED
    assert refusal(stranger.put_object, Bucket="across-public", Key="open/b", Body=b"x") == DENIED
    assert refusal(stranger.list_objects_v2, Bucket="across-public") == DENIED
    stranger.close()


def test_who_may_not_list_is_not_told_what_is_missing(sandbox: Sandbox) -> None:
    s3, arn = sandbox.client("s3", LOG), "arn:aws:s3:::across-listing"
    s3.create_bucket(Bucket="across-listing", CreateBucketConfiguration=PLACE)
    blind = user_key(sandbox, LOG, "blind", allow("s3:GetObject", resource=f"{arn}/*"))
    seeing = user_key(
        sandbox, LOG, "seeing", allow("s3:GetObject", "s3:ListBucket", resource=[arn, f"{arn}/*"])
    )
    asked = {"Bucket": "across-listing", "Key": "not-there"}
    assert refusal(sandbox.client("s3", LOG, credentials=blind).get_object, **asked) == DENIED
    assert refusal(sandbox.client("s3", LOG, credentials=seeing).get_object, **asked) == ("NoSuchKey", 404)


def test_a_role_is_handed_on_only_by_who_may_pass_it(sandbox: Sandbox, writer: str) -> None:
    sandbox.client("s3", LOG).create_bucket(Bucket="across-passed", CreateBucketConfiguration=PLACE)
    streams = {"Effect": "Allow", "Action": "firehose:*", "Resource": "*"}
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": writer,
        "Condition": {"StringEquals": {"iam:PassedToService": "firehose.amazonaws.com"}},
    }
    elsewhere = passing | {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}
    destination = {"RoleARN": writer, "BucketARN": "arn:aws:s3:::across-passed"}
    stream = {"DeliveryStreamName": "across-passed", "ExtendedS3DestinationConfiguration": destination}
    for name, statements in (("passes-none", [streams]), ("passes-elsewhere", [streams, elsewhere])):
        key = user_key(sandbox, PRODUCTION, name, policy(*statements))
        firehose = sandbox.client("firehose", PRODUCTION, credentials=key)
        assert refusal(firehose.create_delivery_stream, **stream) == NOT_S3
    key = user_key(sandbox, PRODUCTION, "passes", policy(streams, passing))
    made = sandbox.client("firehose", PRODUCTION, credentials=key).create_delivery_stream(**stream)
    assert made["DeliveryStreamARN"].endswith("deliverystream/across-passed")


def test_a_filter_passes_its_role_too(sandbox: Sandbox, writer: str) -> None:
    sandbox.client("logs", PRODUCTION).create_log_group(logGroupName="/across/filtered")
    key = user_key(sandbox, PRODUCTION, "filters", allow("logs:*"))
    asked = {
        "logGroupName": "/across/filtered",
        "filterName": "f",
        "filterPattern": "",
        "destinationArn": f"arn:aws:firehose:{REGION}:{PRODUCTION}:deliverystream/any",
        "roleArn": writer,
    }
    logs = sandbox.client("logs", PRODUCTION, credentials=key)
    assert refusal(logs.put_subscription_filter, **asked) == NOT_S3


def test_a_log_group_is_written_about_with_a_star_and_tagged_without(sandbox: Sandbox) -> None:
    sandbox.client("logs", PRODUCTION).create_log_group(logGroupName="/across/starred")
    arn = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/across/starred"
    starred, plain = (
        sandbox.client(
            "logs",
            PRODUCTION,
            credentials=user_key(sandbox, PRODUCTION, name, allow("logs:*", resource=resource)),
        )
        for name, resource in (("starred", f"{arn}:*"), ("plain", arn))
    )
    starred.put_retention_policy(logGroupName="/across/starred", retentionInDays=7)
    assert refusal(starred.tag_resource, resourceArn=arn, tags={"a": "b"}) == NOT_S3
    plain.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert refusal(plain.put_retention_policy, logGroupName="/across/starred", retentionInDays=7) == NOT_S3


@pytest.mark.parametrize(
    ("name", "named", "allowed"),
    [
        ("by-role", f"arn:aws:iam::{LOG}:role/by-role", False),
        ("by-session", f"arn:aws:sts::{LOG}:assumed-role/by-session/shift", True),
    ],
)
def test_a_bucket_that_names_a_session_goes_past_the_boundary_and_one_that_names_the_role_does_not(
    sandbox: Sandbox, name: str, named: str, allowed: bool
) -> None:
    """IAM User Guide, "Permissions boundaries for IAM entities", evaluating with resource-based policies."""
    taker = user_key(sandbox, LOG, f"takes-{name}")
    trust = policy(
        Effect="Allow", Principal={"AWS": f"arn:aws:iam::{LOG}:user/takes-{name}"}, Action="sts:AssumeRole"
    )
    create_role(sandbox, LOG, name, None, allow("sqs:*"), trust)
    s3 = sandbox.client("s3", LOG)
    bucket = f"across-{name}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=PLACE)
    grant = statement({"AWS": named}, "s3:PutObject") | {"Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(grant))
    held = sandbox.client("sts", LOG, credentials=taker).assume_role(
        RoleArn=f"arn:aws:iam::{LOG}:role/{name}", RoleSessionName="shift"
    )["Credentials"]
    session = Credentials(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])
    put = sandbox.client("s3", LOG, credentials=session).put_object
    if allowed:
        assert put(Bucket=bucket, Key="a", Body=b"x")
    else:
        assert refusal(put, Bucket=bucket, Key="a", Body=b"x") == DENIED
