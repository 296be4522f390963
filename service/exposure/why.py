"""A verdict in words. Pure."""

from __future__ import annotations

from service.access.evaluator import Decision, Effect
from service.exposure.acts import Act
from service.exposure.report import Verdict


def why(act: Act, verdict: Verdict) -> str:
    """Why this came out, in one sentence."""
    if verdict.unreadable:
        return f"A policy cannot be read, so nothing can be ruled out: {verdict.unreadable}."
    decision = verdict.decision
    if decision.effect is Effect.EXPLICIT_DENY:
        return f"{_statement(decision)} denies it, whatever else allows it."
    if decision.allowed:
        return _allowed(decision)
    return _missing(act, decision)


def statements(decision: Decision) -> list[tuple[str, str]]:
    """The policies and the statements in them that decided, the caller's own first; none where nothing allows."""
    found = [decision] if decision.policy is not None else []
    if decision.grant is not None and decision.grant.policy is not None:
        found.append(decision.grant)
    return [(str(each.policy), each.sid or f"number {(each.index or 0) + 1}") for each in found]


def _allowed(decision: Decision) -> str:
    if decision.policy is None:
        own = "The root of an account may do there what no policy denies"
        return f"{own}, and {_statement(decision.grant)} lets it in." if decision.grant else f"{own}."
    if decision.grant is None:
        return f"{_statement(decision)} allows it."
    return f"{_statement(decision)} allows it, and {_statement(decision.grant)} lets it in."


def _missing(act: Act, decision: Decision) -> str:
    match decision.role:
        case "identity":
            return "None of its own policies allows it."
        case "boundary":
            return "Its permissions boundary does not leave it that, whatever its own policies say."
        case "trust":
            return f"The {act.guard.name} lets nobody like it." if act.guard else "Nobody may take it."
        case None:
            return "The root of an account can take no role."
    if act.guard is not None:
        return f"No statement of the {act.guard.name} lets it in."
    return "Nothing lets anybody in from outside the account."


def _statement(decision: Decision) -> str:
    [(policy, sid), *_] = statements(decision)
    return (
        f"{sid} in the {policy}" if not policy.startswith("its own") else f"What it may do of its own ({sid})"
    )
