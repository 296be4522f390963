"""CloudWatch Logs filter patterns. Pure.

Rules: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail", Amazon
CloudWatch Logs User Guide. Simulated: the empty pattern, terms, quoted phrases, ``-exclude``, ``?optional`` and JSON
patterns with ``= != < <= > >=``, ``IS NULL|TRUE|FALSE``, ``NOT EXISTS``, ``&&``, ``||`` and brackets. A term matches
anywhere in the message, and case counts. Not simulated, and therefore refused: space-delimited patterns (``[a, b]``)
and regular expressions (``%…%``).
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Matcher = Callable[[str], bool]
Test = Callable[[Any], bool]

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_TOKEN = re.compile(
    r'\s*(&&|\|\||!=|<=|>=|[=<>()]|"(?:[^"\\]|\\.)*"|\$[^\s=!<>()&|]*|[^\s=!<>()&|"]+)',
)
_MISSING = object()


class UnsupportedPattern(ValueError):
    """The pattern is malformed, or of a form that the sandbox does not simulate."""


def compile_pattern(pattern: str) -> Matcher:
    """A function that says whether a message matches.

    :raises UnsupportedPattern: see the module's own words.
    """
    pattern = pattern.strip()
    if not pattern:
        return lambda _message: True
    if pattern.startswith("{"):
        return _json_matcher(pattern)
    if pattern.startswith("[") or "%" in re.sub(r'"[^"]*"', "", pattern):
        raise UnsupportedPattern("space-delimited patterns and regular expressions are not simulated")
    return _term_matcher(pattern)


def _term_matcher(pattern: str) -> Matcher:
    """Terms must all be there and excluded ones must not; ``?`` terms count only where there are no others."""
    found: dict[str, list[str]] = {"": [], "-": [], "?": []}
    end = 0
    while end < len(pattern):
        term = _TERM.match(pattern, end)
        if term is None:
            raise UnsupportedPattern(f"a quote is not closed in {pattern!r}")
        found[term[1]].append(term[3] if term[2] is None else re.sub(r"\\(.)", r"\1", term[2]))
        end = term.end()
    required, excluded, optional = found[""], found["-"], found["?"]
    if not required and not excluded:
        return lambda message: any(term in message for term in optional)
    return lambda message: (
        all(term in message for term in required) and not any(term in message for term in excluded)
    )


def _json_matcher(pattern: str) -> Matcher:
    if not pattern.endswith("}"):
        raise UnsupportedPattern(f"a bracket is not closed in {pattern!r}")
    test = _Parser(_tokens(pattern[1:-1])).parse()

    def matches(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict) and test(document)

    return matches


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    end, text = 0, text.rstrip()
    while end < len(text):
        token = _TOKEN.match(text, end)
        if token is None:
            raise UnsupportedPattern(f"cannot read {text[end:]!r}")
        tokens.append(token[1])
        end = token.end()
    return tokens


@dataclass
class _Parser:
    """`or := and (|| and)*`, `and := unit (&& unit)*`, `unit := ( or ) | $.path comparison`."""

    tokens: list[str]
    at: int = field(default=0)

    def parse(self) -> Test:
        test = self._or()
        if self.at != len(self.tokens):
            raise UnsupportedPattern(f"cannot read {self.tokens[self.at]!r}")
        return test

    def _or(self) -> Test:
        tests = [self._and()]
        while self._accept("||"):
            tests.append(self._and())
        return lambda document: any(test(document) for test in tests)

    def _and(self) -> Test:
        tests = [self._unit()]
        while self._accept("&&"):
            tests.append(self._unit())
        return lambda document: all(test(document) for test in tests)

    def _unit(self) -> Test:
        if self._accept("("):
            test = self._or()
            if not self._accept(")"):
                raise UnsupportedPattern("a bracket is not closed")
            return test
        return _comparison(self._next(), self._next().upper(), self._next())

    def _next(self) -> str:
        if self.at == len(self.tokens):
            raise UnsupportedPattern("the pattern ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _accept(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False


def _comparison(path: str, operator: str, operand: str) -> Test:
    steps = _steps(path)
    if (operator, operand.upper()) == ("NOT", "EXISTS"):
        return lambda document: _reach(document, steps) is _MISSING
    if operator == "IS" and operand.upper() in ("NULL", "TRUE", "FALSE"):
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[operand.upper()]
        return lambda document: _reach(document, steps) is wanted
    if operator in ("=", "!="):
        return lambda document: _equal(_reach(document, steps), operand, operator == "=")
    if operator in ("<", "<=", ">", ">="):
        return _order(steps, operator, operand)
    raise UnsupportedPattern(f"the operator {operator!r} is not simulated")


def _order(steps: list[str | int], operator: str, operand: str) -> Test:
    try:
        limit = float(operand)
    except ValueError as error:
        raise UnsupportedPattern(f"{operator} needs a number, not {operand!r}") from error
    compare: Callable[[float], bool] = {
        "<": lambda value: value < limit,
        "<=": lambda value: value <= limit,
        ">": lambda value: value > limit,
        ">=": lambda value: value >= limit,
    }[operator]

    def test(document: Any) -> bool:
        value = _reach(document, steps)
        return isinstance(value, int | float) and not isinstance(value, bool) and compare(value)

    return test


def _equal(value: Any, operand: str, wanted: bool) -> bool:
    """A property that is missing or no scalar matches neither ``=`` nor ``!=``."""
    if value is _MISSING or value is None or isinstance(value, dict | list):
        return False
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    if not operand.startswith('"') and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return (value == float(operand)) is wanted
        except ValueError:
            return not wanted
    operand = re.sub(r"\\(.)", r"\1", operand[1:-1]) if operand.startswith('"') else operand
    # Only * is a wildcard in a filter pattern; fnmatch would also read ? and [.
    glob = re.sub(r"([?\[])", r"[\1]", operand)
    return fnmatch.fnmatchcase(text, glob) is wanted


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise UnsupportedPattern(f"a property selector starts with $, not {path!r}")
    found = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]", path)
    return [int(index) if index else name or quoted for name, index, quoted in found]


def _reach(document: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return document
