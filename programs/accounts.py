"""The two accounts as explicit providers, and the tags that everything of a source carries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.spec import AccountAccess
from programs.wish import Wish


@dataclass(frozen=True)
class Accounts:
    """One provider an account and region; no resource may use the default one."""

    production: aws.Provider
    log: aws.Provider
    replica: aws.Provider | None = None
    """The log account again, in the region of the copy; None where there is no copy."""


def accounts_for(wish: Wish) -> Accounts:
    """Providers with constant inputs: what changes from run to run (credentials, session names) is in the AWS configuration."""
    replica = None
    if wish.replicated:
        replica = provider("replica", wish.log.model_copy(update={"region": wish.replica_region}))
    return Accounts(provider("production", wish.sender), provider("log", wish.log), replica)


def provider(name: str, access: AccountAccess) -> aws.Provider:
    """A provider that refuses to work in any account but the one named."""
    return aws.Provider(
        name, profile=access.profile, region=access.region, allowed_account_ids=[access.account_id]
    )


class OwnProvider(pulumi.ProviderResource):
    """Our own plugin (`service/provider`) for one account and region; it refuses other accounts as an AWS provider does."""

    def __init__(self, name: str, access: AccountAccess) -> None:
        allowed = json.dumps([access.account_id])  # Lists reach a provider as JSON text.
        where = {"profile": access.profile, "region": access.region, "allowedAccountIds": allowed}
        super().__init__("logflume", name, where)


def tags_for(wish: Wish, logical_name: str) -> dict[str, str]:
    """Tags by which recovery, cost reports and people find what belongs to a source."""
    return {
        "managed-by": "logflume",
        "logflume:source": wish.source_id,
        "logflume:name": wish.name,
        "logflume:environment": wish.environment,
        "logflume:team": wish.team,
        "logflume:resource": logical_name,
    }


def under(
    parent: pulumi.Resource, account: aws.Provider, *, protect: bool = False, **more: Any
) -> pulumi.ResourceOptions:
    """Options of a child in an account. Children would inherit `protect`; what hangs on a guarded bucket may go, though."""
    return pulumi.ResourceOptions.merge(
        pulumi.ResourceOptions(parent=parent, provider=account, protect=protect),
        pulumi.ResourceOptions(**more),
    )
