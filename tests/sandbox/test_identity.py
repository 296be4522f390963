"""Keys, secrets, sessions and presigned addresses."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from service.sandbox.call import Credentials
from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, SECURITY, Sandbox


@pytest.mark.parametrize(
    ("service", "operation", "unknown"),
    [
        ("s3", "list_buckets", ("InvalidAccessKeyId", 403)),
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ("kms", "list_keys", ("UnrecognizedClientException", 400)),
    ],
)
def test_an_unknown_key_and_a_wrong_secret_are_refused(
    sandbox: Sandbox, service: str, operation: str, unknown: tuple[str, int]
) -> None:
    stranger = sandbox.client(service, "", credentials=Credentials("AKIANOBODYKNOWSTHIS0", "x", ""))
    forger = sandbox.client(service, "", credentials=Credentials(LOG, "wrong", ""))
    assert refusal(getattr(stranger, operation)) == unknown
    assert refusal(getattr(forger, operation)) == ("SignatureDoesNotMatch", 403)


def test_a_user_key_and_a_session_key_act_in_their_account(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", LOG)
    iam.create_user(UserName="keyed")
    key = iam.create_access_key(UserName="keyed")["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"], "")
    identity = sandbox.client("sts", "", credentials=user).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (LOG, f"arn:aws:iam::{LOG}:user/keyed")


def test_a_role_under_a_path_is_assumed_by_its_full_name(sandbox: Sandbox) -> None:
    security = sandbox.client("iam", SECURITY)
    security.create_user(UserName="walker")
    allowed = policy(Effect="Allow", Action="sts:AssumeRole", Resource="*")
    security.put_user_policy(UserName="walker", PolicyName="assume", PolicyDocument=allowed)
    key = security.create_access_key(UserName="walker")["AccessKey"]
    walker = Credentials(key["AccessKeyId"], key["SecretAccessKey"], "")
    sandbox.client("iam", LOG).create_role(
        RoleName="on-a-path",
        Path="/logflume/",
        AssumeRolePolicyDocument=trust(AWS=f"arn:aws:iam::{SECURITY}:user/walker"),
    )
    session = sandbox.client("sts", "", credentials=walker).assume_role(
        RoleArn=f"arn:aws:iam::{LOG}:role/logflume/on-a-path", RoleSessionName="op-1"
    )["Credentials"]
    assumed = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    identity = sandbox.client("sts", "", credentials=assumed).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{LOG}:assumed-role/on-a-path/op-1"
    stolen = Credentials(assumed.access_key_id, assumed.secret_access_key, "another-token")
    assert refusal(sandbox.client("sqs", "", credentials=stolen).list_queues)[0] == "InvalidClientTokenId"


def test_a_presigned_address_works_and_one_that_was_changed_does_not(sandbox: Sandbox) -> None:
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket="presigned-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="presigned-1", Key="a b/c+d", Body=b"there")
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned-1", "Key": "a b/c+d"})
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - loopback
        assert answer.read() == b"there"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address.replace("c%2Bd", "other"), timeout=10)  # noqa: S310 - loopback
    with caught.value as error:
        assert error.status == 403
