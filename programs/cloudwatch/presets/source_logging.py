"""Logging switched on at the source: Route 53's query log, and the switches of databases and clusters.

The switches are resources of our own plugin (`service/provider`): the AWS provider has whole databases and clusters only,
and a log stack must not own those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import OwnProvider, under
from programs.cloudwatch.log_groups import LogGroups
from programs.cloudwatch.presets.eks import EksSpec
from programs.cloudwatch.presets.rds import RdsSpec
from programs.cloudwatch.presets.route53 import Route53Spec
from programs.firehose.roles import DeliveryArgs

_DATABASE, _CLUSTER = "logflume:source:RdsLogExports", "logflume:source:EksControlPlaneLogging"


class Found(pulumi.CustomResource):
    """What was on when it was first wanted. It changes nothing; it is what a retired source goes back to."""

    on: pulumi.Output[Sequence[str]]

    def __init__(self, token: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(f"{token}Found", "source-found", {**inputs, "on": None}, opts)


class Switches(pulumi.CustomResource):
    """The log types that are on because of us."""

    def __init__(
        self, token: str, inputs: Mapping[str, Any], found: Found, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(token, "source-logging", {**inputs, "foundOn": found.on}, opts)


class SourceLogging(pulumi.ComponentResource):
    """Whatever a preset switches on at its source; nothing where it takes what is there."""

    def __init__(self, name: str, args: DeliveryArgs, groups: LogGroups) -> None:
        super().__init__("logflume:source:SourceLogging", name)
        self._args = args
        spec = args.wish.spec
        match spec:
            case Route53Spec(enable_at_source=True):
                self._query_log(spec, groups)
            case RdsSpec(enable_at_source=True):
                self._switch(_DATABASE, {spec.place: spec.identifier, "types": list(spec.exports)}, groups)
            case EksSpec(enable_at_source=True):
                self._switch(_CLUSTER, {"cluster": spec.cluster, "types": list(spec.types)}, groups)
        self.register_outputs({})

    def _query_log(self, spec: Route53Spec, groups: LogGroups) -> None:
        """The account's log resource policy that this needs is made by bootstrap: ten of those is all a region has."""
        (group,) = spec.reads_log_groups
        sender = self._args.wish.sender
        aws.route53.QueryLog(
            "query-log",
            zone_id=spec.zone_id,
            cloudwatch_log_group_arn=f"arn:aws:logs:{sender.region}:{sender.account_id}:log-group:{group}",
            opts=under(self, self._args.account, depends_on=groups.all),
        )

    def _switch(self, token: str, inputs: Mapping[str, Any], groups: LogGroups) -> None:
        provider = OwnProvider("own-production", self._args.wish.sender)
        found = Found(token, inputs, pulumi.ResourceOptions(parent=self, provider=provider))
        # The note comes first, and the groups too: the service would make its own, which then could not be made any more.
        opts = pulumi.ResourceOptions(parent=self, provider=provider, depends_on=[found, *groups.all])
        Switches(token, inputs, found, opts)
