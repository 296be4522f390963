"""Are both accounts reached, are they the ones that the environment names, and are their regions open?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from programs.finding import Finding
from service.engine.reasons import classify
from service.environments import Account

from .view import View, error

ALWAYS_OPEN = "us-east-1"
"""Regions are asked for where nobody can switch one off; the source's own may be the one that is."""
_OPEN = ("opt-in-not-required", "opted-in")
"""DescribeRegions, `OptInStatus`."""


def reached(view: View) -> Iterator[Finding]:
    """Take each deploy role and ask who that is. Nothing else can be asked where this fails."""
    places = (
        ("production", view.environment.production, view.production),
        ("log", view.environment.log, view.log),
    )
    for side, account, client in places:
        yield from _reached(side, account, client)


def _reached(side: str, account: Account, client: Any) -> Iterator[Finding]:
    try:
        found = client("sts").get_caller_identity()["Account"]
    except (ClientError, BotoCoreError) as failed:
        why = classify(f"api error {failed}")
        message = f"The {side} account {account.account_id} cannot be reached: {why.message}"
        yield error(why.code, "/environment", message, why.hint)
        return
    if found != account.account_id:
        yield error(
            "wrong_account",
            "/environment",
            f"The role of the {side} account leads to {found}, not to {account.account_id}.",
            "Correct the environments file.",
        )


def regions(view: View) -> Iterator[Finding]:
    """A region that an account has not opted in to takes no call ("Enable or disable AWS Regions", Account guide)."""
    yield from _region(view.production("ec2", ALWAYS_OPEN), "production", view.names.production_region)
    for region in dict.fromkeys((view.names.log_region, view.names.replica_region)):
        if region is not None:
            yield from _region(view.log("ec2"), "log", region)


def _region(ec2: Any, side: str, region: str) -> Iterator[Finding]:
    known = ec2.describe_regions(AllRegions=True)["Regions"]
    status = next((one["OptInStatus"] for one in known if one["RegionName"] == region), "unknown")
    if status not in _OPEN:
        yield error(
            "region_disabled",
            "/environment",
            f"The {side} account has not enabled the region {region} ({status}).",
            "Enable it in the account's settings, or name another region in the environments file.",
        )
