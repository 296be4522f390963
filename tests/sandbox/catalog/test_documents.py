"""When two JSON documents mean the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.sandbox.catalog.documents import equivalent


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (document(Action=["a"]), document(Action="a")),
        (document(Action=["a", "b"]), document(Action=["b", "a"])),
        (document(Action="a"), json.dumps({"Statement": {"Action": "a", "Effect": "Allow"}, "Version": "2012-10-17"})),
        (document(Principal="*"), document(Principal={"AWS": "*"})),
        (document(Principal={"AWS": "111111111111"}), document(Principal={"AWS": ["arn:aws:iam::111111111111:root"]})),
        (document(Condition={"Bool": {"aws:x": False}}), document(Condition={"Bool": {"aws:x": ["false"]}})),
        (document(Sid="", Action="a"), document(Action="a")),
        ('{"maxReceiveCount": 5}', '{"maxReceiveCount": "5"}'),
        ("not JSON", "not JSON"),
    ],
)  # fmt: skip
def test_documents_that_differ_in_writing_only_are_equivalent(one: str, other: str) -> None:
    assert equivalent(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (document(Action=["a", "b"]), document(Action="a")),
        (document(Action="a"), document(NotAction="a")),
        (document(Resource="111111111111"), document(Resource="arn:aws:iam::111111111111:root")),
        (document(Sid="x", Action="a"), document(Action="a")),
        (
            document(Action="a"),
            json.dumps({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "a"}]}),
        ),
        ("not JSON", document(Action="a")),
        ("{", "[}"),
    ],
)
def test_documents_that_say_something_else_are_not(one: str, other: str) -> None:
    assert not equivalent(one, other)
