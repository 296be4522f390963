"""Check 17: the deploy roles may do what this version needs, asked without doing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from programs.deploy.spec import BootstrapSpec
from programs.names import DEPLOY_ROLE
from service.preflight import permissions
from tests.preflight.scene import Scene
from tests.support.sandbox import LOG, PRODUCTION, REGION

SIDES = {"production": PRODUCTION, "log": LOG}


def _findings(scene: Scene, side: str) -> list[Any]:
    return list(getattr(permissions, side)(scene.view()))


@pytest.fixture(params=["production", "log"])
def side(request: pytest.FixtureRequest) -> str:
    """Each account in turn."""
    return str(request.param)


@pytest.fixture
def without(scene: Scene, side: str) -> Iterator[Any]:
    """Takes something from the deploy role by a Deny, and gives it back."""
    iam = scene.root("iam", SIDES[side])

    def deny(*actions: str) -> None:
        statement = {"Effect": "Deny", "Action": [*actions], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=DEPLOY_ROLE, PolicyName="less", PolicyDocument=document)

    deny("sns:Publish")
    yield deny
    iam.delete_role_policy(RoleName=DEPLOY_ROLE, PolicyName="less")


def test_a_role_as_bootstrap_makes_it_lacks_nothing(scene: Scene, side: str) -> None:
    assert _findings(scene, side) == []


def test_what_a_role_lacks_is_named(scene: Scene, side: str, without: Any) -> None:
    without("iam:CreateRole", "iam:TagRole")
    [found] = _findings(scene, side)
    assert (found.severity, found.code, found.field) == ("ERROR", "permission_missing", "/environment")
    assert f"of the {side} account may not iam:CreateRole, iam:TagRole." in found.message


def test_a_role_that_lacks_much_is_not_listed_in_full(scene: Scene, side: str, without: Any) -> None:
    without("iam:*Role*")
    [found] = _findings(scene, side)
    assert "and" in found.message
    assert found.message.count("iam:") == 5


@pytest.mark.parametrize(("name", "account"), SIDES.items())
def test_every_statement_about_a_source_is_asked_about(scene: Scene, name: str, account: str) -> None:
    spec = BootstrapSpec.model_validate(
        {
            "side": name,
            "account_id": account,
            "region": REGION,
            "profile": f"logflume-{name}",
            "service_principal": "",
            "external_id": "x",
        }
    )
    asked = permissions.questions(spec, scene.view().names)
    assert all(question.resource == "*" or "*" not in question.resource for question in asked)
    actions = {action for question in asked for action in question.actions}
    wanted = {
        "production": {"firehose:CreateDeliveryStream", "logs:PutSubscriptionFilter", "iam:PassRole"},
        "log": {"s3:CreateBucket", "kms:CreateKey", "kms:PutKeyPolicy", "sns:CreateTopic", "sqs:CreateQueue"},
    }
    assert wanted[name] <= actions
