"""May the deploy roles do what this version needs? Asked of IAM's simulator, which does nothing (SimulatePrincipalPolicy).

What is needed is what the bootstrap of this version would grant: a role that was made by an older one is found out
before half a pipeline stands. Patterns are asked by the names of this source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from programs.deploy.documents import deploy_permissions
from programs.deploy.proofs import PROOF_STREAM
from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement
from programs.finding import Finding
from programs.names import ROLE_PATH, Names, role_arn
from programs.spec import OWN_LOG_GROUPS
from service.deploy_roles import Side, account_of, deploy_spec

from .view import View, error

_SHOWN = 5
"""Actions that a message names."""


@dataclass(frozen=True)
class Question:
    """One call of the simulator."""

    actions: tuple[str, ...]
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def production(view: View) -> Iterator[Finding]:
    """The deploy role of the production account."""
    yield from _side(view, "production", view.production("iam"))


def log(view: View) -> Iterator[Finding]:
    """The deploy role of the log account."""
    yield from _side(view, "log", view.log("iam"))


def _side(view: View, side: Side, iam: Any) -> Iterator[Finding]:
    spec = deploy_spec(view.environment, side, principal="")
    account = account_of(view.environment, side)
    denied: list[str] = []
    for question in questions(spec, view.names):
        denied += _denied(iam, account.role_arn, question)
    if denied:
        shown, more = sorted(set(denied))[:_SHOWN], len(set(denied)) - _SHOWN
        rest = f" and {more} more" if more > 0 else ""
        yield error(
            "permission_missing",
            "/environment",
            f"The deploy role of the {side} account may not {', '.join(shown)}{rest}.",
            "Run `logflume bootstrap` again: it gives the role what this version needs.",
        )


def _denied(iam: Any, role: str, question: Question) -> list[str]:
    context = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in question.context
    ]
    where = {} if question.resource == "*" else {"ResourceArns": [question.resource]}
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=list(question.actions), ContextEntries=context, **where
    )
    return [
        str(result["EvalActionName"])
        for result in answer["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
    ]


def questions(spec: BootstrapSpec, names: Names) -> list[Question]:
    """What there is to ask about one side; a statement about things that this source has none of asks nothing."""
    asked: list[Question] = []
    for document in deploy_permissions(spec).values():
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                asked += _of(statement, _things(spec.side, names))
    return asked


def _of(statement: Statement, things: Sequence[str]) -> Iterator[Question]:
    actions = tuple(action for action in statement["Action"] if "*" not in action)
    context = tuple(_context(statement.get("Condition", {})))
    patterns = statement["Resource"]
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        thing = pattern if "*" not in pattern else _first(pattern, things)
        if actions and thing is not None:
            yield Question(actions, thing, context)


def _first(pattern: str, things: Sequence[str]) -> str | None:
    if pattern == "*":
        return "*"
    return next((thing for thing in things if fnmatchcase(thing, pattern)), None)


def _context(conditions: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A value for each key that makes the condition true: the first that it names, patterns filled in."""
    for values in conditions.values():
        for key, value in values.items():
            yield key, (value if isinstance(value, str) else value[0]).replace("*", "x")


def _things(side: str, names: Names) -> list[str]:
    """What a source is made of on one side, by ARN."""
    if side == "production":
        here = f"{names.production_region}:{names.production_account}"
        logs = f"arn:aws:logs:{here}:log-group:"
        return [
            names.stream_arn,
            f"arn:aws:cloudwatch:{here}:alarm:{names.alarm_prefix}late",
            f"arn:aws:sns:{here}:{names.alarm_topic}",
            names.trail_arn,
            names.rule_arn,
            f"{logs}{OWN_LOG_GROUPS}{names.environment}/{names.label}:log-stream:",
            f"{logs}any:log-stream:",
            f"{logs}any:log-stream:{PROOF_STREAM}",
            role_arn(names.production_account, names.firehose_role),
        ]
    key = f"arn:aws:kms:{names.log_region}:{names.log_account}"
    return [
        names.bucket_arn,
        names.replica_arn,
        names.topic_arn,
        f"arn:aws:cloudwatch:{names.log_region}:{names.log_account}:alarm:{names.alarm_prefix}silent",
        names.proof_queue_arn,
        role_arn(names.log_account, names.replication_role),
        f"{key}:key/11111111-2222-3333-4444-555555555555",
        f"{key}:{names.key_alias}",
        f"arn:aws:iam::{names.log_account}:role{ROLE_PATH}{names.label}",
    ]
