"""Whether two emulators answered the same: what no two can have in common is taken out first."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_OWN = frozenset({"ResponseMetadata", "ETag", "VersionId", "Owner", "HostId"})
"""Members that each emulator makes up, and no program reads."""
_MADE_UP = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"mrk-[0-9a-f]{32}"), "<uuid>"),
    (re.compile(r"\bA[RINSK][OPDIA]A[A-Z0-9]{12,}"), "<id>"),
    (re.compile(r"https?://127\.0\.0\.1:\d+"), "<endpoint>"),
    (re.compile(r"^1[0-9]{9}(\.\d+)?$"), "<time>"),
)


@dataclass(frozen=True)
class Call:
    """One call and its answer: `step` says for what ("create store-bucket"); `code` is "" where it went well."""

    step: str
    service: str
    operation: str
    params: Any
    code: str
    answer: Any

    @property
    def named(self) -> str:
        """``s3 PutBucketPolicy``."""
        return f"{self.service} {self.operation}"


@dataclass(frozen=True)
class Difference:
    """`where` is ``s3 GetBucketTagging`` or a question; `what` the member of its answer, or "code"."""

    where: str
    what: str
    ours: str
    theirs: str


def differences(ours: Call, theirs: Call) -> Iterator[Difference]:
    """Every difference of two answers to the same call."""
    if ours.named != theirs.named:
        yield Difference(ours.step, "call", ours.named, theirs.named)
        return
    for path, one, other in _unlike(plain(ours.params), plain(theirs.params), "asked"):
        yield Difference(ours.named, path, one, other)
    if ours.code != theirs.code:
        yield Difference(ours.named, "code", ours.code or "done", theirs.code or "done")
        return
    for path, one, other in _unlike(plain(ours.answer), plain(theirs.answer), "answer"):
        yield Difference(ours.named, path, one, other)


def plain(value: Any) -> Any:
    """A value without what is made up; nothing where there is nothing in it."""
    if isinstance(value, dict):
        members = {name: plain(inner) for name, inner in value.items() if name not in _OWN}
        return {name: inner for name, inner in members.items() if inner not in (None, {}, [], "", False)}
    if isinstance(value, list | tuple):
        return _one_or_sorted([plain(inner) for inner in value])
    if isinstance(value, datetime.datetime):
        return "<time>"
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return _text(value) if isinstance(value, str) else value


def _one_or_sorted(elements: list[Any]) -> Any:
    """Order counts in no answer that we read, and AWS writes a list of one as that one."""
    return (
        elements[0] if len(elements) == 1 and isinstance(elements[0], str) else sorted(elements, key=_written)
    )


def _text(text: str) -> Any:
    """Documents are compared by what they say."""
    if text.startswith("{"):
        with contextlib.suppress(ValueError):
            return plain(json.loads(text))
    return _without_made_up(text)


def _without_made_up(text: str) -> str:
    for pattern, word in _MADE_UP:
        text = pattern.sub(word, text)
    return text


def _unlike(ours: Any, theirs: Any, path: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            yield from _unlike(ours.get(name), theirs.get(name), f"{path}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from _unlike(one, other, f"{path}[]")
    elif ours != theirs:
        yield path, _written(ours), _written(theirs)


def _written(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True, default=str)
