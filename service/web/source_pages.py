"""One source: what was asked for, what there is, what is going on, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import queries, sources
from service.auth import Caller
from service.consumers import PRODUCTS, listing, render
from service.environments import Environments
from service.errors import BadRequest
from service.models import Source, now

from . import forms, offers, policies, words
from .deps import CallerDep, EnvironmentsDep, FormDep, OwnForm, transaction
from .operation_pages import story
from .render import PageRoute, page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sources/{source_id}")
def source(request: Request, source_id: str, caller: CallerDep, environments: EnvironmentsDep) -> Response:
    """The whole page: the wish, and the live part."""
    with transaction(request) as session:
        return page(request, "source.html", **_shown(session, caller, environments, source_id))


@router.get("/sources/{source_id}/live")
def live(
    request: Request, source_id: str, caller: CallerDep, environments: EnvironmentsDep, seen: str = ""
) -> Response:
    """The live part alone. 204 while nothing has changed, so that what is being read is not redrawn."""
    with transaction(request) as session:
        shown = _shown(session, caller, environments, source_id)
    if seen == shown["seen"]:
        return Response(status_code=204)
    return page(request, "source_live.html", **shown)


@router.post("/sources/{source_id}/operations")
def operate(request: Request, source_id: str, caller: CallerDep, form: FormDep) -> Response:
    """Apply, check, repair or prove now."""
    return _then(
        request, source_id, lambda session: sources.ask(session, caller, source_id, form.get("kind", ""))
    )


@router.get("/sources/{source_id}/retire")
def confirm(request: Request, source_id: str, caller: CallerDep) -> Response:
    """What retiring means, before it happens."""
    with transaction(request) as session:
        row = queries.source(session, source_id)
    caller.must("write", row.team)
    return page(request, "source_retire.html", source=row, version=sources.etag(row))


@router.post("/sources/{source_id}/retire")
def retire(request: Request, source_id: str, caller: CallerDep, form: FormDep) -> Response:
    """Stop shipping; what was collected stays."""
    version = form.get("version")
    return _then(request, source_id, lambda session: sources.retire(session, caller, source_id, version))


@router.post("/sources/{source_id}/restore", dependencies=[OwnForm])
def restore(request: Request, source_id: str, caller: CallerDep, environments: EnvironmentsDep) -> Response:
    """Ship again, into the same store."""
    return _then(
        request, source_id, lambda session: sources.restore(session, caller, environments, source_id)
    )


@router.post("/sources/{source_id}/rollback")
def rollback(
    request: Request, source_id: str, caller: CallerDep, form: FormDep, environments: EnvironmentsDep
) -> Response:
    """Make an older wish the new one."""
    asked = form.get("generation", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise BadRequest("The generation to go back to is a number.")
    return _then(
        request,
        source_id,
        lambda session: sources.rollback(session, caller, environments, source_id, int(asked)),
    )


@router.get("/sources/{source_id}/consumers/{consumer}")
def paste(request: Request, source_id: str, consumer: str, _: CallerDep) -> Response:
    """The configuration for one consumer, to copy; the source's page takes the text alone out of it."""
    with transaction(request) as session:
        row = queries.source(session, source_id)
        found = listing.reading(row, consumer)
    product = PRODUCTS[found.type]
    return page(request, "paste.html", source=row, reading=found, product=product, text=render(found))


def _then(request: Request, source_id: str, use_case: Callable[[Session], object]) -> Response:
    """Run one use case in its own transaction and show the source."""
    with transaction(request) as session:
        use_case(session)
    return RedirectResponse(f"/sources/{source_id}", status_code=303)


def _shown(session: Session, caller: Caller, environments: Environments, source_id: str) -> dict[str, Any]:
    row = queries.source(session, source_id)
    operations = queries.operations_page(session, queries.OperationFilters(source=source_id), 10).items
    operation = queries.current_operations(session, [source_id]).get(source_id)
    told = story(session, operation) if operation else {}
    busy = operation is not None and operation.finished_at is None
    return {
        "source": row,
        "operations": operations,
        "operation": operation,
        "told": told,
        "next_look": policies.next_look(row, now()),
        "busy": busy,
        "polling": busy and operation is not None and operation.state != "awaiting_approval",
        "seen": _seen(row, operation, told),
        "conditions": _told_once(row.conditions),
        "chosen": offers.of(row),
        "wish": forms.told(offers.of(row).schema, row.spec),
        "outputs": words.outputs(row.stack.get("outputs", {})),
        "consumers": listing.listed(row, environments.find(row.environment)),
        "accounts": _by_account(row, environments),
        "generations": queries.generations(session, source_id)[:10],
        "may": _may(caller, row, busy=busy),
    }


def _told_once(conditions: list[dict[str, Any]]) -> list[tuple[words.Badge, str]]:
    """Each condition in words with its message, unless one before it has said the same."""
    told: list[tuple[words.Badge, str]] = []
    for condition in conditions:
        badge, message = words.condition(condition), str(condition.get("message", ""))
        if badge is not None:
            told.append((badge, "" if message in [m for _, m in told] else message))
    return told


def _seen(row: Source, operation: Any, told: dict[str, Any]) -> str:
    """Names what the live part shows: it moves whenever that would look different."""
    state = f"{operation.id}.{operation.state}.{operation.waiting_for or ''}" if operation else ""
    return f"{row.generation}.{row.observed_generation}.{row.phase}.{state}.{told.get('last', 0)}".replace(
        " ", "-"
    )


def _may(caller: Caller, row: Source, *, busy: bool) -> dict[str, bool]:
    """The buttons that would work for this caller, on a source in this state."""
    write, operate = caller.may("write", row.team), caller.may("operate", row.team)
    active, retired = row.desired == "active", row.desired == "retired"
    return {
        "apply": operate and active,
        "check": operate and (active or retired),
        "repair": operate and (active or retired),
        "verify": operate and active and row.observed_generation > 0,
        "change": write and active,
        "retire": write and active,
        "restore": write and retired,
        "rollback": write and active,
        "cancel": busy and caller.may("cancel", row.team),
    }


def _by_account(row: Source, environments: Environments) -> list[tuple[str, list[dict[str, Any]]]]:
    """The resources under a heading for each account: its part in the environment, and its id."""
    known = environments.find(row.environment)
    parts = (
        {known.production.account_id: "Production account", known.log.account_id: "Log account"}
        if known
        else {}
    )
    resources = sorted(
        row.stack.get("resources", ()), key=lambda r: (str(r.get("account")), r["type"], r["name"])
    )
    return [
        (f"{parts.get(account, 'Account')} {account}", list(group))
        for account, group in groupby(resources, key=lambda r: str(r.get("account")))
    ]
