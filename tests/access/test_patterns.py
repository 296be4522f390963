"""Wildcards and policy variables (IAM User Guide, "IAM policy elements: Variables and tags")."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.patterns import Values, arn_like, equals, glob

VALUES: Values = {"aws:username": ("ann",), "aws:starred": ("*",), "aws:several": ("a", "b")}


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("*", "", True),
        ("?", "", False),
        ("a*c", "abbbc", True),
        ("a*c", "a\nc", True),
        ("a?c", "abc", True),
        ("a?c", "abbc", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a", "ab", False),
        ("s3:Get*", "S3:GetObject", False),
        ("", "", True),
    ],
)
def test_two_wildcards_and_nothing_else_are_special(pattern: str, text: str, answer: bool) -> None:
    assert glob(pattern, text) is answer


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("home/${aws:username}/*", "home/ann/x", True),
        ("home/${AWS:UserName}/*", "home/ann/x", True),
        ("home/${ aws:username }/*", "home/ann/x", True),
        ("home/${aws:starred}", "home/anything", False),
        ("home/${aws:starred}", "home/*", True),
        ("home/${aws:several}", "home/a", False),
        ("home/${aws:missing}", "home/", False),
        ("home/${aws:missing, 'all'}", "home/all", True),
        ("home/${aws:username, 'all'}", "home/all", False),
        ("${*}", "*", True),
        ("${*}", "x", False),
        ("${?}${$}", "?$", True),
        ("${unclosed", "${unclosed", True),
    ],
)
def test_a_variable_stands_for_one_value_taken_literally(pattern: str, text: str, answer: bool) -> None:
    assert glob(pattern, text, values=VALUES) is answer


def test_where_variables_are_not_known_they_are_plain_text() -> None:
    assert glob("${aws:username}", "${aws:username}")
    assert not glob("${aws:username}", "ann")


def test_equality_has_no_wildcards() -> None:
    assert not equals("a*", "abc", values=VALUES)
    assert equals("a*", "a*", values=VALUES)
    assert equals("A${aws:username}", "aANN", values=VALUES, ignore_case=True)


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("arn:aws:s3:::b", "arn:aws:s3:::b", True),
        ("arn:*:s3:::b", "arn:aws:s3:::b", True),
        ("arn:aws:s3:::b:*", "arn:aws:s3:::b:c:d", True),
        ("arn:aws:iam::*:role/a", "arn:aws:iam::1:x:role/a", False),
        ("arn:aws:iam::${aws:username}:role/*", "arn:aws:iam::ann:role/x", True),
        ("arn:aws:s3", "arn:aws:s3:::b", False),
        ("*", "arn:aws:s3:::b", False),
    ],
)
def test_the_parts_of_an_arn_are_compared_one_by_one(pattern: str, text: str, answer: bool) -> None:
    assert arn_like(pattern, text, values=VALUES) is answer


short = st.text(alphabet="ab*?.", max_size=6)


@given(short, st.text(alphabet="ab.", max_size=6))
def test_a_glob_is_the_regular_expression_it_means(pattern: str, text: str) -> None:
    meant = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert glob(pattern, text) is (re.fullmatch(meant, text) is not None)


@given(short, st.text(alphabet="ab.", max_size=6), st.integers(0, 6))
def test_a_star_more_never_matches_less(pattern: str, text: str, place: int) -> None:
    if glob(pattern, text):
        assert glob(pattern[:place] + "*" + pattern[place:], text)
