"""Condition operators (IAM User Guide, "IAM JSON policy elements: Condition operators").

A condition holds when every operator and every key in it holds; of the values of a key one suffices.
A key that the request does not have makes a plain operator false and a negated one true; `...IfExists`
makes it true. `ForAllValues` is true of a missing key, `ForAnyValue` is false of it.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from service.access.patterns import Values, arn_like, equals, glob

Test = Callable[[str, str, Values | None], bool]
Quantifier = Literal["", "ForAllValues", "ForAnyValue"]


@dataclass(frozen=True)
class Condition:
    """One key of one operator: `StringLike` of `aws:PrincipalArn` against some patterns."""

    operator: str
    """Without quantifier and suffix: ``StringLike``."""
    key: str
    """In lower case."""
    expected: tuple[str, ...]
    quantifier: Quantifier = ""
    if_exists: bool = False

    def holds(self, values: Values, *, variables: bool) -> bool:
        """Whether the request's `values` satisfy it; policy variables count only if `variables`."""
        given = values.get(self.key, ())
        if self.operator == "Null":
            return any((value.lower() == "true") == (not given) for value in self.expected)
        if not given and self.if_exists:
            return True
        known = values if variables else None
        if self.quantifier == "ForAllValues":
            return all(self._accepts(value, known) for value in given)
        if self.quantifier == "ForAnyValue":
            return any(self._accepts(value, known) for value in given)
        if self.operator in NEGATED:
            return all(self._accepts(value, known) for value in given)
        return any(self._accepts(value, known) for value in given)

    def _accepts(self, value: str, known: Values | None) -> bool:
        test = TESTS[NEGATED.get(self.operator, self.operator)]
        found = any(test(pattern, value, known) for pattern in self.expected)
        return found != (self.operator in NEGATED)


def split_operator(text: str) -> tuple[Quantifier, str, bool]:
    """`ForAnyValue:StringLikeIfExists` in its three parts. Raises ValueError for an unknown operator."""
    quantifier, colon, rest = text.partition(":")
    if not colon:
        quantifier, rest = "", text
    operator = rest.removesuffix("IfExists")
    known = operator in TESTS or operator in NEGATED or operator == "Null"
    if not known or (operator == "Null" and rest != operator):
        raise ValueError(f"unknown condition operator {text}")
    match quantifier:
        case "" | "ForAllValues" | "ForAnyValue":
            return quantifier, operator, rest != operator
    raise ValueError(f"unknown set operator {quantifier}")


def _string_equals(pattern: str, value: str, known: Values | None) -> bool:
    return equals(pattern, value, values=known)


def _string_equals_ignore_case(pattern: str, value: str, known: Values | None) -> bool:
    return equals(pattern, value, values=known, ignore_case=True)


def _string_like(pattern: str, value: str, known: Values | None) -> bool:
    return glob(pattern, value, values=known)


def _arn_like(pattern: str, value: str, known: Values | None) -> bool:
    return arn_like(pattern, value, values=known)


def _binary(pattern: str, value: str, _known: Values | None) -> bool:
    try:
        return base64.b64decode(pattern, validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


def _ip_address(pattern: str, value: str, _known: Values | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False


def _numeric(
    compare: Callable[[float, float], bool], pattern: str, value: str, _known: Values | None
) -> bool:
    try:
        return compare(float(value), float(pattern))
    except ValueError:
        return False


def _date(compare: Callable[[float, float], bool], pattern: str, value: str, _known: Values | None) -> bool:
    try:
        return compare(_seconds(value), _seconds(pattern))
    except ValueError:
        return False


def _seconds(text: str) -> float:
    """ISO 8601 or seconds since 1970; a date without a zone is UTC."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda given, wanted: given == wanted,
    "LessThan": lambda given, wanted: given < wanted,
    "LessThanEquals": lambda given, wanted: given <= wanted,
    "GreaterThan": lambda given, wanted: given > wanted,
    "GreaterThanEquals": lambda given, wanted: given >= wanted,
}
TESTS: dict[str, Test] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignore_case,
    "StringLike": _string_like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _string_equals_ignore_case,
    "BinaryEquals": _binary,
    "IpAddress": _ip_address,
    **{f"Numeric{name}": partial(_numeric, compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": partial(_date, compare) for name, compare in _COMPARISONS.items()},
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
