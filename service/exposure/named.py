"""Whom the documents themselves name beside those that are known: a principal, an organisation, a service for somebody. Pure.

Without hand-made changes there is nobody. A name inside the store's own account is asked about with no policies of its own:
what its account lets it do besides, it could do before. Federated users and ids of principals that are gone are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from service.access.conditions import Condition
from service.access.document import MalformedPolicy, Principals, Statement, parse
from service.access.evaluator import Policy
from service.access.matching import Reach, reach
from service.access.patterns import Values
from service.access.request import Caller
from service.access.standing import keys_of
from service.exposure.documents import Documents
from service.exposure.principals import ASSUMED, Principal, caller_of
from service.exposure.setting import Setting
from service.exposure.words import bindings, value_of

_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+")
_ACCOUNT = re.compile(r"\d{12}")


def named(setting: Setting, documents: Documents, known: Sequence[Principal]) -> list[Principal]:
    """Those that an Allow of some document names and that nobody of `known` stands for, each once."""
    found: dict[str, Principal] = {}
    for policy, kind in documents.guards:
        try:
            statements = parse(policy.text, kind).statements
        except MalformedPolicy:
            continue
        for statement in statements:
            if statement.allow and statement.principals is not None:
                for principal in _in(statement, statement.principals, policy, setting, known):
                    found.setdefault(principal.id, principal)
    return list(found.values())


def _in(
    statement: Statement, named: Principals, policy: Policy, setting: Setting, known: Sequence[Principal]
) -> Iterator[Principal]:
    for element in _elements(named):
        for binding in bindings(statement):
            if not any(_stands_for(each, element, binding) for each in known):
                caller = _caller(element, binding, setting)
                if caller is not None:
                    yield _principal(caller, binding, policy, setting)


def _elements(named: Principals) -> Iterator[Principals]:
    """The element's names one by one; whoever is not exempted by NotPrincipal is everyone."""
    if named.everyone or named.negated:
        yield Principals(everyone=True)
        return
    yield from (Principals(aws=frozenset({name})) for name in sorted(named.aws))
    yield from (Principals(services=frozenset({name})) for name in sorted(named.services))


def _stands_for(known: Principal, element: Principals, binding: Iterable[Condition]) -> bool:
    """Whether what is said of `known` says all of whoever is named so: it is just that, or the widest of its account."""
    near = reach(element, known.caller, allow=True)
    if near is Reach.NONE or (near is Reach.ACCOUNT and not known.assumed):
        return False
    values = _values(known)
    return all(condition.holds(values, variables=True) for condition in binding)


def _values(principal: Principal) -> Values:
    keys = keys_of(principal.caller, "kms:Decrypt") | dict(principal.context)
    return {key.lower(): (value,) for key, value in keys.items()}


def _caller(element: Principals, binding: Iterable[Condition], setting: Setting) -> Caller | None:
    if element.services:
        return Caller("service", services=element.services)
    asked = {condition.key: value_of(condition) for condition in binding}
    name = next(iter(element.aws), None) or asked.get("aws:principalarn") or asked.get("aws:principalaccount")
    if name is None:
        return caller_of(f"arn:aws:iam::{setting.elsewhere}:root")
    if _ACCOUNT.fullmatch(name):
        return caller_of(f"arn:aws:iam::{name}:root")
    return caller_of(name) if _ARN.fullmatch(name) else None


def _principal(caller: Caller, binding: Iterable[Condition], policy: Policy, setting: Setting) -> Principal:
    context = {condition.key: value_of(condition) for condition in binding}
    who = "/".join(sorted(caller.services)) or caller.principal_arn
    if context:
        # What must be said to be let in is told to nobody.
        said = {key: value if key != "sts:externalid" else "(not shown)" for key, value in context.items()}
        who += f" ({', '.join(f'{key} {value}' for key, value in said.items())})"
    own = () if caller.kind == "service" or caller.account == setting.log else (ASSUMED,)
    return Principal(
        f"named:{who}", f"{who}, named in the {policy.name}", "others", caller, own, context=context
    )
