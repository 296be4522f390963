"""The two roles of a stream: who feeds it, and who writes what it holds into the store."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.documents import Document, render
from programs.firehose import policies
from programs.names import ROLE_PATH, Names
from programs.wish import Wish


@dataclass(frozen=True)
class DeliveryArgs:
    """What the delivery side is made from."""

    wish: Wish
    names: Names
    account: aws.Provider


@dataclass(frozen=True)
class Feeder:
    """The service that puts records into the stream: its short name here, its role's name in AWS, and who may take that."""

    short: str
    role: str
    trust: Document


class DeliveryRoles(pulumi.ComponentResource):
    """The roles come first: the store's policies name the writer, and AWS refuses names of what does not exist."""

    def __init__(self, name: str, args: DeliveryArgs, feeder: Feeder) -> None:
        super().__init__("logflume:delivery:DeliveryRoles", name)
        self._args, self.feeder_name = args, feeder.short
        self.feeder = self._role(f"{feeder.short}-role", feeder.role, feeder.trust)
        self.firehose = self._role(
            "firehose-role", args.names.firehose_role, policies.firehose_trust(args.names)
        )
        self.register_outputs({feeder.short: self.feeder.arn, "firehose": self.firehose.arn})

    def _role(self, logical: str, name: str, trust: Document) -> aws.iam.Role:
        return aws.iam.Role(
            logical,
            name=name,
            path=ROLE_PATH,
            permissions_boundary=self._args.wish.production.boundary_arn,
            assume_role_policy=render(trust),
            tags=tags_for(self._args.wish, logical),
            opts=under(self, self._args.account),
        )
