"""Whose logs these are: the wish, its names, and the accounts around it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.deploy.documents import boundary_document, deploy_permissions
from programs.deploy.spec import BootstrapSpec
from programs.documents import render
from programs.names import Names, names_of
from programs.wish import Wish
from service.access.evaluator import Policy
from service.deploy_roles import deploy_spec
from service.environments import Environment

_PLACEHOLDERS = ("9" * 12, "8" * 12, "7" * 12, "6" * 12)


@dataclass(frozen=True)
class Setting:
    """A source, and what bootstrap was told of its two accounts."""

    wish: Wish
    production_roles: BootstrapSpec
    log_roles: BootstrapSpec

    @cached_property
    def names(self) -> Names:
        """Physical names of the source."""
        return names_of(self.wish)

    @property
    def production(self) -> str:
        """Account of the senders."""
        return self.wish.production.account_id

    @property
    def log(self) -> str:
        """Account of the store."""
        return self.wish.log.account_id

    @cached_property
    def elsewhere(self) -> str:
        """An account that has nothing to do with this source."""
        principals = [*self.wish.readers, *(consumer.principal for consumer in self.wish.consumers)]
        known = {self.production, self.log, *(arn.split(":")[4] for arn in principals)}
        return next(number for number in _PLACEHOLDERS if number not in known)

    @property
    def writer_role(self) -> str | None:
        """Name of the production role that writes; None where an AWS service writes in its own name."""
        match self.wish.kind:
            case "syslog":
                return self.names.syslog_role
            case "cloudwatch":
                return self.names.firehose_role
        return self.names.firehose_role if isinstance(self.wish.spec, ApiCallsSpec) else None

    @property
    def feeder_role(self) -> str | None:
        """Name of the production role that feeds the stream; None where there is no stream."""
        if self.wish.kind == "cloudwatch":
            return self.names.logs_role
        return self.names.events_role if isinstance(self.wish.spec, ApiCallsSpec) else None

    @property
    def trail_arn(self) -> str:
        """ARN of the trail that delivers, ours or one that was taken over."""
        spec = self.wish.spec
        adopted = spec.adopt if isinstance(spec, CloudTrailSpec) else None
        return self.names.trail_arn_of(adopted or self.names.trail)

    def boundary(self, account: str) -> Policy:
        """The permissions boundary of our roles in one of the two accounts, as bootstrap writes it."""
        spec = self._roles(account)
        return Policy(f"permissions boundary {spec.boundary_arn}", render(boundary_document(spec)))

    def boundary_arn(self, account: str) -> str:
        """Its ARN as the environment has it."""
        return (self.wish.production if account == self.production else self.wish.log).boundary_arn

    def deploy(self, account: str) -> tuple[Policy, ...]:
        """The policies of logflume's own deploy role in one of the two accounts, as bootstrap writes them."""
        documents = deploy_permissions(self._roles(account))
        return tuple(
            Policy(f"policy logflume-deploy-{name}", render(each)) for name, each in documents.items()
        )

    def _roles(self, account: str) -> BootstrapSpec:
        return self.production_roles if account == self.production else self.log_roles


def setting_of(wish: Wish, environment: Environment) -> Setting:
    """The setting of a wish in its environment."""
    # Who may take a deploy role is not written into what it may do.
    return Setting(wish, deploy_spec(environment, "production", ""), deploy_spec(environment, "log", ""))
