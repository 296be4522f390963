"""Asking for a source and changing one: one form, made from the schema of what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from programs.finding import Finding
from service import queries, sources
from service.auth import Caller
from service.environments import Environments
from service.errors import FieldError, Forbidden, Invalid, NameTaken, SingletonTaken, StaleWish
from service.inspection import seen
from service.models import Source
from service.requests import Draft, SourceChange, SourceRequest, field_errors

from . import forms, offers, policies, sent
from .deps import CallerDep, EnvironmentsDep, FormDep, transaction
from .list_pages import may_ask
from .offers import Choice
from .render import PageRoute, page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sources/new")
def new(request: Request, caller: CallerDep, environments: EnvironmentsDep) -> Response:
    """An empty form for the offer that was chosen, filled with its defaults and the environment's."""
    _must_ask(caller)
    chosen = offers.chosen(request.query_params.get("kind"), request.query_params.get("preset"))
    environment = environments.all()[0]
    values = {
        "environment": environment.name,
        "team": caller.team or "",
        "policy": environment.drift_policy.model_dump(mode="json"),
    }
    return _form(request, environments, chosen, values, environment.defaults_for(chosen.kind))


@router.post("/sources/new")
def ask(request: Request, caller: CallerDep, form: FormDep, environments: EnvironmentsDep) -> Response:
    """Store the wish and go to its page, or show the form again with what is wrong and everything that was typed."""
    _must_ask(caller)
    chosen = offers.chosen(form.get("kind"), form.get("preset"))
    spec = sent.read(chosen.schema, form)
    values = _values(form) | {"team": caller.team or form.get("/team", "")}
    values["policy"] = policies.read(form, _standing(environments, values["environment"]))
    try:
        body = SourceRequest.model_validate(
            {
                "name": values["name"],
                "environment": values["environment"],
                "team": values["team"],
                "kind": chosen.kind,
            }
            | {"spec": spec, "suspended": values["suspended"]}
            | {"drift_policy": values["policy"]}
        )
        if form.get("intent") == "check":
            with transaction(request) as session:
                draft = sources.inspect_request(session, caller, environments, body)
            return _form(request, environments, chosen, values, spec, findings=_seen(request, draft))
        with transaction(request) as session:
            source, _ = sources.request(session, caller, environments, body)
    except (ValidationError, Invalid, NameTaken, SingletonTaken) as error:
        return _form(request, environments, chosen, values, spec, status=422, errors=_errors(error))
    return RedirectResponse(f"/sources/{source.id}", status_code=303)


@router.get("/sources/{source_id}/edit")
def edit(request: Request, source_id: str, caller: CallerDep, environments: EnvironmentsDep) -> Response:
    """The form with the wish as it is stored."""
    with transaction(request) as session:
        source = queries.source(session, source_id)
    caller.must("write", source.team)
    values = {"suspended": source.suspended, "policy": source.drift_policy}
    chosen = offers.of(source)
    return _form(
        request, environments, chosen, values, source.spec, source=source, version=sources.etag(source)
    )


@router.post("/sources/{source_id}/edit")
def change(
    request: Request, source_id: str, caller: CallerDep, form: FormDep, environments: EnvironmentsDep
) -> Response:
    """Replace the wish, unless somebody else has changed it since the form was shown."""
    with transaction(request) as session:
        source = queries.source(session, source_id)
    chosen = offers.of(source)
    spec, values = sent.read(chosen.schema, form), _values(form)
    values["policy"] = policies.read(form, source.drift_policy)
    version = form.get("overwrite") or form.get("version", "")
    shown: dict[str, Any] = {"source": source, "version": version}
    try:
        body = SourceChange.model_validate(
            {"spec": spec, "drift_policy": values["policy"], "suspended": values["suspended"]}
        )
        if form.get("intent") == "check":
            with transaction(request) as session:
                draft = sources.inspect_change(session, caller, environments, source_id, body, version)
            findings = _seen(request, draft)
            return _form(request, environments, chosen, values, spec, findings=findings, **shown)
        with transaction(request) as session:
            sources.change(session, caller, environments, source_id, body, version)
    except StaleWish:
        shown["newer"] = sources.etag(source)
        return _form(request, environments, chosen, values, spec, status=412, **shown)
    except (ValidationError, Invalid) as error:
        return _form(request, environments, chosen, values, spec, status=422, errors=_errors(error), **shown)
    return RedirectResponse(f"/sources/{source_id}", status_code=303)


def _seen(request: Request, draft: Draft) -> list[Finding]:
    """What is found about a wish, the accounts included; after the transaction, since AWS may take seconds."""
    return seen(draft, request.app.state.environments, request.app.state.settings)


def _form(
    request: Request,
    environments: Environments,
    chosen: Choice,
    values: dict[str, Any],
    spec: dict[str, Any],
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    findings: Sequence[Any] | None = None,
    source: Source | None = None,
    version: str = "",
    newer: str = "",
) -> Response:
    """The page of the form. Findings of a check stand at their fields like errors; hints below them."""
    blocking = [
        FieldError(f.field, f"{f.message} {f.hint}".strip()) for f in findings or () if f.severity == "ERROR"
    ]
    told = [*errors, *blocking]
    fields = forms.fields_of(chosen.schema, spec, told)
    named = ["/name", "/environment", "/team", *policies.NAMES, *(field.name for field in fields)]
    at = {name: forms.errors_at(told, name) for name in named}
    return page(
        request,
        "ask.html",
        status=status,
        chosen=chosen,
        choices=offers.choices(),
        values={"name": "", "environment": "", "team": "", "suspended": False, **values},
        fields=fields,
        environments=environments.all(),
        teams=sorted({team for environment in environments.all() for team in environment.teams}),
        at=at,
        policy=policies.shown(values["policy"]),
        policy_wrong=any(at[name] for name in policies.NAMES),
        elsewhere=forms.elsewhere(told, named),
        wrong=len(told),
        advice=[finding for finding in findings or () if finding.severity != "ERROR"],
        checked=findings is not None,
        drift_modes=policies.MODES,
        source=source,
        version=version,
        newer=newer,
    )


def _values(form: dict[str, str]) -> dict[str, Any]:
    """What stands in the form beside the spec."""
    return {
        "name": form.get("/name", "").strip(),
        "environment": form.get("/environment", ""),
        "team": form.get("/team", "").strip(),
        "suspended": "/suspended" in form,
    }


def _standing(environments: Environments, name: str) -> dict[str, Any]:
    """The policy of an environment; where there is none of that name, the request is refused for that."""
    known = environments.find(name)
    return known.drift_policy.model_dump(mode="json") if known else {}


def _errors(error: ValidationError | Invalid | NameTaken | SingletonTaken) -> Sequence[FieldError]:
    if isinstance(error, ValidationError):
        return field_errors(error)
    if isinstance(error, NameTaken):
        return [FieldError("/name", error.detail)]
    if isinstance(error, SingletonTaken):
        return [FieldError("/environment", error.detail)]
    return error.errors or [FieldError("", error.detail)]


def _must_ask(caller: Caller) -> None:
    if not may_ask(caller):
        raise Forbidden(f"The {caller.role} {caller.name} may look, but not ask for new sources.")
