"""Policy documents as AWS keeps them, and what makes AWS refuse one before it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

PRINCIPAL_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<name>.+)")
ACCOUNT_ARN = re.compile(r"(arn:aws:iam::)?(?P<account>\d{12})(:root)?")

DOCUMENT_ORDER = ("Version", "Id", "Statement")
STATEMENT_ORDER = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
)  # fmt: skip


def as_aws_returns(text: str) -> str:
    """The same policy, written as AWS gives it back: members in its own order, lists of one collapsed to
    their member, principals sorted, account ids spelt as root ARNs, no white space.

    A text that is no policy comes back as it is.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict) or "Statement" not in document:
        return text
    kept = _ordered(document, DOCUMENT_ORDER)
    kept["Statement"] = [_statement(statement) for statement in _listed(document["Statement"])]
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def unknown_principal(text: str) -> str | None:
    """The first role or user a policy names as a principal that is not there; None where all are."""
    for statement in _listed(json.loads(text).get("Statement", [])):
        for named in aws_principals(statement):
            if not principal_exists(named):
                return named
    return None


def aws_principals(statement: dict[str, Any]) -> Iterator[str]:
    """The AWS principals (ARNs, account ids, `*`) of one statement."""
    for element in ("Principal", "NotPrincipal"):
        principal = statement.get(element)
        if isinstance(principal, dict):
            yield from _listed(principal.get("AWS", []))
        elif principal is not None:
            yield str(principal)


def principal_exists(name: str) -> bool:
    """Whether AWS would take `name` as a principal. Accounts cannot be looked up: twelve digits will do."""
    if name == "*" or ACCOUNT_ARN.fullmatch(name) or name.startswith("arn:aws:sts::"):
        return True
    match = PRINCIPAL_ARN.fullmatch(name)
    if match is None:
        return False
    backend = iam_backends[match["account"]]["aws"]
    there = backend.roles if match["kind"] == "role" else backend.users
    return any(entry.arn == name for entry in there.values())


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    kept = _ordered(statement, STATEMENT_ORDER)
    for element in ("Principal", "NotPrincipal"):
        if isinstance(kept.get(element), dict):
            kept[element] = {kind: _principals(kind, names) for kind, names in sorted(kept[element].items())}
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in kept:
            kept[element] = _collapsed(_listed(kept[element]))
    if isinstance(kept.get("Condition"), dict):
        kept["Condition"] = {
            operator: {key: _collapsed(_listed(values)) for key, values in sorted(keys.items())}
            for operator, keys in sorted(kept["Condition"].items())
        }
    return kept


def _principals(kind: str, names: Any) -> Any:
    spelt = [_root_arn(name) if kind == "AWS" else name for name in _listed(names)]
    return _collapsed(sorted(spelt))


def _root_arn(name: str) -> str:
    return f"arn:aws:iam::{name}:root" if re.fullmatch(r"\d{12}", name) else name


def _ordered(members: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    known = {name: members[name] for name in order if name in members}
    return known | members


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _collapsed(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
