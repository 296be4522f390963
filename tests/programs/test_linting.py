"""Every policy document of every kind and of the bootstrap, read by the linter parliament."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.programs.everything import PolicyText, policies_in, programs
from tests.programs.wishes import KEY_ARN, PRODUCTION
from tests.support.parliament import findings

ANY_ROLE = f"arn:aws:iam::{PRODUCTION}:role/logflume/any"
PROGRAMS = programs()


@dataclass(frozen=True)
class Excused:
    """A finding that is right and stays, with its reason. `detail` is a part of what is said."""

    on: str
    """The resource, and which of its inputs."""
    issue: str
    detail: str
    why: str


EXCUSED = (
    Excused(
        "policy of bucket-policy",
        "MISMATCHED_TYPE_BUT_USABLE",
        "StringNotEquals",
        "The id of a key is compared with one full ARN, which as text is the same; so do the examples of the S3 guide.",
    ),
    Excused("policy of replica-bucket-policy", "MISMATCHED_TYPE_BUT_USABLE", "StringNotEquals", "As above."),
    Excused(
        "policy of key",
        "RESOURCE_MISMATCH",
        "kms:ConnectCustomKeyStore",
        "kms:* for the account, as in the default key policy: what is not about this key is not given by it.",
    ),
    Excused("policy of replica-key", "RESOURCE_MISMATCH", "kms:ConnectCustomKeyStore", "As above."),
    Excused(
        "policy of deploy-roles",
        "MISMATCHED_TYPE_BUT_USABLE",
        "StringEquals",
        "iam:PermissionsBoundary as the IAM guide compares it, with one full ARN.",
    ),
    Excused(
        "policy of boundary",
        "RESOURCE_STAR",
        "kms:Decrypt",
        "AWS makes up the ids of keys; kms:ViaService and the keys' own policies narrow it.",
    ),
    Excused(
        "policy of deploy-recorder",
        "RESOURCE_STAR",
        "config:StartConfigurationRecorder",
        "An account has one recorder a region: to name it would narrow nothing.",
    ),
    Excused(
        "policy of deploy-servers",
        "RESOURCE_MISMATCH",
        "ec2:CreateSecurityGroup",
        "A new group needs the action on the group and on its network; each is a statement, the group's on tags.",
    ),
    Excused(
        "policy of deploy-servers",
        "RESOURCE_MISMATCH",
        "ec2:AuthorizeSecurityGroupEgress",
        "A new rule needs the action on the group and on itself; each is a statement, the rule's on the tags it is made with.",
    ),
    Excused(
        "policy of deploy-servers",
        "RESOURCE_MISMATCH",
        "listener/app/",
        "Listeners of network load balancers alone: of application load balancers none is ours.",
    ),
    Excused(
        "policy of deploy-stores",
        "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
        "s3:PutBucketPolicy",
        "Whoever writes a store's policy could let himself in. Writing it is what the deploy role is for.",
    ),
    Excused(
        "policy of deploy-keys",
        "RESOURCE_MISMATCH",
        "kms:DeleteAlias",
        "An alias needs the action on the key and on the alias; each is a statement, the keys' with a condition on tags.",
    ),
    Excused(
        "policy of deploy-keys",
        "RESOURCE_MISMATCH",
        "kms:CreateAlias",
        "The same; made at once after its key, whose tags may not count yet.",
    ),
)


def completed(policy: PolicyText) -> str:
    """The document with what its place says: a trust policy is about its role, and `*` of a key policy is that key."""
    document = json.loads(policy.text)
    for statement in document["Statement"]:
        if policy.member == "assumeRolePolicy":
            statement["Resource"] = ANY_ROLE
        elif policy.kind == "Key policy":
            statement["Resource"] = KEY_ARN
    return json.dumps(document)


def said(name: str) -> list[tuple[str, str, str]]:
    """What is said of each document of a program: where, issue and detail."""
    return [
        (f"{policy.member} of {policy.resource.name}", issue, detail)
        for policy in policies_in(PROGRAMS[name])
        for issue, detail in findings(completed(policy))
    ]


def excuse(on: str, issue: str, detail: str) -> Excused | None:
    return next(
        (e for e in EXCUSED if (e.on, e.issue) == (on, issue) and e.detail in detail),
        None,
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_said_of_any_document_but_what_is_excused(name: str) -> None:
    assert [one for one in said(name) if excuse(*one) is None] == []


def test_no_excuse_has_outlived_its_finding() -> None:
    used = {excuse(*one) for name in PROGRAMS for one in said(name)}
    assert set(EXCUSED) <= used


def test_the_linter_knows_what_is_wrong() -> None:
    wrong = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:ReadEverything"], "Resource": "arn:aws:s3:::b"}],
    }
    assert [issue for issue, _ in findings(json.dumps(wrong))] == ["UNKNOWN_ACTION"]
    wrong["Statement"] = [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b"}]
    assert [issue for issue, _ in findings(json.dumps(wrong))] == ["RESOURCE_MISMATCH"]
