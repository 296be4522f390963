"""How the answers of two emulators are compared, and differences explained."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from bench.second_opinion.compare import Call, Difference, differences
from bench.second_opinion.explained import Explanation, explanation_of, read


def call(answer: Any = None, code: str = "", operation: str = "GetBucketPolicy") -> Call:
    return Call("refresh policy", "s3", operation, {"Bucket": "b"}, code, answer or {})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"Id": "3f1c0a52-0000-4000-8000-000000000000"}, {"Id": "5a0c9a5e-1a53-4f0e-9d8e-0d2a6c6f7a11"}),
        (
            {"At": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},
            {"At": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)},
        ),
        ({"Policy": '{"Action": ["a", "b"]}'}, {"Policy": '{"Action":["b","a"]}'}),
        ({"Policy": '{"Action": "a"}'}, {"Policy": '{"Action": ["a"]}'}),
        ({"Tags": [{"Key": "a"}, {"Key": "b"}]}, {"Tags": [{"Key": "b"}, {"Key": "a"}]}),
        ({"Url": "http://127.0.0.1:1/x"}, {"Url": "https://127.0.0.1:2/x"}),
        ({"Rules": []}, {}),
    ],
)
def test_what_two_emulators_cannot_have_in_common_is_no_difference(
    ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    assert list(differences(call(ours), call(theirs))) == []


def test_a_member_of_an_answer_is_named_by_its_path() -> None:
    ours, theirs = {"Rules": [{"Days": 1}, {"Days": 2}]}, {"Rules": [{"Days": 1}, {"Days": 3}]}
    assert list(differences(call(ours), call(theirs))) == [
        Difference("s3 GetBucketPolicy", "answer.Rules[].Days", "2", "3")
    ]


def test_codes_and_other_calls_are_differences() -> None:
    (code,) = differences(call(code="AccessDenied"), call())
    assert code == Difference("s3 GetBucketPolicy", "code", "AccessDenied", "done")
    (other,) = differences(call(), call(operation="GetBucketAcl"))
    assert other == Difference("refresh policy", "call", "s3 GetBucketPolicy", "s3 GetBucketAcl")


def test_an_explanation_is_about_what_it_names_only() -> None:
    known = [Explanation("s3 Get*", "answer.Rules[]*", "both", "Because.", theirs="nothing")]
    about = Difference("s3 GetBucketPolicy", "answer.Rules[].Days", "2", "nothing")
    assert explanation_of(about, known) is known[0]
    assert explanation_of(Difference(about.where, about.what, "2", "3"), known) is None
    assert explanation_of(Difference(about.where, "code", "2", "nothing"), known) is None


def test_the_committed_explanations_each_say_who_is_right_and_why() -> None:
    found = read()
    assert len({(one.where, one.what, one.ours, one.theirs) for one in found}) == len(found)
    with pytest.raises(ValueError, match="must be one of"):
        Explanation("s3 *", "*", "somebody", "Because.")
