"""Two accounts made ready as `logflume bootstrap` does, without the engine, and views of wishes in them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs.deploy.documents import boundary_document, deploy_permissions, deploy_trust
from programs.deploy.spec import BootstrapSpec
from programs.documents import render
from programs.names import BOUNDARY, DEPLOY_ROLE, ROLE_PATH
from programs.wish import Wish
from service.engine.aws import Accounts
from service.engine.credentials import aws_config
from service.environments import Environment
from service.preflight.view import View
from tests.programs.wishes import wish
from tests.support.sandbox import LOG, PRODUCTION, REGION, REPLICA_REGION, SECURITY, Sandbox

EXTERNAL_ID = "a-secret-between-us"
GROUP = "/aws/lambda/payments"
ADOPTABLE = "old-logs"
"""A bucket that sources may take over."""


@dataclass
class Scene:
    """A sandbox with deploy roles, and the identity that may take them."""

    sandbox: Sandbox
    folder: Path
    identity: dict[str, str]

    def environment(self, **changes: Any) -> Environment:
        """The environment `default`; changes by account side or field."""
        sides = {"production": _account(PRODUCTION), "log": _account(LOG)}
        for side in sides:
            sides[side] |= changes.pop(side, {})
        return Environment.model_validate(
            {
                "name": "default",
                **sides,
                "replica_region": REPLICA_REGION,
                "adoptable_buckets": (ADOPTABLE,),
                **changes,
            }
        )

    def view(self, asked: Wish | None = None, environment: Environment | None = None, **more: Any) -> View:
        """What a check is given; a source of its own unless told otherwise."""
        environment = environment or self.environment()
        config = self.folder / f"{uuid.uuid4().hex}.ini"
        config.write_text(aws_config(environment, "look", self.identity, self.sandbox.url))
        return View(asked or fresh(), environment, Accounts(config, self.sandbox.url), **more)

    def root(self, service: str, account: str, region: str = REGION) -> Any:
        """A client of an account's root."""
        return self.sandbox.client(service, account, region)


def fresh(spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """A wish of a source that nobody else has."""
    return wish(spec, **{"source_id": str(uuid.uuid4()), **changes})


def _account(number: str) -> dict[str, str]:
    return {
        "account_id": number,
        "region": REGION,
        "role_arn": f"arn:aws:iam::{number}:role{ROLE_PATH}{DEPLOY_ROLE}",
        "external_id": EXTERNAL_ID,
        "boundary_arn": f"arn:aws:iam::{number}:policy{ROLE_PATH}{BOUNDARY}",
    }


def ready(sandbox: Sandbox, folder: Path) -> Scene:
    """Make the service's identity and the deploy roles."""
    iam = sandbox.client("iam", SECURITY)
    arn = iam.create_user(UserName="logflume")["User"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="logflume", PolicyName="assume", PolicyDocument=document)
    key = iam.create_access_key(UserName="logflume")["AccessKey"]
    for side, number in (("production", PRODUCTION), ("log", LOG)):
        _deploy_role(sandbox.client("iam", number), _spec(side, number, arn))
    identity = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "region": REGION,
    }
    return Scene(sandbox, folder, identity)


def _spec(side: str, number: str, principal: str) -> BootstrapSpec:
    return BootstrapSpec.model_validate(
        {
            "side": side,
            "account_id": number,
            "region": REGION,
            "profile": f"logflume-{side}",
            "service_principal": principal,
            "external_id": EXTERNAL_ID,
            "adoptable_buckets": (ADOPTABLE,),
        }
    )


def _deploy_role(iam: Any, spec: BootstrapSpec) -> None:
    iam.create_policy(PolicyName=BOUNDARY, Path=ROLE_PATH, PolicyDocument=render(boundary_document(spec)))
    iam.create_role(RoleName=DEPLOY_ROLE, Path=ROLE_PATH, AssumeRolePolicyDocument=render(deploy_trust(spec)))
    for subject, document in deploy_permissions(spec).items():
        made = iam.create_policy(
            PolicyName=f"{DEPLOY_ROLE}-{subject}", Path=ROLE_PATH, PolicyDocument=render(document)
        )
        iam.attach_role_policy(RoleName=DEPLOY_ROLE, PolicyArn=made["Policy"]["Arn"])
