"""What is a policy, and what is not (IAM User Guide, "Grammar of the IAM JSON policy language")."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.access.document import MalformedPolicy, PolicyType, parse
from tests.access.build import allow, deny, text


def test_a_policy_is_read_into_statements() -> None:
    document = parse(
        text(
            allow(["s3:Get*", "s3:List*"], "arn:aws:s3:::b", Sid="Read"),
            deny("*", Condition={"Bool": {"aws:SecureTransport": False}}),
        ),
        "identity",
    )
    first, second = document.statements
    assert (first.sid, first.allow, first.actions) == ("Read", True, ("s3:Get*", "s3:List*"))
    assert (second.index, second.allow) == (1, False)
    assert (second.conditions[0].key, second.conditions[0].expected) == ("aws:securetransport", ("false",))


def test_a_single_statement_needs_no_list() -> None:
    body = json.dumps({"Version": "2012-10-17", "Statement": allow("s3:Get*")})
    assert len(parse(body, "identity").statements) == 1


def test_the_2008_language_is_the_default_and_knows_no_variables() -> None:
    assert not parse(json.dumps({"Statement": [allow()]}), "identity").variables
    assert parse(text(allow()), "identity").variables


def test_principals_are_kept_by_kind() -> None:
    principal = {"AWS": ["111111111111", "*"], "Service": "sns.amazonaws.com", "Federated": "f"}
    found = parse(text(allow(Principal=principal)), "resource").statements[0].principals
    assert found is not None
    assert (found.everyone, found.aws, found.services) == (
        True,
        frozenset({"111111111111"}),
        frozenset({"sns.amazonaws.com"}),
    )


PRINCIPAL = {"Principal": "*"}


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("identity", [], "JSON object"),
        ("identity", {"Version": "2020-01-01", "Statement": [allow()]}, "Version"),
        ("identity", {"Statement": []}, "needs a statement"),
        ("identity", {"Statement": ["x"]}, "not an object"),
        ("identity", {"Statement": [allow()], "Extra": 1}, "only Version"),
        ("identity", {"Statement": [{**allow(), "Effect": "allow"}]}, "Effect"),
        ("identity", {"Statement": [{**allow(), "Extra": 1}]}, "unknown elements"),
        ("identity", {"Statement": [{"Effect": "Allow", "Resource": "*"}]}, "Action"),
        ("identity", {"Statement": [{**allow(), "NotAction": "s3:*"}]}, "either Action or NotAction"),
        ("identity", {"Statement": [allow(resource=None)]}, "either Resource or NotResource"),
        ("identity", {"Statement": [allow(action=[])]}, "empty"),
        ("identity", {"Statement": [allow("GetObject")]}, "SERVICE:ACTION"),
        ("identity", {"Statement": [{**allow(), **PRINCIPAL}]}, "no Principal"),
        ("identity", {"Statement": [{**allow(), "Action": [{}]}]}, "holds texts"),
        ("identity", {"Statement": [allow(Condition=[])]}, "Condition is an object"),
        ("identity", {"Statement": [allow(Condition={"Equals": {"a": "b"}})]}, "unknown condition"),
        ("identity", {"Statement": [allow(Condition={"Bool": "x"})]}, "holds an object"),
        ("identity", {"Statement": [allow(Sid="A"), allow(Sid="A")]}, "unique"),
        ("resource", {"Statement": [allow()]}, "needs either Principal"),
        ("resource", {"Statement": [allow(Principal="*", NotPrincipal="*")]}, "needs either Principal"),
        ("resource", {"Statement": [allow(Principal="111111111111")]}, "is"),
        ("resource", {"Statement": [allow(Principal={"Robot": "x"})]}, "unknown kind"),
        (
            "resource",
            {"Statement": [allow(Principal={"AWS": "arn:aws:iam::111111111111:role/*"})]},
            "wildcard",
        ),
        ("trust", {"Statement": [{**allow("sts:AssumeRole"), **PRINCIPAL}]}, "no Resource"),
    ],
)
def test_what_aws_would_not_take_is_malformed(kind: PolicyType, body: Any, message: str) -> None:
    with pytest.raises(MalformedPolicy, match=message):
        parse(json.dumps(body), kind)


def test_a_text_that_is_not_json_is_malformed() -> None:
    with pytest.raises(MalformedPolicy, match="not JSON"):
        parse("{", "identity")
