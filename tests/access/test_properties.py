"""What must hold of every set of policies: a Deny never widens, an Allow never narrows, order is nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.access.evaluator import Policies, evaluate
from service.access.request import Request
from tests.access.build import (
    AS_NOBODY,
    AS_ROLE,
    AS_ROOT,
    AS_SERVICE,
    AS_USER,
    BUCKET,
    OBJECT,
    OTHER,
    OWN,
    ROLE,
    ROOT,
    SESSION,
    USER,
    policy,
)

ACTIONS = ["*", "s3:*", "s3:GetObject", "s3:Put*", "kms:Decrypt"]
RESOURCES = ["*", OBJECT, f"{BUCKET}/*", "arn:aws:s3:::elsewhere/*", f"{BUCKET}/${{aws:username}}/*"]
PRINCIPALS: list[Any] = [
    "*", {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": USER}, {"AWS": ROOT}, {"AWS": OTHER},
    {"Service": "sns.amazonaws.com"},
]  # fmt: skip
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringNotEquals": {"aws:PrincipalAccount": OWN}},
    {"ArnNotEqualsIfExists": {"aws:PrincipalArn": ROLE}},
    {"Null": {"aws:username": "false"}},
]

effects = st.sampled_from(["Allow", "Deny"])
statements = st.builds(
    lambda effect, action, resource, condition: {
        "Effect": effect,
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    },
    effects,
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from(CONDITIONS),
)
guards = st.builds(
    lambda statement, element, principal: {**statement, element: principal},
    statements,
    st.sampled_from(["Principal", "Principal", "NotPrincipal"]),
    st.sampled_from(PRINCIPALS),
)
own = st.lists(statements, min_size=1, max_size=3)
guard = st.lists(guards, min_size=1, max_size=3)
optional = st.one_of(st.none(), own)
requests = st.builds(
    lambda caller, action, owner, context: Request(caller, action, OBJECT, owner, context),
    st.sampled_from([AS_ROLE, AS_USER, AS_ROOT, AS_SERVICE, AS_NOBODY]),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt"]),
    st.sampled_from([OWN, OTHER]),
    st.fixed_dictionaries(
        {},
        optional={
            "aws:SecureTransport": st.sampled_from(["true", "false"]),
            "aws:PrincipalAccount": st.sampled_from([OWN, OTHER]),
            "aws:PrincipalArn": st.sampled_from([ROLE, USER]),
            "aws:username": st.just("2026"),
        },
    ),
)
policies = st.builds(
    lambda identity, boundary, session, resource, decides: Policies(
        identity=(policy(*identity),) if identity else (),
        boundary=policy(*boundary) if boundary else None,
        session=policy(*session) if session else None,
        resource=(policy(*resource),) if resource else (),
        resource_decides=decides,
    ),
    optional,
    optional,
    optional,
    st.one_of(st.none(), guard),
    st.booleans(),
)


def may(request: Request, given_policies: Policies) -> bool:
    return evaluate(request, given_policies).allowed


@given(requests, policies, statements)
def test_one_more_deny_of_the_identity_never_widens(
    request: Request, before: Policies, more: dict[str, Any]
) -> None:
    after = replace(before, identity=(*before.identity, policy({**more, "Effect": "Deny"})))
    assert may(request, after) <= may(request, before)


@given(requests, policies, guards)
def test_one_more_deny_of_the_resource_never_widens(
    request: Request, before: Policies, more: dict[str, Any]
) -> None:
    after = replace(before, resource=(*before.resource, policy({**more, "Effect": "Deny"})))
    assert may(request, after) <= may(request, before)


@given(requests, policies, statements, guards)
def test_one_allow_less_never_widens(
    request: Request, fewer: Policies, own_allow: dict[str, Any], guard_allow: dict[str, Any]
) -> None:
    more_own = replace(fewer, identity=(*fewer.identity, policy({**own_allow, "Effect": "Allow"})))
    more_guard = replace(fewer, resource=(*fewer.resource, policy({**guard_allow, "Effect": "Allow"})))
    assert may(request, fewer) <= may(request, more_own)
    assert may(request, fewer) <= may(request, more_guard)


@given(requests, policies, own)
def test_a_limit_never_widens(request: Request, before: Policies, limit: list[dict[str, Any]]) -> None:
    unlimited = replace(before, boundary=None, session=None)
    assert may(request, replace(unlimited, boundary=policy(*limit))) <= may(request, unlimited)
    assert may(request, replace(unlimited, session=policy(*limit))) <= may(request, unlimited)


@given(requests, guard, own, st.randoms())
def test_the_order_of_statements_is_nothing(
    request: Request, guarding: list[dict[str, Any]], owned: list[dict[str, Any]], chance: Any
) -> None:
    before = Policies(identity=(policy(*owned),), resource=(policy(*guarding),))
    chance.shuffle(owned)
    chance.shuffle(guarding)
    after = Policies(identity=(policy(*owned),), resource=(policy(*guarding),))
    assert evaluate(request, before).effect is evaluate(request, after).effect


@given(requests, policies, guards, statements, st.sampled_from(CONDITIONS[1:]))
def test_a_condition_on_an_allow_never_widens(
    request: Request,
    rest: Policies,
    guarding: dict[str, Any],
    owned: dict[str, Any],
    condition: dict[str, Any],
) -> None:
    def with_allow(more: dict[str, Any]) -> Policies:
        own_allow = policy({**owned, "Effect": "Allow", "Condition": more})
        guard_allow = policy({**guarding, "Effect": "Allow", "Condition": more})
        return replace(rest, identity=(*rest.identity, own_allow), resource=(*rest.resource, guard_allow))

    assert may(request, with_allow(condition)) <= may(request, with_allow({}))


@given(requests, policies, guards, statements, st.integers(0, len(OBJECT)))
def test_a_wider_resource_never_narrows_an_allow(
    request: Request, rest: Policies, guarding: dict[str, Any], owned: dict[str, Any], end: int
) -> None:
    def on(resource: str) -> Policies:
        more = {"Effect": "Allow", "Resource": resource}
        own_allow, guard_allow = policy({**owned, **more}), policy({**guarding, **more})
        return replace(rest, identity=(*rest.identity, own_allow), resource=(*rest.resource, guard_allow))

    assert may(request, on(OBJECT)) <= may(request, on(f"{OBJECT[:end]}*"))
