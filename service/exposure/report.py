"""Every principal's every act: allowed or denied, by which statement, and why in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.access.document import MalformedPolicy
from service.access.evaluator import Decision, Effect, Policies, evaluate
from service.access.request import Request
from service.access.standing import keys_of, owner_keeps
from service.exposure.acts import Act, acts_of
from service.exposure.documents import Documents
from service.exposure.named import named
from service.exposure.principals import Principal, principals_of
from service.exposure.setting import Setting
from service.exposure.words import PLAIN, Words, words_of


@dataclass(frozen=True)
class Verdict:
    """What came out for one principal and one act. A policy that cannot be read rules nothing out: then `allowed`."""

    allowed: bool
    decision: Decision
    words: Words = PLAIN
    """How it was asked."""
    unreadable: str = ""


@dataclass(frozen=True)
class Report:
    """Who can touch the logs of a source, by one set of documents."""

    principals: tuple[Principal, ...]
    acts: tuple[Act, ...]
    verdicts: Mapping[tuple[str, str], Verdict]
    """By the ids of principal and act."""

    def allowed(self) -> Iterator[tuple[Principal, Act, Verdict]]:
        """Everything that somebody may do."""
        for principal in self.principals:
            for act in self.acts:
                verdict = self.verdicts[principal.id, act.id]
                if verdict.allowed:
                    yield principal, act, verdict


def report(setting: Setting, documents: Documents) -> Report:
    """Ask the evaluator everything. Takes a fraction of a second."""
    known = principals_of(setting, documents)
    principals = (*known, *named(setting, documents, known))
    acts = tuple(acts_of(setting, documents))
    verdicts = {(principal.id, act.id): judge(principal, act) for principal in principals for act in acts}
    return Report(principals, acts, verdicts)


def judge(principal: Principal, act: Act) -> Verdict:
    """Whether the principal may, in whatever words it asks; a denial is told of the plain question."""
    if act.action == "sts:AssumeRole" and principal.caller.kind == "root":
        # "You cannot use root user credentials to call AssumeRole" (AssumeRole, STS API reference).
        return Verdict(False, Decision(Effect.IMPLICIT_DENY))
    try:
        plain = Verdict(False, _decide(principal, act, PLAIN))
        for words in _ways(principal, act):
            decision = plain.decision if words == PLAIN else _decide(principal, act, words)
            if decision.allowed:
                return Verdict(True, decision, words)
    except MalformedPolicy as broken:
        return Verdict(True, Decision(Effect.ALLOW), unreadable=str(broken))
    return plain


def _ways(principal: Principal, act: Act) -> dict[Words, None]:
    """The plain question first, then what fits the Allows of the thing's policy and of the principal's own."""
    within = act.resource.partition("/")[0] if act.inside else None
    ways = {PLAIN: None}
    if act.guard is not None:
        kind = "trust" if act.action == "sts:AssumeRole" else "resource"
        ways |= dict.fromkeys(words_of(act.guard.text, kind, act.action, within))
    for policy in principal.identity:
        ways |= dict.fromkeys(words_of(policy.text, "identity", act.action, within))
    return ways


def _decide(principal: Principal, act: Act, words: Words) -> Decision:
    caller, trust = principal.caller, act.action == "sts:AssumeRole"
    if owner_keeps(caller, act.action, act.account):
        return Decision(Effect.ALLOW)
    context = {
        "aws:SecureTransport": "true",
        "aws:ResourceAccount": act.account,
        **keys_of(caller, act.action),
        **dict(act.context),
        **dict(words.context),
        **principal.context,
    }
    return evaluate(
        Request(caller, act.action, words.resource or act.resource, act.account, context),
        Policies(
            identity=principal.identity,
            boundary=principal.boundary,
            resource=() if act.guard is None else (act.guard,),
            resource_type="trust" if trust else "resource",
            resource_decides=trust or act.action.startswith("kms:"),
        ),
    )
