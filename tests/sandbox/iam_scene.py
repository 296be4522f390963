"""The scene of the IAM questions: a log bucket in one account, and roles of two accounts that want something of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from service.sandbox.call import Credentials
from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, SECURITY, Sandbox

BUCKET = "iam-scene-logs"
ARNS = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]


@dataclass
class Scene:
    """Sessions of the roles, made on demand by an operator of each role's account."""

    sandbox: Sandbox
    operators: dict[str, Credentials]

    def session(
        self, account: str, role: str, name: str = "scene", session_policy: str | None = None
    ) -> Credentials:
        """Credentials of a role, assumed by the operator of its account."""
        sts = self.sandbox.client("sts", account, credentials=self.operators[account])
        more = {"Policy": session_policy} if session_policy else {}
        return credentials_of(sts.assume_role(RoleArn=arn_of(account, role), RoleSessionName=name, **more))

    def client(self, service: str, account: str, role: str, session_policy: str | None = None) -> Any:
        """A client that acts as the role."""
        held = self.session(account, role, session_policy=session_policy)
        return self.sandbox.client(service, account, credentials=held)


def arn_of(account: str, role: str) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


def credentials_of(answer: dict[str, Any]) -> Credentials:
    """What AssumeRole answers, as the sandbox writes it."""
    held = answer["Credentials"]
    return Credentials(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def allow(*actions: str, resource: Any = "*", **more: Any) -> str:
    """A policy with one Allow."""
    return policy(Effect="Allow", Action=list(actions), Resource=resource, **more)


def build(sandbox: Sandbox) -> Scene:
    """Everything the questions need; made by the roots of the accounts."""
    operators = {account: user_key(sandbox, account, "scene-operator") for account in (PRODUCTION, LOG)}
    put = allow("s3:PutObject", resource=ARNS)
    roles: list[tuple[str, str, str | None, str | None]] = [
        (PRODUCTION, "fh", put, None),
        (PRODUCTION, "fhnoid", None, None),
        (PRODUCTION, "engadmin", allow("*"), None),
        (PRODUCTION, "engro", allow("s3:GetObject", resource=ARNS), None),
        (PRODUCTION, "eng2", allow("firehose:Describe*", "logs:Describe*", "sts:AssumeRole"), None),
        (LOG, "ladmin", allow("*"), None),
        (LOG, "breakglass", allow("*"), None),
        (LOG, "lbound", allow("s3:*"), allow("s3:PutObject", "s3:GetObject")),
        (LOG, "lnever", _with_a_deny_that_never_holds(), None),
    ]
    for account, name, identity, boundary in roles:
        create_role(sandbox, account, name, identity, boundary)
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"x")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=_bucket_policy())
    _make_stream_and_group(sandbox)
    return Scene(sandbox, operators)


def user_key(sandbox: Sandbox, account: str, name: str, document: str | None = None) -> Credentials:
    """An access key of a new user that may do what `document` says, or anything."""
    iam = sandbox.client("iam", account)
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document or allow("*"))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"], "")


def create_role(
    sandbox: Sandbox,
    account: str,
    name: str,
    identity: str | None,
    boundary: str | None = None,
    trust: str | None = None,
) -> None:
    """A role that the operator of its account may assume, unless `trust` says otherwise."""
    iam = sandbox.client("iam", account)
    trusted = {"AWS": f"arn:aws:iam::{account}:user/scene-operator"}
    document = trust or policy(Effect="Allow", Principal=trusted, Action="sts:AssumeRole")
    more: dict[str, str] = {}
    if boundary:
        created = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=boundary)
        more["PermissionsBoundary"] = created["Policy"]["Arn"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)
    if identity:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=identity)


def _bucket_policy() -> str:
    glass = arn_of(LOG, "breakglass")
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Writers",
                    "Effect": "Allow",
                    "Principal": {"AWS": [arn_of(PRODUCTION, "fh"), arn_of(PRODUCTION, "fhnoid")]},
                    "Action": ["s3:PutObject", "s3:GetObject"],
                    "Resource": ARNS[1],
                },
                {
                    "Sid": "Readers",
                    "Effect": "Allow",
                    "Principal": {"AWS": arn_of(PRODUCTION, "engro")},
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": ARNS[1],
                },
                {
                    "Sid": "OnlyBreakGlassDeletes",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:DeleteObject",
                    "Resource": ARNS[1],
                    "Condition": {"ArnNotEquals": {"aws:PrincipalArn": glass}},
                },
                {
                    "Sid": "OnlyTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ARNS,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        }
    )


def _with_a_deny_that_never_holds() -> str:
    return policy(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "s3:PutObject",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": SECURITY}},
        },
    )


def _make_stream_and_group(sandbox: Sandbox) -> None:
    """A stream and a log group of production, for the questions to services that speak JSON."""
    trust = policy(Effect="Allow", Principal={"Service": "firehose.amazonaws.com"}, Action="sts:AssumeRole")
    create_role(sandbox, PRODUCTION, "scene-stream", allow("s3:PutObject"), trust=trust)
    sandbox.client("firehose", PRODUCTION).create_delivery_stream(
        DeliveryStreamName="scene",
        ExtendedS3DestinationConfiguration={
            "RoleARN": arn_of(PRODUCTION, "scene-stream"),
            "BucketARN": ARNS[0],
        },
    )
    sandbox.client("logs", PRODUCTION).create_log_group(logGroupName="/scene")
