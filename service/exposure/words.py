"""In which words a policy would let somebody through: requests made to fit each of its Allows. Pure.

Whoever asks chooses much of a request: the object, the encryption, through which service a key is used. So each question is
put plainly, and once more in the words of every statement that could allow it. What the caller is, and not says (`BOUND`),
is not chosen: a statement that asks for it by condition names somebody, see `named`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, product
from typing import TypeVar

from service.access.conditions import NEGATED, Condition
from service.access.document import PolicyType, Statement, parse
from service.access.patterns import glob

Item = TypeVar("Item")
BOUND = frozenset(
    {
        *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
        *("aws:principaltype", "aws:principalisawsservice", "aws:principalservicename", "aws:userid"),
        *("aws:principalservicenameslist", "aws:username", "aws:sourcearn", "aws:sourceaccount"),
        *("aws:sourceorgid", "aws:sourceorgpaths", "kms:calleraccount", "sts:externalid"),
    }
)
"""Condition keys that say who asks, or for whom; in lower case."""
_MOST = 16
"""Requests made of one statement; lists of values in several conditions multiply."""
_FILLER = "x"


@dataclass(frozen=True)
class Words:
    """One way to ask: the condition keys, and the resource if the statement names another than the plain one."""

    context: tuple[tuple[str, str], ...] = ()
    resource: str | None = None


PLAIN = Words()


@lru_cache(maxsize=8192)
def words_of(text: str, kind: PolicyType, action: str, within: str | None) -> tuple[Words, ...]:
    """The ways to ask for `action` that fit an Allow of a policy; `within`: the bucket's ARN, where its objects are asked for.

    Raises:
        MalformedPolicy: the policy cannot be read.
    """
    found: dict[Words, None] = {}
    for statement in parse(text, kind).statements:
        if statement.allow and _speaks_of(statement, action):
            resources = _resources(statement, within) if within else [None]
            for context, resource in product(_contexts(statement), resources):
                found[Words(context, resource)] = None
    return tuple(found)


def bindings(statement: Statement) -> list[tuple[Condition, ...]]:
    """The conditions about who asks, each narrowed to one of its values, in every combination."""
    asked = [each for each in statement.conditions if _chosen(each) and each.key in BOUND]
    return _combined([[replace(each, expected=(value,)) for value in each.expected] for each in asked])


def value_of(condition: Condition) -> str:
    """A value that satisfies a condition that `bindings` has narrowed."""
    return _plain(condition.expected[0])


def _contexts(statement: Statement) -> list[tuple[tuple[str, str], ...]]:
    """Contexts that satisfy the other conditions, as far as they ask for a value."""
    asked = [each for each in statement.conditions if _chosen(each) and each.key not in BOUND]
    return _combined([[(each.key, _plain(value)) for value in each.expected] for each in asked])


def _combined(choices: list[list[Item]]) -> list[tuple[Item, ...]]:
    return list(islice(product(*choices), _MOST))


def _chosen(condition: Condition) -> bool:
    """Whether a value can be brought that satisfies it; what must be missing or another is so in a plain request."""
    return condition.operator not in NEGATED and condition.operator != "Null"


def _speaks_of(statement: Statement, action: str) -> bool:
    named = any(glob(pattern, action, ignore_case=True) for pattern in statement.actions)
    return named != statement.not_actions


def _resources(statement: Statement, within: str) -> list[str | None]:
    if statement.not_resources:
        return [None]
    inside = [_plain(each) for each in statement.resources if each.startswith(f"{within}/")]
    return [None, *inside]


def _plain(pattern: str) -> str:
    """A value that the pattern matches."""
    return pattern.replace("*", _FILLER).replace("?", _FILLER)
