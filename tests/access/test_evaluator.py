"""Decisions, by the tables of the IAM User Guide: within an account, across accounts, and by kind of principal."""

from __future__ import annotations

from typing import Any

import pytest

from service.access.document import MalformedPolicy
from service.access.evaluator import Decision, Effect, Policies, Policy, evaluate
from service.access.request import Caller
from tests.access.build import (
    AS_NOBODY,
    AS_ROLE,
    AS_ROOT,
    AS_SERVICE,
    AS_USER,
    BUCKET,
    FEDERATED,
    OBJECT,
    OTHER,
    OWN,
    ROLE,
    ROOT,
    SESSION,
    USER,
    allow,
    ask,
    deny,
    identity,
    policy,
    text,
)

GET = "s3:GetObject"


def guarded(*statements: dict[str, Any], **more: Any) -> Policies:
    """A resource policy of these statements."""
    return Policies(resource=(policy(*statements, name="guard"),), **more)


def allowed(request: Any, policies: Policies) -> bool:
    return evaluate(request, policies).allowed


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetObject", OBJECT, True),
        ("S3:getobject", OBJECT, True),
        ("s3:Get*", f"{BUCKET}/*", True),
        ("s3:Get?bject", f"{BUCKET}/20??/*.gz", True),
        ("*", "*", True),
        ("s3:PutObject", OBJECT, False),
        ("s3:GetObject", BUCKET, False),
        ("s3:GetObject", f"{BUCKET}/*.txt", False),
        (["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::x", OBJECT], True),
    ],
)
def test_actions_and_resources_take_wildcards(action: Any, resource: Any, answer: bool) -> None:
    assert allowed(ask(AS_USER), identity(allow(action, resource))) is answer


def test_not_action_and_not_resource_cover_the_rest() -> None:
    everything_but = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{BUCKET}/secret/*"}
    assert allowed(ask(AS_USER), identity(everything_but))
    assert not allowed(ask(AS_USER, resource=f"{BUCKET}/secret/x"), identity(everything_but))
    assert not allowed(ask(AS_USER, "iam:GetRole"), identity(everything_but))


def test_a_resource_may_hold_variables() -> None:
    own = identity(allow(GET, f"{BUCKET}/${{aws:username}}/*"))
    assert allowed(ask(AS_USER, resource=f"{BUCKET}/ann/x", aws__username="ann"), own)
    assert not allowed(ask(AS_USER, resource=f"{BUCKET}/bob/x", aws__username="ann"), own)
    assert not allowed(ask(AS_USER, resource=f"{BUCKET}/ann/x"), own)


def test_a_resource_holds_no_variables_in_the_2008_language() -> None:
    plain = text(allow(GET, f"{BUCKET}/${{aws:username}}/*"), version="2008-10-17")
    own = Policies(identity=(Policy("old", plain),))
    assert not allowed(ask(AS_USER, resource=f"{BUCKET}/ann/x", aws__username="ann"), own)
    assert allowed(ask(AS_USER, resource=f"{BUCKET}/${{aws:username}}/x", aws__username="ann"), own)
    assert not allowed(ask(AS_USER, resource=f"{BUCKET}/ann/x", aws__username="*"), own)


def test_condition_keys_are_compared_without_case() -> None:
    secure = identity(allow(Condition={"Bool": {"AWS:securetransport": "true"}}))
    assert allowed(ask(AS_USER, aws__SecureTransport="true"), secure)
    assert not allowed(ask(AS_USER, aws__SecureTransport="false"), secure)


def test_nothing_is_allowed_that_nobody_allows() -> None:
    decision = evaluate(ask(AS_USER), Policies())
    assert decision == Decision(Effect.IMPLICIT_DENY, "identity")
    assert decision.because(GET) == "because no identity-based policy allows the s3:GetObject action"


@pytest.mark.parametrize("place", ["identity", "boundary", "session", "resource"])
def test_an_explicit_deny_wins_wherever_it_is(place: str) -> None:
    wide, no = policy(allow()), policy(allow(), deny(GET, Sid="No"), name="no")
    guard = policy(allow(Principal="*"), deny(GET, Sid="No", Principal="*"), name="no")
    policies = Policies(
        identity=(no,) if place == "identity" else (wide,),
        boundary=no if place == "boundary" else wide,
        session=no if place == "session" else wide,
        resource=(guard,) if place == "resource" else (policy(allow(Principal="*")),),
    )
    decision = evaluate(ask(AS_ROLE), policies)
    assert (decision.effect, decision.role, decision.policy) == (Effect.EXPLICIT_DENY, place, "no")
    assert (decision.sid, decision.index) == ("No", 1)
    assert decision.because(GET).startswith("with an explicit deny in a")


@pytest.mark.parametrize(("missing", "role"), [("boundary", "boundary"), ("session", "session")])
def test_boundary_and_session_policy_limit_the_identity(missing: str, role: str) -> None:
    limits: dict[str, Any] = {missing: policy(allow("sqs:*"))}
    decision = evaluate(ask(AS_ROLE), identity(allow(), **limits))
    assert (decision.effect, decision.role) == (Effect.IMPLICIT_DENY, role)
    assert allowed(ask(AS_ROLE, "sqs:SendMessage", "*"), identity(allow(), **limits))


def test_a_boundary_gives_nothing_by_itself() -> None:
    assert not allowed(ask(AS_ROLE), Policies(boundary=policy(allow()), session=policy(allow())))


@pytest.mark.parametrize(
    ("caller", "principal", "alone", "under_a_boundary"),
    [
        (AS_USER, {"AWS": USER}, True, True),
        (AS_ROLE, {"AWS": SESSION}, True, True),
        (AS_ROLE, {"AWS": ROLE}, True, False),
        (AS_ROLE, "*", True, True),
        (AS_ROLE, {"AWS": "*"}, True, True),
        (AS_ROLE, {"AWS": ROOT}, False, False),
        (AS_ROLE, {"AWS": OWN}, False, False),
        (AS_ROLE, {"AWS": USER}, False, False),
        (AS_ROLE, {"Service": "sns.amazonaws.com"}, False, False),
        (AS_ROLE, {"CanonicalUser": "0" * 64}, False, False),
        (FEDERATED, {"Federated": "accounts.example.com"}, True, True),
        (FEDERATED, {"Federated": "accounts.elsewhere.com"}, False, False),
    ],
)
def test_within_an_account_a_resource_policy_grants_by_how_it_names_the_caller(
    caller: Caller, principal: Any, alone: bool, under_a_boundary: bool
) -> None:
    narrow = policy(allow("sqs:*"))
    assert allowed(ask(caller), guarded(allow(Principal=principal))) is alone
    assert allowed(ask(caller), guarded(allow(Principal=principal), boundary=narrow)) is under_a_boundary
    assert allowed(ask(caller), guarded(allow(Principal=principal), session=narrow)) is under_a_boundary


@pytest.mark.parametrize("principal", [{"AWS": ROLE}, {"AWS": SESSION}, {"AWS": ROOT}, {"AWS": OWN}, "*"])
def test_across_accounts_both_sides_must_allow(principal: Any) -> None:
    request = ask(AS_ROLE, owner=OTHER)
    guard = policy(allow(Principal=principal))
    assert allowed(request, identity(allow(), resource=(guard,)))
    assert not allowed(request, identity(allow()))
    assert not allowed(request, identity(allow("sqs:*"), resource=(guard,)))
    assert not allowed(request, identity(allow(), resource=(guard,), boundary=policy(allow("sqs:*"))))
    assert not allowed(request, identity(allow(), resource=(guard,), session=policy(allow("sqs:*"))))


def test_across_accounts_the_resource_must_name_the_caller() -> None:
    elsewhere = policy(allow(Principal={"AWS": f"arn:aws:iam::{OWN}:role/reader"}))
    decision = evaluate(ask(AS_ROLE, owner=OTHER), identity(allow(), resource=(elsewhere,)))
    assert decision.because(GET) == "because no resource-based policy allows the s3:GetObject action"


def test_root_may_do_everything_at_home_but_what_a_resource_denies() -> None:
    assert allowed(ask(AS_ROOT), Policies())
    assert not allowed(ask(AS_ROOT), guarded(deny(GET, Principal="*")))
    assert not allowed(ask(AS_ROOT, owner=OTHER), Policies())
    assert allowed(ask(AS_ROOT, owner=OTHER), guarded(allow(Principal={"AWS": OWN})))


@pytest.mark.parametrize("caller", [AS_SERVICE, AS_NOBODY])
def test_services_and_strangers_have_the_resource_policy_alone(caller: Caller) -> None:
    assert not allowed(ask(caller), identity(allow()))
    assert allowed(ask(caller), guarded(allow(Principal="*")))
    assert not allowed(ask(caller), guarded(allow(Principal={"AWS": [ROLE, OWN]})))


def test_a_service_is_let_in_by_name_and_on_behalf_of_whom() -> None:
    condition = {
        "ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-3:222222222222:logs"},
        "StringEquals": {"aws:SourceAccount": OTHER},
    }
    guard = guarded(allow(Principal={"Service": "sns.amazonaws.com"}, Condition=condition))
    source = {"aws__SourceArn": "arn:aws:sns:eu-west-3:222222222222:logs", "aws__SourceAccount": OTHER}
    assert allowed(ask(AS_SERVICE, **source), guard)
    assert not allowed(ask(AS_SERVICE, **{**source, "aws__SourceAccount": OWN}), guard)
    assert not allowed(ask(AS_SERVICE), guard)
    assert not allowed(ask(Caller("service", services=frozenset({"s3.amazonaws.com"})), **source), guard)


@pytest.mark.parametrize("caller", [AS_ROLE, AS_ROOT])
def test_a_key_policy_must_take_part_even_at_home(caller: Caller) -> None:
    """KMS guide, "Default key policy": without the account in it, not even root can use a key."""
    own = identity(allow(), resource_decides=True)
    assert not allowed(ask(caller, "kms:Decrypt"), own)
    delegating = policy(allow("kms:*", Principal={"AWS": ROOT}))
    assert allowed(
        ask(caller, "kms:Decrypt"), identity(allow(), resource=(delegating,), resource_decides=True)
    )


def test_a_key_policy_that_names_the_account_leaves_the_decision_to_iam() -> None:
    delegating = guarded(allow("kms:*", Principal={"AWS": ROOT}), resource_decides=True)
    assert not allowed(ask(AS_ROLE, "kms:Decrypt"), delegating)
    named = guarded(allow("kms:Decrypt", Principal={"AWS": ROLE}), resource_decides=True)
    assert allowed(ask(AS_ROLE, "kms:Decrypt"), named)


@pytest.mark.parametrize(
    ("trusted", "own", "answer"),
    [
        ({"AWS": ROLE}, (), True),
        ({"AWS": ROOT}, (), False),
        ({"AWS": ROOT}, (allow("sts:AssumeRole"),), True),
        ({"AWS": USER}, (allow("sts:AssumeRole"),), False),
    ],
)
def test_a_trust_policy_must_take_part(trusted: Any, own: tuple[Any, ...], answer: bool) -> None:
    trust = policy(allow("sts:AssumeRole", None, Principal=trusted))
    policies = identity(*own, resource=(trust,), resource_type="trust", resource_decides=True)
    request = ask(AS_ROLE, "sts:AssumeRole", f"arn:aws:iam::{OWN}:role/target")
    assert allowed(request, policies) is answer


def test_a_trust_policy_may_ask_for_an_external_id() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret"}}
    trust = policy(allow("sts:AssumeRole", None, Principal={"AWS": ROLE}, Condition=condition))
    policies = Policies(resource=(trust,), resource_type="trust", resource_decides=True)
    target = f"arn:aws:iam::{OWN}:role/target"
    assert allowed(ask(AS_ROLE, "sts:AssumeRole", target, sts__ExternalId="secret"), policies)
    assert not allowed(ask(AS_ROLE, "sts:AssumeRole", target), policies)
    decision = evaluate(ask(AS_ROLE, "sts:AssumeRole", target, sts__ExternalId="other"), policies)
    assert decision.because("sts:AssumeRole").startswith("because no role trust policy allows")


@pytest.mark.parametrize(
    ("caller", "exempt", "spared"),
    [
        (AS_USER, {"AWS": [USER, ROOT]}, True),
        (AS_USER, {"AWS": [USER]}, False),
        (AS_USER, {"AWS": [ROOT]}, False),
        (AS_ROLE, {"AWS": [ROLE, SESSION, OWN]}, True),
        (AS_ROLE, {"AWS": [ROLE, OWN]}, False),
        (AS_ROOT, {"AWS": [ROOT]}, True),
        (AS_ROOT, {"AWS": [OWN]}, True),
        (AS_NOBODY, "*", True),
        (AS_USER, {"AWS": "*"}, True),
        (AS_SERVICE, {"Service": "sns.amazonaws.com"}, True),
        (AS_SERVICE, {"Service": "s3.amazonaws.com"}, False),
        (AS_NOBODY, {"AWS": [ROOT]}, False),
    ],
)
def test_not_principal_spares_only_whom_it_names_in_full(caller: Caller, exempt: Any, spared: bool) -> None:
    """IAM User Guide, "NotPrincipal": account, role and session must all be listed."""
    guard = guarded(allow(Principal="*"), deny(NotPrincipal=exempt))
    assert allowed(ask(caller), guard) is spared


def test_an_allow_with_not_principal_gives_to_all_others() -> None:
    guard = guarded(allow(NotPrincipal={"AWS": USER}))
    assert not allowed(ask(AS_USER), guard)
    assert allowed(ask(AS_ROLE), guard)


def test_break_glass_goes_by_the_role_and_not_by_the_session() -> None:
    guard = guarded(deny("s3:Delete*", Principal="*", Condition={"ArnNotEquals": {"aws:PrincipalArn": ROLE}}))
    own = Policies(identity=(policy(allow()),), resource=guard.resource)
    inside = ask(AS_ROLE, "s3:DeleteObject", aws__PrincipalArn=AS_ROLE.principal_arn)
    outside = ask(AS_USER, "s3:DeleteObject", aws__PrincipalArn=AS_USER.principal_arn)
    assert allowed(inside, own)
    assert not allowed(outside, own)


def test_a_policy_that_cannot_be_read_is_an_error_and_no_answer() -> None:
    with pytest.raises(MalformedPolicy):
        evaluate(ask(AS_USER), Policies(identity=(Policy("broken", "{}"),)))
