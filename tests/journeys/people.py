"""People with keys of their own, in any account of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3

from tests.support.deployment import QUIET, REGION, Deployment


@dataclass(frozen=True)
class Person:
    """Somebody who calls AWS under a key of their own."""

    url: str
    arn: str
    key: tuple[str, str, str | None]
    """Access key id, secret and, of a session, its token."""

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client that calls as this person."""
        key_id, secret, token = self.key
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=QUIET,
        )

    def as_role(self, arn: str, external_id: str | None = None) -> Person:
        """The same person in a role, if it lets them take it."""
        said = {} if external_id is None else {"ExternalId": external_id}
        taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="journey", **said)
        made = taken["Credentials"]
        key = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        return Person(self.url, taken["AssumedRoleUser"]["Arn"], key)


def person(deployment: Deployment, account: str, name: str, permissions: str) -> Person:
    """A user of this account with these permissions; made when first asked for."""
    iam = deployment.aws("iam", account)
    try:
        user = iam.create_user(UserName=name)["User"]
    except iam.exceptions.EntityAlreadyExistsException:
        user = iam.get_user(UserName=name)["User"]
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=permissions)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Person(deployment.sandbox_url, user["Arn"], (made["AccessKeyId"], made["SecretAccessKey"], None))
