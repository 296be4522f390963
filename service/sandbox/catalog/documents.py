"""When two JSON documents mean the same: AWS gives policies back re-ordered and with one-element lists collapsed.

The rules are those of the library the real provider uses (awspolicyequivalence): order of statements,
keys and list elements does not count, `"x"` equals `["x"]`, and an account id equals its root ARN.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ACCOUNT = re.compile(r"^\d{12}$")


def parse(document: str) -> Any:
    """The document as a value. Raises ValueError where it is not JSON."""
    return json.loads(document)


def equivalent(one: str, other: str) -> bool:
    """Whether both documents mean the same; text that is not JSON is compared as text."""
    if one == other:
        return True
    try:
        return bool(_normal(parse(one)) == _normal(parse(other)))
    except ValueError:
        return False


def _normal(value: Any, within: str = "") -> Any:
    if isinstance(value, dict):
        return _normal_object(value)
    if isinstance(value, list):
        elements = sorted((_normal(element, within) for element in value), key=_sort_key)
        return elements[0] if len(elements) == 1 else elements
    if isinstance(value, bool):
        return str(value).lower()
    if within == "AWS" and isinstance(value, str) and _ACCOUNT.match(value):
        return f"arn:aws:iam::{value}:root"
    return value if value is None else str(value)


def _normal_object(value: dict[str, Any]) -> dict[str, Any]:
    out = {key: _normal(inner, key) for key, inner in value.items() if not (key == "Sid" and inner == "")}
    # AWS writes `"Principal": {"AWS": "*"}` and `"Principal": "*"` for one another.
    for key in ("Principal", "NotPrincipal"):
        if out.get(key) == "*":
            out[key] = {"AWS": "*"}
    return out


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
