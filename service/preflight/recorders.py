"""AWS Config: its role, and the one recorder that an account has a region.

Sources: "Using service-linked roles" and "Working with the configuration recorder" in the AWS Config Developer Guide. The role
is not made by a source: it belongs to the whole account, and may not go while any recorder of any region has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from programs.aws_config.spec import ConfigSpec
from programs.finding import Finding
from programs.names import CONFIG_ROLE

from .view import View, error, suggestion, warning

PATH, _, ROLE = f"/{CONFIG_ROLE}".rpartition("/")


@dataclass
class Present:
    """What AWS Config has in the account and region now."""

    view: View

    @cached_property
    def recorder(self) -> dict[str, Any] | None:
        """The account's own recorder; those of AWS services stand beside it."""
        recorders = self._config.describe_configuration_recorders()["ConfigurationRecorders"]
        return next((one for one in recorders if not one.get("servicePrincipal")), None)

    @cached_property
    def channel(self) -> dict[str, Any] | None:
        """The delivery channel."""
        return next(iter(self._config.describe_delivery_channels()["DeliveryChannels"]), None)

    @property
    def ours(self) -> bool:
        """A channel to this source's store is this source's: the bucket's name is nobody else's."""
        return self.channel is not None and self.channel["s3BucketName"] == self.view.names.bucket

    @property
    def _config(self) -> Any:
        return self.view.production("config")


def role(view: View) -> Iterator[Finding]:
    """The service-linked role is there. IAM tells by its list: of a role that is not there it knows no path to allow."""
    pages = view.production("iam").get_paginator("list_roles").paginate(PathPrefix=f"{PATH}/")
    if any(found["RoleName"] == ROLE for page in pages for found in page["Roles"]):
        return
    yield error(
        "config_role_missing",
        "/environment",
        f"Account {view.wish.production.account_id} has no {ROLE} yet, without which AWS Config sees nothing.",
        "Somebody who may create roles runs once: aws iam create-service-linked-role --aws-service-name config.amazonaws.com",
    )


def taken(view: View) -> Iterator[Finding]:
    """The place is free, or held by somebody who may not be overwritten, or to be taken over."""
    present, spec = Present(view), view.wish.spec_as(ConfigSpec)
    if present.ours:
        return
    if spec.adopt:
        yield from _adopted(view, spec, present)
    elif present.recorder is not None or present.channel is not None:
        yield _refused(view, spec, present)


def types(view: View) -> Iterator[Finding]:
    """The types that are named are known to the API of this version; AWS may know newer ones."""
    known = view.production("config").meta.service_model.shape_for("ResourceType").enum
    for index, kind in enumerate(view.wish.spec_as(ConfigSpec).resource_types):
        if kind not in known:
            message = f"{kind} is not among the {len(known)} types that AWS Config was known to record."
            hint = "Correct it, unless it is newer than this version of logflume."
            yield warning("unknown_type", f"/spec/resource_types/{index}", message, hint)


def _refused(view: View, spec: ConfigSpec, present: Present) -> Finding:
    account, region = view.wish.production.account_id, view.wish.production.region
    recorder, channel = present.recorder, present.channel
    if channel is None and recorder is not None and recorder["name"] == spec.recorder_name:
        # Without a channel it cannot have recorded: left over, or begun by a run of ours that died.
        message = f"Account {account} has a recorder {recorder['name']} in {region} that delivers nowhere; it is overwritten."
        return warning(
            "recorder_idle", "/spec/adopt", message, "Set adopt to have it back after a retirement."
        )
    where = f" It delivers to {channel['s3BucketName']}." if channel else ""
    held = f"recorder {recorder['name']}" if recorder else f"delivery channel {channel and channel['name']}"
    return error(
        "singleton_taken",
        "/spec/adopt",
        f"Account {account} has a {held} in {region}, and AWS allows one.{where}",
        "Take it over with adopt, or ask whoever made it to remove it.",
    )


def _adopted(view: View, spec: ConfigSpec, present: Present) -> Iterator[Finding]:
    """What is taken over is called as the spec says; and what changes for it."""
    found = {"recorder_name": present.recorder, "channel_name": present.channel}
    if not any(found.values()):
        message = "There is no recorder to take over: one is made, and taken away when the source is retired."
        yield suggestion("nothing_to_adopt", "/spec/adopt", message, "Leave adopt out.")
        return
    otherwise = [
        (field, one["name"]) for field, one in found.items() if one and one["name"] != getattr(spec, field)
    ]
    for field, name in otherwise:
        message = f"What is there is called {name}; AWS cannot rename it."
        yield error("named_otherwise", f"/spec/{field}", message, f"Set {field} to {name}.")
    if not otherwise:
        told = "; ".join(_turned(view, spec, present))
        yield warning(
            "recorder_turned",
            "/spec/adopt",
            f"What is taken over is changed: {told}.",
            "It is put back when the source is retired.",
        )


def _turned(view: View, spec: ConfigSpec, present: Present) -> Iterator[str]:
    """Before and after, where they differ."""
    recorder, channel = present.recorder or {}, present.channel or {}
    group = recorder.get("recordingGroup") or {}
    before = {
        "bucket": f"{channel.get('s3BucketName')}/{channel.get('s3KeyPrefix') or ''}".rstrip("/"),
        "snapshots": (channel.get("configSnapshotDeliveryProperties") or {}).get("deliveryFrequency"),
        "topic": channel.get("snsTopicARN"),
        "role": recorder.get("roleARN"),
        "types": sorted(group.get("resourceTypes") or ()) or _strategy(group),
        "global types": bool(group.get("includeGlobalResourceTypes")),
        "recording": (recorder.get("recordingMode") or {}).get("recordingFrequency", "CONTINUOUS"),
    }
    after = {
        "bucket": f"{view.names.bucket}/logs",
        "snapshots": spec.snapshot_frequency,
        "topic": None,
        "role": view.names.config_role_arn,
        "types": sorted(spec.resource_types) or "ALL_SUPPORTED_RESOURCE_TYPES",
        "global types": spec.global_types,
        "recording": spec.frequency,
    }
    for what, old in before.items():
        if old != after[what]:
            yield f"{what} {old} becomes {after[what]}"


def _strategy(group: dict[str, Any]) -> str:
    told = (group.get("recordingStrategy") or {}).get("useOnly")
    return str(told or "ALL_SUPPORTED_RESOURCE_TYPES")
