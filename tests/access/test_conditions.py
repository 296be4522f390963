"""Condition operators, each against what the IAM User Guide says of it."""

from __future__ import annotations

import pytest

from service.access.conditions import Condition, split_operator


def holds(operator: str, expected: str | list[str], *given: str, variables: bool = True) -> bool:
    quantifier, plain, if_exists = split_operator(operator)
    values = (expected,) if isinstance(expected, str) else tuple(expected)
    condition = Condition(plain, "k", values, quantifier, if_exists)
    return condition.holds({"k": given, "aws:username": ("ann",)}, variables=variables)


@pytest.mark.parametrize(
    ("operator", "expected", "given", "answer"),
    [
        ("StringEquals", "Log", "Log", True),
        ("StringEquals", "Log", "log", False),
        ("StringEquals", "L*", "Log", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEqualsIgnoreCase", "Log", "lOG", True),
        ("StringLike", "L?g*", "Log/2026", True),
        ("StringLike", "L?g", "Lg", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEqualsIgnoreCase", "A", "a", False),
        ("StringNotLike", "a*", "abc", False),
        ("ArnLike", "arn:aws:iam::111111111111:role/*", "arn:aws:iam::111111111111:role/a/b", True),
        ("ArnEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::111111111111:role/x", True),
        ("ArnLike", "arn:aws:*", "arn:aws:iam::111111111111:role/x", False),
        ("ArnLike", "arn:aws:s*:::b", "arn:aws:sqs:eu-west-3:::b", False),
        ("ArnLike", "*", "not an arn", False),
        ("ArnNotLike", "arn:aws:iam::*:role/x", "arn:aws:iam::111111111111:role/x", False),
        ("ArnNotEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::111111111111:role/y", True),
        ("Bool", "false", "False", True),
        ("Bool", "true", "false", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "10", "ten", False),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("DateNotEquals", "2026-01-01", "2026-01-01T00:00:00+00:00", False),
        ("DateEquals", "yesterday", "2026-01-01", False),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
        ("IpAddress", "10.0.0.1", "10.0.0.1", True),
        ("IpAddress", "10.0.0.0/8", "nowhere", False),
        ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "b3RoZXI=", False),
        ("BinaryEquals", "not base64!", "QmluYXJ5", False),
        ("Null", "false", "there", True),
        ("Null", "true", "there", False),
    ],
)
def test_an_operator_compares_as_documented(
    operator: str, expected: str | list[str], given: str, answer: bool
) -> None:
    assert holds(operator, expected, given) is answer


@pytest.mark.parametrize(
    ("operator", "answer"),
    [
        ("StringEquals", False),
        ("ArnLike", False),
        ("Bool", False),
        ("NumericLessThan", False),
        ("IpAddress", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("ArnNotEquals", True),
        ("NotIpAddress", True),
        ("DateNotEquals", True),
        ("StringEqualsIfExists", True),
        ("BoolIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_a_missing_key_is_taken_as_documented(operator: str, answer: bool) -> None:
    assert holds(operator, "true") is answer


def test_null_asks_whether_the_key_is_missing() -> None:
    assert holds("Null", "true")
    assert not holds("Null", "false")


@pytest.mark.parametrize(
    ("operator", "given", "answer"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("a", "d"), False),
        ("ForAnyValue:StringNotEquals", ("a", "d"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("ForAllValues:StringLikeIfExists", ("a",), True),
    ],
)
def test_set_operators_look_at_each_value(operator: str, given: tuple[str, ...], answer: bool) -> None:
    assert holds(operator, ["a", "b"], *given) is answer


def test_variables_stand_for_values_of_the_request() -> None:
    assert holds("StringEquals", "home/${aws:username}", "home/ann")
    assert holds("StringLike", "${aws:username}/*", "ann/x")
    assert not holds("StringEquals", "${aws:unknown}", "")
    assert holds("StringEquals", "${aws:unknown, 'nobody'}", "nobody")
    assert holds("StringEquals", "a${*}", "a*")
    assert not holds("StringLike", "a${*}", "abc")


def test_variables_are_plain_text_in_the_2008_language() -> None:
    assert not holds("StringEquals", "${aws:username}", "ann", variables=False)
    assert holds("StringEquals", "${aws:username}", "${aws:username}", variables=False)


@pytest.mark.parametrize(
    "operator", ["StringEqual", "ForSome:StringEquals", "NullIfExists", "", "IfExists", "ForAllValues:"]
)
def test_an_unknown_operator_is_refused(operator: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        split_operator(operator)
