"""A trail that was there already: it is turned to the store, and back when the source goes. Nothing else of it is ours."""

from __future__ import annotations

from typing import Any

import pulumi

from programs.accounts import OwnProvider
from programs.cloudtrail.policies import KEY_PREFIX
from programs.cloudtrail.spec import CloudTrailSpec
from programs.names import Names
from programs.store.bucket import LogStore
from programs.wish import Wish


class AdoptedTrail(pulumi.ComponentResource):
    """The note of where it delivered, and where it delivers now; both of our own plugin."""

    def __init__(self, name: str, wish: Wish, names: Names, store: LogStore) -> None:
        super().__init__("logflume:delivery:AdoptedTrail", name)
        trail, provider = wish.spec_as(CloudTrailSpec).adopt, OwnProvider("own-production", wish.production)
        opts = pulumi.ResourceOptions(parent=self, provider=provider)
        note = _TrailFound("trail-found", {"trail": trail, "found": None}, opts)
        where = {"bucket": names.bucket, "prefix": KEY_PREFIX, "key": store.key_arn}
        _TrailDestination(
            "trail-destination",
            {"trail": trail, **where},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[note, *store.ready])),
        )
        self.register_outputs({})


class _TrailFound(pulumi.CustomResource):
    found: pulumi.Output[Any]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("logflume:trail:TrailFound", name, props, opts)


class _TrailDestination(pulumi.CustomResource):
    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("logflume:trail:TrailDestination", name, props, opts)
