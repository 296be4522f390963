"""A log event that a filter pattern lets through. Pure.

Rules: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail", CloudWatch Logs User
Guide. Patterns of terms, and JSON patterns that are a row of `=` joined by `&&`, can be written for; for anything else an event
would be a guess.
"""

from __future__ import annotations

import json
import re
from typing import Any

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_EQUALS = re.compile(r'\s*\$\.([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"&|()=<>!]+))\s*')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class NoEvent(Exception):
    """No event can be written that the pattern is sure to let through."""


def event_for(pattern: str, mark: str) -> str:
    """A message with `mark` in it.

    Raises:
        NoEvent: the pattern is not one of the simple ones, or keeps the mark out.
    """
    pattern = pattern.strip()
    body: dict[str, Any] = {"logflume": mark}
    if pattern.startswith("{") and pattern.endswith("}"):
        return json.dumps(_document(pattern[1:-1], body))
    if pattern.startswith(("{", "[")) or "%" in pattern:
        raise NoEvent(pattern)
    wanted, unwanted = _terms(pattern)
    message = " ".join((json.dumps(body), *wanted))
    if any(term in message for term in unwanted):
        raise NoEvent(pattern)
    return message


def _terms(pattern: str) -> tuple[list[str], list[str]]:
    """Terms to write, and terms to leave out; of optional ones (`?`) all are written."""
    wanted: list[str] = []
    unwanted: list[str] = []
    end = 0
    while end < len(pattern):
        term = _TERM.match(pattern, end)
        if term is None:
            raise NoEvent(pattern)
        text = term[3] if term[2] is None else re.sub(r"\\(.)", r"\1", term[2])
        (unwanted if term[1] == "-" else wanted).append(text)
        end = term.end()
    return wanted, unwanted


def _document(conditions: str, body: dict[str, Any]) -> dict[str, Any]:
    for condition in conditions.split("&&"):
        match = _EQUALS.fullmatch(condition)
        if match is None:
            raise NoEvent(condition)
        _put(body, match[1].split("."), _value(match))
    return body


def _value(match: re.Match[str]) -> Any:
    """A wildcard stands for anything, so also for nothing."""
    if match[2] is not None:
        return re.sub(r"\\(.)", r"\1", match[2]).replace("*", "")
    return float(match[3]) if _NUMBER.fullmatch(match[3]) else match[3].replace("*", "")


def _put(body: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for name in parents:
        body = body.setdefault(name, {})
        if not isinstance(body, dict):
            raise NoEvent(".".join(path))
    if body.setdefault(last, value) != value:
        raise NoEvent(".".join(path))
