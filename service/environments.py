"""Environments: one production account, the log account it ships to, and who may ask for what there.

They are configured, not requested: one TOML file, read at start and again on SIGHUP.

    [environments.default]
    replica_region = "eu-west-1"
    readers = ["arn:aws:iam::222222222222:role/logs-reader"]

    prove_every = "P1D"  # may be left out

    [environments.default.production]
    account_id = "111111111111"
    region = "eu-west-3"
    role_arn = "arn:aws:iam::111111111111:role/logflume/logflume-deploy"
    external_id = "..."
    boundary_arn = "arn:aws:iam::111111111111:policy/logflume/logflume-boundary"

    alarm_topic = "arn:aws:sns:eu-west-3:111111111111:alarms"  # may be left out

    [environments.default.log]
    # the same five, of the log account

    [[environments.default.consumers]]
    name = "splunk"
    type = "splunk"
    principal = "arn:aws:iam::333333333333:role/splunk"
    external_id = "..."

    [environments.default.teams.payments]
    log_groups = ["/aws/lambda/payments*"]
    networks = ["10.20.0.0/16"]

    [environments.default.syslog]
    vpc_id = "vpc-0123456789abcdef0"
    subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    image = "resolve:ssm:/logflume/syslog-image"
    certificate_arn = "arn:aws:acm:eu-west-3:111111111111:certificate/..."

    [environments.default.defaults.cloudwatch]
    retention_days = 400

    [[environments.default.notifications]]  # service/subscriptions.py
    name = "operators"
    type = "slack"
    url_from = "file:/run/secrets/slack-url"

    [environments.default.drift_policy]
    mode = "report"
    every = "PT6H"
    window = { start = "22:00", end = "05:00", zone = "Europe/Paris" }  # may be left out
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self

import structlog
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from programs.spec import ENVIRONMENT_NAME, AccountId, Region
from programs.store.spec import Consumer
from programs.syslog.place import SyslogPlace

from .drift_policy import DriftPolicy
from .subscriptions import Subscription

log = structlog.get_logger(__name__)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)]
"""Names of environments and teams: they become parts of tags and of URLs."""
EnvironmentName = Annotated[str, StringConstraints(pattern=ENVIRONMENT_NAME, max_length=30)]
"""As the programs want it: it becomes a part of log group names."""
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
PolicyArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:policy/[A-Za-z0-9_+=,.@/-]+$")
]
TopicArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$")]
PrincipalArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[A-Za-z0-9_+=,.@/-]+)$")
]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@:/-]+$")]
"""From the AssumeRole page of the STS API."""


class BadEnvironments(ValueError):
    """The environments file cannot be used; the message names the file and the field."""


class _Frozen(BaseModel):
    """Immutable, and strict about names so that a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Frozen):
    """One AWS account, and the role the service assumes in it."""

    account_id: AccountId
    region: Region
    role_arn: RoleArn
    external_id: ExternalId = Field(repr=False)
    boundary_arn: PolicyArn
    alarm_topic: TopicArn | None = None
    """Where the alarms of all sources go, in this account and region; left out, each source has a topic of its own."""

    @model_validator(mode="after")
    def _topic_is_near(self) -> Self:
        # CloudWatch tells no topic of another region, and one of another account only under a policy that we do not write.
        where = f":{self.region}:{self.account_id}:"
        if self.alarm_topic is not None and where not in self.alarm_topic:
            raise ValueError("the alarm topic must be in the account's own region and in the account itself")
        return self


class TeamLimits(_Frozen):
    """What a team may ask for; self-service must not become a way to read another team's logs."""

    log_groups: tuple[str, ...] = ()
    """Patterns (`*`, `?`, `[...]`) of log group names."""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks that syslog may come from."""
    readers: tuple[PrincipalArn, ...] = ()
    """Named principals that the team may let read its stores."""

    def allows_log_group(self, name: str) -> bool:
        """Whether one of the team's patterns covers the log group."""
        return any(fnmatchcase(name, pattern) for pattern in self.log_groups)

    def allows_network(self, text: str) -> bool:
        """Whether one of the team's networks has all of this IPv4 range."""
        asked = IPv4Network(text)
        return any(isinstance(own, IPv4Network) and asked.subnet_of(own) for own in self.networks)


class Environment(_Frozen):
    """Where sources of one environment run, and within which limits."""

    name: EnvironmentName
    production: Account
    log: Account
    replica_region: Region | None = None
    switch_at_source: bool = True
    """Whether logging may be switched on at databases, clusters and zones. False: bootstrap leaves that right out of the
    production account's deploy role, and wishes for it are refused."""
    readers: tuple[PrincipalArn, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    """Who is told of new objects in every store of this environment, each by a queue and a role of its own."""
    adoptable_buckets: tuple[str, ...] = ()
    """Buckets that the log account had before, and that a source may take over. Bootstrap lets the deploy role at them."""
    syslog: SyslogPlace | None = None
    """Where syslog servers stand; without it there is no source of that kind."""
    teams: dict[Slug, TeamLimits] = Field(default_factory=dict)
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Spec defaults by kind, applied underneath what is asked."""
    drift_policy: DriftPolicy = DriftPolicy()
    proofs: bool = True
    """Whether delivery may be proved. False: bootstrap leaves out the rights to send something marked and to read it in the
    store, and a proof that is asked for says so."""
    prove_every: timedelta | None = Field(default=None, ge=timedelta(hours=1), le=timedelta(days=30))
    """How often the delivery of each of its sources is proved; None: when somebody asks for it."""
    notifications: tuple[Subscription, ...] = ()
    """Who is told of what happens to sources of this environment."""

    @model_validator(mode="after")
    def _two_accounts(self) -> Self:
        # What every wish would be refused for is said at start.
        if self.production.account_id == self.log.account_id:
            raise ValueError("the log account must be another account than the production account")
        if self.replica_region == self.log.region:
            raise ValueError("the replica region must be another region than the log account's")
        if self.prove_every is not None and not self.proofs:
            raise ValueError("prove_every needs proofs")
        if len({consumer.name for consumer in self.consumers}) < len(self.consumers):
            raise ValueError("two consumers have the same name")
        if len({one.name for one in self.notifications}) < len(self.notifications):
            raise ValueError("two notifications have the same name")
        return self

    def defaults_for(self, kind: str) -> dict[str, Any]:
        """Spec fields of a kind that this environment sets where the wish does not."""
        return dict(self.defaults.get(kind, {}))


class _File(_Frozen):
    """The whole file."""

    environments: dict[EnvironmentName, Environment] = Field(min_length=1)


class Environments:
    """Every configured environment. `reload` swaps them all at once, so a reader never sees half a change."""

    def __init__(self, environments: Mapping[str, Environment], path: Path | None = None) -> None:
        self._environments = dict(environments)
        self._path = path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            BadEnvironments: it is missing, not TOML, or a field of it is wrong.
        """
        return cls(_read(path), path)

    def get(self, name: str) -> Environment:
        """The environment of that name.

        Raises:
            KeyError: it is not configured.
        """
        return self._environments[name]

    def find(self, name: str) -> Environment | None:
        """The environment of that name, or None where it is not configured (any more)."""
        return self._environments.get(name)

    def all(self) -> tuple[Environment, ...]:
        """Every environment, by name."""
        environments = self._environments
        return tuple(environments[name] for name in sorted(environments))

    def reload(self) -> bool:
        """Read the file again; when it is bad, keep what was there, log why and return False."""
        if self._path is None:
            return False
        try:
            self._environments = _read(self._path)
        except BadEnvironments as error:
            log.error("environments_refused", reason=str(error))
            return False
        log.info("environments_loaded", environments=sorted(self._environments))
        return True


def _read(path: Path) -> dict[str, Environment]:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadEnvironments(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadEnvironments(f"{path}: is not TOML: {error}") from error
    entries = data.get("environments")
    if isinstance(entries, dict):
        # The table's key is the name; writing it twice could only disagree.
        named = {
            key: {"name": key, **body} if isinstance(body, dict) else body for key, body in entries.items()
        }
        data = {**data, "environments": named}
    try:
        return _File.model_validate(data).environments
    except ValidationError as error:
        raise BadEnvironments("\n".join(_complaints(path, error))) from error


def _complaints(path: Path, error: ValidationError) -> list[str]:
    """A line for each wrong field. The value is left out: it may be an external id."""
    return [
        f"{path}: {'.'.join(str(part) for part in e['loc'])}: {e['msg']}"
        for e in error.errors(include_input=False, include_url=False)
    ]
