"""A wish as somebody sends it, and everything that can be said about it before it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from programs import KINDS
from programs.cloudwatch.presets.spec import SourceSpec
from programs.finding import Finding
from programs.findings import check
from programs.kinds import UnknownPreset
from programs.store.spec import StoreSpec
from programs.wish import Wish

from .auth import Caller
from .drift_policy import DriftPolicy
from .environments import Environment, Environments
from .errors import FieldError, Invalid
from .models import Source
from .wish import wish_of

Name = Annotated[str, StringConstraints(pattern=r"^[a-z](-?[a-z0-9])*$", min_length=2, max_length=40)]
"""Becomes part of bucket, stream and role names, so it has to fit the strictest of them."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]

SERVER_OWNED = frozenset({"id", "generation", "status", "created_at", "created_by", "updated_at"})
"""What GET shows beside the wish. A PUT may send it back unread, so that a client can edit what it got."""


class _Strict(BaseModel):
    """Strict about names, so that a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceRequest(_Strict):
    """A new source. Spec fields that are left out take the environment's defaults, then the kind's."""

    name: Name = Field(description="2 to 40 of a-z, 0-9 and single dashes, a letter first.")
    environment: Word
    kind: Word
    team: Word
    spec: dict[str, Any] = Field(description="As the kind's schema in /v1/kinds says.")
    drift_policy: DriftPolicy | None = Field(default=None, description="Left out: the environment's.")
    suspended: bool = Field(
        default=False, strict=True, description="Nothing automatic; what people ask for runs."
    )


class SourceChange(_Strict):
    """The whole wish again. Name, environment and kind may be sent and must be as they are."""

    spec: dict[str, Any]
    name: str | None = None
    environment: str | None = None
    kind: str | None = None
    team: Word | None = Field(default=None, description="Left out: as it is.")
    drift_policy: DriftPolicy | None = Field(default=None, description="Left out: the environment's.")
    suspended: bool = Field(default=False, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_what_the_server_owns(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if key not in SERVER_OWNED}
        return data


@dataclass
class Draft:
    """A wish that was looked at. `source` is as it would be stored, where it could be built."""

    source: Source | None = None
    wish: Wish | None = None
    """What would be built, where nothing stands in the way of asking the accounts about it."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> list[Finding]:
        """What stands in the way."""
        return [finding for finding in self.findings if finding.severity == "ERROR"]

    def accepted(self) -> Source:
        """The source, or Invalid with every ERROR finding as a field error."""
        errors = self.refused
        if errors or self.source is None:
            told = [FieldError(f.field, " ".join(filter(None, (f.message, f.hint))), f.code) for f in errors]
            raise Invalid("The source cannot be built as asked; nothing was stored.", errors=told)
        return self.source


def judge(
    caller: Caller, environments: Environments, body: SourceRequest, stored: Source | None = None
) -> Draft:
    """Look at a wish from every side; nothing is read from or written to the database.

    `stored` is the source that the wish changes, None for a new one.

    Raises:
        Forbidden: the caller may not ask for this team.
    """
    caller.must("write", body.team)
    environment = _environment(environments, body.environment)
    draft = Draft(findings=[*_unknown(environments, environment, body)])
    if environment is None or body.kind not in KINDS:
        return draft
    try:
        spec = (
            KINDS[body.kind]
            .model_for(body.spec)
            .model_validate({**environment.defaults_for(body.kind), **body.spec})
        )
    except UnknownPreset as error:
        draft.findings.append(_finding("/spec/preset", "unknown_preset", f"{error}."))
        return draft
    except ValidationError as error:
        draft.findings += [_finding(e.field, "invalid_spec", e.message) for e in field_errors(error, "/spec")]
        return draft
    draft.source = _source(caller, environment, body, spec)
    if stored is not None:
        draft.findings += _that_stays(stored.spec, draft.source.spec)
    if body.team not in environment.teams:
        return draft  # No limits to hold it against, and a name that may not even fit into a tag.
    draft.findings += _outside_the_environment(environment, spec)
    draft.findings += _outside_the_team(environment, body.team, spec)
    draft.findings += _left_alone(environment, spec)
    try:
        wish = wish_of(draft.source, environment)
    except ValidationError as error:
        draft.findings += [_finding(e.field, "invalid_wish", e.message) for e in field_errors(error)]
        return draft
    draft.findings += check(wish)
    if not draft.refused:
        draft.wish = wish
    return draft


def pointer(parts: Sequence[str | int], prefix: str = "") -> str:
    """A JSON Pointer (RFC 6901)."""
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """What pydantic found, with pointers under `prefix`. Values are left out: they may be secret or huge."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    # A list whose items were refused is short of items: that is no second error.
    items = {e["loc"][:-1] for e in found if isinstance(e["loc"][-1:] and e["loc"][-1], int)}
    found = [e for e in found if not (e["type"] == "too_short" and e["loc"] in items)]
    return [
        FieldError(pointer(e["loc"], prefix), e["msg"].removeprefix("Value error, "), e["type"])
        for e in found
    ]


def _environment(environments: Environments, name: str) -> Environment | None:
    try:
        return environments.get(name)
    except KeyError:
        return None


def _unknown(
    environments: Environments, environment: Environment | None, body: SourceRequest
) -> Iterator[Finding]:
    if environment is None:
        known = ", ".join(e.name for e in environments.all())
        yield _finding("/environment", "unknown_environment", "No such environment.", f"Configured: {known}.")
    elif body.team not in environment.teams:
        hint = "An administrator adds teams to the environments file."
        yield _finding("/team", "unknown_team", f"Team {body.team} has no place in {environment.name}.", hint)
    if body.kind not in KINDS:
        yield _finding("/kind", "unknown_kind", "No such kind.", f"Known: {', '.join(sorted(KINDS))}.")


def _source(caller: Caller, environment: Environment, body: SourceRequest, spec: StoreSpec) -> Source:
    """The row as it would be stored: the spec in full, so that equal wishes are equal rows."""
    return Source(
        name=body.name,
        environment=body.environment,
        kind=body.kind,
        team=body.team,
        spec=spec.model_dump(mode="json"),
        drift_policy=(body.drift_policy or environment.drift_policy).model_dump(mode="json"),
        suspended=body.suspended,
        created_by=caller.name,
    )


def _outside_the_team(environment: Environment, team: str, spec: StoreSpec) -> Iterator[Finding]:
    limits = environment.teams[team]
    for place, group in zip(spec.log_group_fields, spec.reads_log_groups, strict=True):
        if not limits.allows_log_group(group):
            allowed = ", ".join(limits.log_groups) or "none"
            message = f"Team {team} may not ship {group} in {environment.name}."
            yield _finding(place, "log_group_not_allowed", message, f"Allowed: {allowed}.")
    for index, network in enumerate(spec.hears_networks):
        if not limits.allows_network(network):
            allowed = ", ".join(map(str, limits.networks)) or "none"
            message = f"Team {team} may not let {network} send in {environment.name}."
            yield _finding(f"/spec/networks/{index}", "network_not_allowed", message, f"Allowed: {allowed}.")


def _left_alone(environment: Environment, spec: StoreSpec) -> Iterator[Finding]:
    if isinstance(spec, SourceSpec) and spec.enable_at_source and not environment.switch_at_source:
        message = f"In {environment.name} logflume may not switch logging on at a source."
        hint = "Have its owner switch it on, and set enable_at_source to false."
        yield _finding("/spec/enable_at_source", "switching_not_allowed", message, hint)


_STAYS = {
    "preset": "It is another pipeline: ask for a new source.",
    "adopt": "What was taken over is given back when the source is retired: ask for a new one.",
    "adopt_bucket": "The logs are in that bucket: ask for a new source.",
}


def _that_stays(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    """What a source cannot change, because logs that were kept would be lost or left behind."""
    for name, hint in _STAYS.items():
        if old.get(name) != new.get(name):
            yield _finding(f"/spec/{name}", "cannot_change", f"Stays {old.get(name)!r}.", hint)
    if old.get("replicate") and not new.get("replicate"):
        hint = "A copy goes with its source alone: retire and purge it."
        yield _finding("/spec/replicate", "cannot_change", "The copy holds logs, and is not deleted.", hint)


def _outside_the_environment(environment: Environment, spec: StoreSpec) -> Iterator[Finding]:
    if spec.adopt_bucket is not None and spec.adopt_bucket not in environment.adoptable_buckets:
        named = ", ".join(environment.adoptable_buckets) or "none"
        message = f"{spec.adopt_bucket} may not be taken over in {environment.name}."
        hint = f"An administrator names such buckets in the environments file; named: {named}."
        yield _finding("/spec/adopt_bucket", "bucket_not_adoptable", message, hint)


def _finding(field_: str, code: str, message: str, hint: str = "") -> Finding:
    return Finding(severity="ERROR", code=code, field=field_, message=message, hint=hint)
