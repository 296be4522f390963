"""Policy documents, read once into frozen statements (IAM User Guide, "Grammar of the IAM JSON policy language")."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from service.access.conditions import Condition, split_operator

PolicyType = Literal["identity", "resource", "trust"]
VARIABLES_SINCE = "2012-10-17"
_VERSIONS = {"2008-10-17", VARIABLES_SINCE}
_ELEMENTS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
    *("Principal", "NotPrincipal", "Condition"),
}
_PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}


class MalformedPolicy(ValueError):
    """The document is not a policy AWS would take; the message says which rule it breaks."""


@dataclass(frozen=True)
class Principals:
    """The `Principal` or `NotPrincipal` element, by kind. ``"*"`` is everyone, signed in or not."""

    everyone: bool = False
    aws: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    negated: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement. An empty `resources` (trust policies) stands for the thing the policy is attached to."""

    index: int
    sid: str | None
    allow: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: Principals | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Document:
    """A parsed policy; `variables` is false in the 2008 version of the language."""

    statements: tuple[Statement, ...]
    variables: bool


@lru_cache(maxsize=2048)
def parse(text: str, kind: PolicyType) -> Document:
    """Read the JSON text of a policy.

    `kind` says where it is attached: an "identity" policy (also boundary and session policy) names resources
    and no principals, a "resource" policy names both, a "trust" policy only principals.
    Raises MalformedPolicy.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise MalformedPolicy(f"not JSON: {error}") from None
    _require(isinstance(body, dict), "a policy is a JSON object")
    _require(set(body) <= {"Version", "Id", "Statement"}, "only Version, Id and Statement may be in a policy")
    version = body.get("Version", "2008-10-17")
    _require(version in _VERSIONS, f"unknown Version {version!r}")
    statements = body.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    _require(bool(listed), "a policy needs a statement")
    parsed = tuple(_statement(index, item, kind) for index, item in enumerate(listed))
    sids = [item.sid for item in parsed if item.sid]
    _require(len(sids) == len(set(sids)), "statement ids (Sid) must be unique")
    return Document(parsed, variables=version == VARIABLES_SINCE)


def _statement(index: int, body: Any, kind: PolicyType) -> Statement:
    where = f"statement {index}"
    _require(isinstance(body, dict), f"{where} is not an object")
    unknown = set(body) - _ELEMENTS
    _require(not unknown, f"{where} has unknown elements: {', '.join(sorted(unknown))}")
    _require(body.get("Effect") in ("Allow", "Deny"), f"{where}: Effect is Allow or Deny")
    actions, not_actions = _one_of(body, "Action", where, required=True)
    resources, not_resources = _one_of(body, "Resource", where, required=kind != "trust")
    _require(kind != "trust" or not resources, f"{where}: a trust policy has no Resource")
    named = {"Principal", "NotPrincipal"} & set(body)
    _require(kind != "identity" or not named, f"{where}: an identity policy has no Principal")
    _require(kind == "identity" or len(named) == 1, f"{where} needs either Principal or NotPrincipal")
    for action in actions:
        _require(action == "*" or ":" in action, f"{where}: {action!r} is not SERVICE:ACTION")
    return Statement(
        index=index,
        sid=body.get("Sid"),
        allow=body["Effect"] == "Allow",
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        principals=_principals(body, where) if named else None,
        conditions=_conditions(body.get("Condition", {}), where),
    )


def _one_of(body: dict[str, Any], name: str, where: str, *, required: bool) -> tuple[tuple[str, ...], bool]:
    """The values of `name` or of its negation; exactly one of both may be there."""
    present = [key for key in (name, f"Not{name}") if key in body]
    if not present and not required:
        return (), False
    _require(len(present) == 1, f"{where} needs either {name} or Not{name}")
    values = _strings(body[present[0]], f"{where}: {present[0]}")
    _require(bool(values), f"{where}: {present[0]} is empty")
    return values, present[0] != name


def _principals(body: dict[str, Any], where: str) -> Principals:
    negated = "NotPrincipal" in body
    value = body["NotPrincipal" if negated else "Principal"]
    if value == "*":
        return Principals(everyone=True, negated=negated)
    _require(isinstance(value, dict) and bool(value), f'{where}: Principal is "*" or an object')
    _require(set(value) <= _PRINCIPAL_KINDS, f"{where}: unknown kind of principal")
    by_kind = {kind: frozenset(_strings(names, f"{where}: Principal")) for kind, names in value.items()}
    aws = by_kind.get("AWS", frozenset())
    partial = [name for name in aws if name != "*" and ("*" in name or "?" in name)]
    _require(not partial, f"{where}: a principal takes no wildcard inside a name: {', '.join(partial)}")
    return Principals(
        everyone="*" in aws,
        aws=aws - {"*"},
        services=by_kind.get("Service", frozenset()),
        federated=by_kind.get("Federated", frozenset()),
        negated=negated,
    )


def _conditions(body: Any, where: str) -> tuple[Condition, ...]:
    _require(isinstance(body, dict), f"{where}: Condition is an object")
    found = []
    for operator, keys in body.items():
        try:
            quantifier, plain, if_exists = split_operator(operator)
        except ValueError as error:
            raise MalformedPolicy(f"{where}: {error}") from None
        _require(isinstance(keys, dict), f"{where}: {operator} holds an object")
        for key, expected in keys.items():
            values = _strings(expected, f"{where}: {operator} {key}")
            found.append(Condition(plain, key.lower(), values, quantifier, if_exists))
    return tuple(found)


def _strings(value: Any, where: str) -> tuple[str, ...]:
    """One value or a list of values as texts; JSON booleans and numbers are written as AWS writes them."""
    texts = []
    for item in value if isinstance(value, list) else [value]:
        _require(isinstance(item, str | bool | int | float), f"{where} holds texts")
        texts.append(item if isinstance(item, str) else json.dumps(item))
    return tuple(texts)


def _require(rule: bool, message: str) -> None:
    if not rule:
        raise MalformedPolicy(message)
