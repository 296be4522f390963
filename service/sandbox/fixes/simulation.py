"""IAM: what a role or user may do, asked of the same evaluator that decides every call.

Source: SimulatePrincipalPolicy and EvaluationResult of the IAM API reference: one result an action, the strictest of its
resources, with each of them beside it; identity policies and the boundary are looked at, policies of resources are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from service.access.document import MalformedPolicy
from service.access.evaluator import Decision, Effect, Policies, evaluate
from service.access.request import Caller, Request
from service.sandbox.call import Principal
from service.sandbox.fixes import adds
from service.sandbox.policies import identity_policies, role_of, user_of

_WORDS = {
    Effect.ALLOW: "allowed",
    Effect.IMPLICIT_DENY: "implicitDeny",
    Effect.EXPLICIT_DENY: "explicitDeny",
}
_STRICTNESS = ("allowed", "implicitDeny", "explicitDeny")


@adds(IamResponse, "simulate_principal_policy")
def _simulate_principal_policy(self: Any) -> ActionResult:
    principal = _principal(str(self._get_param("PolicySourceArn")))
    resources = self._get_param("ResourceArns") or ["*"]
    entries = self._get_param("ContextEntries") or []
    context = {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in entries}
    results = [
        _result(action, {arn: _decide(principal, action, arn, context) for arn in resources})
        for action in self._get_param("ActionNames")
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _principal(arn: str) -> Principal:
    account = arn.split(":")[4]
    if role_of(arn) is not None:
        return Principal("role", account, arn, role_arn=arn)
    if ":user/" in arn and user_of(arn) is not None:
        return Principal("user", account, arn)
    raise NotFoundException(f"The ARN {arn} was not found.")


def _decide(principal: Principal, action: str, resource: str, context: dict[str, list[str]]) -> Decision:
    identity, boundary = identity_policies(principal)
    caller = Caller(principal.kind, principal.account, principal.arn, principal.role_arn)
    known: dict[str, str | list[str]] = {
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalAccount": principal.account,
        **context,
    }
    request = Request(caller, action, resource, principal.account, known)
    try:
        return evaluate(request, Policies(identity, boundary))
    except MalformedPolicy:
        return Decision(Effect.IMPLICIT_DENY, "identity")


def _result(action: str, decisions: dict[str, Decision]) -> dict[str, Any]:
    words = {arn: _WORDS[decision.effect] for arn, decision in decisions.items()}
    return {
        "EvalActionName": action,
        "EvalResourceName": next(iter(decisions)),
        "EvalDecision": max(words.values(), key=_STRICTNESS.index),
        "MatchedStatements": _matched(decisions.values()),
        "MissingContextValues": [],
        "ResourceSpecificResults": [
            {
                "EvalResourceName": arn,
                "EvalResourceDecision": word,
                "MatchedStatements": _matched([decisions[arn]]),
            }
            for arn, word in words.items()
        ],
    }


def _matched(decisions: Iterable[Decision]) -> list[dict[str, str]]:
    return [{"SourcePolicyId": d.policy, "SourcePolicyType": "IAM Policy"} for d in decisions if d.policy]
