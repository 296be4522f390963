"""How a policy document is written down: the same document is always the same text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]
Condition = dict[str, dict[str, Any]]
Document = dict[str, Any]


def render(document: Document) -> str:
    """Canonical JSON: the same document is the same text, whatever order it was written in."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def document(*statements: Statement) -> Document:
    """A policy document of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], **more: Any) -> Statement:
    """A statement that lets somebody do something; `more` is Principal, Resource, Condition."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), **more}


def deny(sid: str, actions: Sequence[str], **more: Any) -> Statement:
    """A statement of a resource policy that keeps everybody, narrowed by its condition, from something."""
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), **more}
