"""Access over REST: who can touch the logs of a source, decided from stored policy documents; no GET ever asks AWS."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from service import queries
from service.exposure import NOT_SEEN
from service.exposure.acts import Act
from service.exposure.principals import Principal
from service.exposure.report import Verdict
from service.exposure.stored import Basis, Stored, stored
from service.exposure.why import statements, why
from service.models import Source

from .deps import SIGNED_IN, CallerDep, EnvironmentsDep, SessionDep

router = APIRouter(prefix="/v1/sources", tags=["access"], dependencies=[SIGNED_IN])


class PrincipalView(BaseModel):
    """Somebody who is asked about. `assumed`: what its own account lets it do is not known, and taken to be everything."""

    id: str
    title: str
    side: str
    arn: str | None
    assumed: bool


class ActionView(BaseModel):
    """Something that could be done to a thing of this source."""

    id: str
    title: str
    thing: str
    family: str
    action: str
    resource: str


class StatementView(BaseModel):
    """A statement that took part in a decision, by the policy it is in and its Sid."""

    policy: str
    statement: str


class DecisionView(BaseModel):
    """One principal, one action. `intended`: it is meant to be allowed."""

    principal: str
    action: str
    allowed: bool
    intended: bool
    effect: str
    statements: list[StatementView]
    why: str


class AccessView(BaseModel):
    """The whole report. `decisions` has one entry for each of `principals` and each of `actions`."""

    basis: Basis
    generation: int
    applied_at: datetime | None
    checked_at: datetime | None
    widened: bool
    principals: list[PrincipalView]
    actions: list[ActionView]
    decisions: list[DecisionView]
    not_seen: list[str]


@router.get("/{source_id}/access")
def access(
    session: SessionDep,
    _: CallerDep,
    environments: EnvironmentsDep,
    source_id: str,
    basis: Annotated[
        Basis, Query(description="The policies as applied, or as the last check found them.")
    ] = "found",
) -> AccessView:
    """Who can do what to this source's logs, its key, its copy and its announcements, and by which statement."""
    row = queries.source(session, source_id)
    checkpoint = queries.checkpoint(session, row)
    return _view(row, stored(row, environments.find(row.environment), checkpoint, basis))


def _view(row: Source, found: Stored) -> AccessView:
    decisions = [
        _decision(principal, act, found.report.verdicts[principal.id, act.id], found)
        for principal in found.report.principals
        for act in found.report.acts
    ]
    return AccessView(
        basis=found.basis,
        generation=row.stack.get("generation", 0),
        applied_at=row.stack.get("updated_at"),
        checked_at=row.drift.get("checked_at"),
        widened=any(each.allowed and not each.intended for each in decisions),
        principals=[_principal(each) for each in found.report.principals],
        actions=[_action(each) for each in found.report.acts],
        decisions=decisions,
        not_seen=list(NOT_SEEN),
    )


def _principal(each: Principal) -> PrincipalView:
    arn = each.caller.principal_arn or None
    return PrincipalView(id=each.id, title=each.title, side=each.side, arn=arn, assumed=each.assumed)


def _action(act: Act) -> ActionView:
    fields: dict[str, Any] = {name: getattr(act, name) for name in ActionView.model_fields}
    return ActionView(**fields)


def _decision(principal: Principal, act: Act, verdict: Verdict, found: Stored) -> DecisionView:
    told = [StatementView(policy=policy, statement=sid) for policy, sid in statements(verdict.decision)]
    return DecisionView(
        principal=principal.id,
        action=act.id,
        allowed=verdict.allowed,
        intended=found.intended.allows(principal, act.id),
        effect=verdict.decision.effect.value,
        statements=told,
        why=why(act, verdict),
    )
