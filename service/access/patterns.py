"""Wildcards and policy variables (IAM User Guide, "IAM policy elements: Variables and tags").

`*` is any run of characters, `?` is one. A value put in place of a variable is compared literally, and
`${*}`, `${?}` and `${$}` are the literal characters. The pattern of an unknown variable matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

Values = Mapping[str, tuple[str, ...]]
_TOKEN = re.compile(r"\$\{([^}]*)\}|([*?])")
_LITERALS = {"*", "?", "$"}


def glob(pattern: str, text: str, *, values: Values | None = None, ignore_case: bool = False) -> bool:
    """Whether `text` matches; variables are looked up in `values`, or are plain text when it is None."""
    return _matches(pattern, text, values, wildcards=True, ignore_case=ignore_case)


def equals(pattern: str, text: str, *, values: Values | None, ignore_case: bool = False) -> bool:
    """Like `glob`, but `*` and `?` are ordinary characters unless escaped as variables."""
    return _matches(pattern, text, values, wildcards=False, ignore_case=ignore_case)


def _matches(pattern: str, text: str, values: Values | None, *, wildcards: bool, ignore_case: bool) -> bool:
    if values is None or "${" not in pattern:
        return _fixed(pattern, wildcards, ignore_case).fullmatch(text) is not None
    expression = _expression(pattern, values, wildcards=wildcards)
    return expression is not None and _compiled(expression, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _fixed(pattern: str, wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    """The expression of a pattern without variables: nearly every pattern, asked thousands of times."""
    return _compiled(_expression(pattern, None, wildcards=wildcards) or "", ignore_case)


def arn_like(pattern: str, text: str, *, values: Values | None) -> bool:
    """The `Arn*` operators: each of the six parts of an ARN is compared by itself."""
    wanted, given = _parts(pattern), text.split(":", 5)
    if len(wanted) != 6 or len(given) != 6:
        return False
    return all(glob(part, value, values=values) for part, value in zip(wanted, given, strict=True))


def _parts(pattern: str) -> list[str]:
    """The parts of an ARN pattern; a colon inside a variable such as ``${aws:username}`` does not part."""
    parts = [""]
    for piece in re.split(r"(\$\{[^}]*\}|:)", pattern):
        if piece == ":" and len(parts) < 6:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _expression(pattern: str, values: Values | None, *, wildcards: bool) -> str | None:
    out, end = [], 0
    for token in _TOKEN.finditer(pattern):
        out.append(re.escape(pattern[end : token.start()]))
        end = token.end()
        name, wildcard = token.groups()
        if wildcard:
            out.append({"*": ".*", "?": "."}[wildcard] if wildcards else re.escape(wildcard))
        elif values is None:
            out.append(re.escape(token.group()))
        else:
            value = _variable(name, values)
            if value is None:
                return None
            out.append(re.escape(value))
    return "".join([*out, re.escape(pattern[end:])])


def _variable(name: str, values: Values) -> str | None:
    if name in _LITERALS:
        return name
    key, _, default = name.partition(",")
    found = values.get(key.strip().lower(), ())
    if len(found) == 1:
        return found[0]
    return default.strip().strip("'") if default else None


@lru_cache(maxsize=4096)
def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
