"""What the API answers with. Rows become these and nothing else, so no column gets out by accident."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from programs.finding import Finding
from service.environments import Environment
from service.models import Generation, Operation, OperationEvent, Source

Json = dict[str, Any]


class OperationRef(BaseModel):
    """The operation to look at now."""

    id: str
    kind: str
    state: str
    waiting_for: str | None


class Status(BaseModel):
    """What was last seen of a source."""

    observed_generation: int
    phase: str
    conditions: list[Json]
    last_delivery_at: datetime | None = None
    """When the newest object came into the store, as far as that was seen."""
    last_proof: Json | None = None
    """The newest verify that ended: at, proved, seconds, legs, message, operation_id."""
    operation: OperationRef | None


class SourceView(BaseModel):
    """A source: the wish, and its status."""

    id: str
    name: str
    environment: str
    kind: str
    team: str
    spec: Json
    generation: int
    drift_policy: Json
    suspended: bool
    status: Status
    created_at: datetime
    updated_at: datetime
    created_by: str


class SourcePage(BaseModel):
    """A part of the list of sources."""

    items: list[SourceView]
    next_cursor: str | None


class FindingView(BaseModel):
    """Something to know about a wish before it is stored."""

    severity: str
    code: str
    field: str
    message: str
    hint: str


class OperationView(BaseModel):
    """An operation; lists leave the plan out."""

    id: str
    source_id: str
    kind: str
    state: str
    generation: int
    requested_by: str
    approved_by: str | None
    reason: str
    waiting_for: str | None
    attempt: int
    changes: Json | None
    plan: list[Json] | None = None
    fingerprint: str | None
    error: Json | None
    findings: list[FindingView] | None = None
    """What was seen in the accounts before it began."""
    proof: Json | None = None
    """Of a verify: proved, sent_at, seconds, and the legs with name, state, seconds and where."""
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class OperationPage(BaseModel):
    """A part of the list of operations, newest first."""

    items: list[OperationView]
    next_cursor: str | None


class EventView(BaseModel):
    """One line of an operation's story."""

    id: int
    at: datetime
    name: str
    message: str
    data: Json


class EventList(BaseModel):
    """An operation's story so far."""

    items: list[EventView]


class GenerationView(BaseModel):
    """One version of a wish."""

    generation: int
    spec: Json
    drift_policy: Json
    desired: str
    reason: str
    created_at: datetime
    created_by: str


class GenerationList(BaseModel):
    """Every version of a wish, newest first."""

    items: list[GenerationView]


class FindingList(BaseModel):
    """What a dry run found; without an ERROR the wish would be taken."""

    findings: list[FindingView]


class AccountView(BaseModel):
    """One account of an environment; how its role is assumed stays here."""

    account_id: str
    region: str


class ConsumerView(BaseModel):
    """Who is told of new objects. Its external id stays here: it is for the consumer's own configuration."""

    name: str
    type: str
    principal: str


class SourceConsumerView(BaseModel):
    """A consumer of one source; what is not built yet is null."""

    name: str
    type: str
    status: Literal["ready", "pending", "leaving"]
    queue_url: str | None
    queue_arn: str | None
    dead_letters_url: str | None
    role_arn: str | None
    text: str | None
    """Where its configuration is, ready to paste."""


class ConsumerList(BaseModel):
    """The consumers of one source, by name, and every type that there could be."""

    items: list[SourceConsumerView]
    types: list[str]


class EnvironmentView(BaseModel):
    """A configured environment, without its secrets."""

    name: str
    production: AccountView
    log: AccountView
    replica_region: str | None
    readers: list[str]
    consumers: list[ConsumerView]
    teams: dict[str, Json]
    defaults: Json
    drift_policy: Json


def source_view(source: Source, operation: Operation | None) -> SourceView:
    """A source as it is shown."""
    ref = None
    if operation is not None:
        ref = OperationRef(
            id=operation.id, kind=operation.kind, state=operation.state, waiting_for=operation.waiting_for
        )
    status = Status(
        observed_generation=source.observed_generation,
        phase=source.phase,
        conditions=source.conditions,
        last_delivery_at=source.last_delivery_at,
        last_proof=source.last_proof,
        operation=ref,
    )
    return SourceView(**_fields(source, SourceView, "status"), status=status)


def operation_view(operation: Operation, *, with_plan: bool = True) -> OperationView:
    """An operation as it is shown."""
    return OperationView(
        **_fields(operation, OperationView, "plan", "proof"),
        plan=operation.plan if with_plan else None,
        proof=operation.progress.get("proof"),
    )


def event_view(event: OperationEvent) -> EventView:
    """A line as it is shown; its number is the SSE id."""
    return EventView(id=event.seq, at=event.at, name=event.name, message=event.message, data=event.data)


def generation_view(generation: Generation) -> GenerationView:
    """A version of a wish as it is shown."""
    return GenerationView(**_fields(generation, GenerationView))


def finding_view(finding: Finding) -> FindingView:
    """A finding as it is shown."""
    return FindingView(**_fields(finding, FindingView))


def environment_view(environment: Environment) -> EnvironmentView:
    """An environment without role ARNs and external ids."""
    accounts = {
        side: AccountView(account_id=account.account_id, region=account.region)
        for side, account in (("production", environment.production), ("log", environment.log))
    }
    return EnvironmentView(
        name=environment.name,
        production=accounts["production"],
        log=accounts["log"],
        replica_region=environment.replica_region,
        readers=list(environment.readers),
        consumers=[ConsumerView(**_fields(consumer, ConsumerView)) for consumer in environment.consumers],
        teams={name: limits.model_dump(mode="json") for name, limits in environment.teams.items()},
        defaults=environment.defaults,
        drift_policy=environment.drift_policy.model_dump(mode="json"),
    )


def _fields(row: Any, view: type[BaseModel], *left_out: str) -> Json:
    return {name: getattr(row, name) for name in view.model_fields if name not in left_out}
