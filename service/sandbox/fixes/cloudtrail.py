"""CloudTrail: trails that deliver to another account's bucket, and answers that say what AWS's say.

Sources: API_GetTrail, API_GetTrailStatus, API_DeleteTrail, API_PutEventSelectors and API_GetEventSelectors in the
CloudTrail API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudtrail.exceptions import TrailNotFoundException
from moto.cloudtrail.models import CloudTrailBackend, Trail, TrailStatus
from moto.core.utils import unix_time

from service.sandbox import moment
from service.sandbox.fixes import replaces

EVERYTHING = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""What a trail selects until it is told otherwise."""
ERRORS = {"latest_delivery_error": "LatestDeliveryError", "latest_digest_error": "LatestDigestDeliveryError"}
TIMES = {
    "started": "StartLoggingTime",
    "stopped": "StopLoggingTime",
    "latest_delivery": "LatestDeliveryTime",
    "latest_digest": "LatestDigestDeliveryTime",
}


@replaces(Trail, "check_bucket_exists")
def _check_bucket_exists(_original: Callable[..., None], _self: Trail) -> None:
    """moto looks in the trail's account alone; the refusals look everywhere."""


@replaces(Trail, "description")
def _description(
    original: Callable[..., dict[str, Any]], self: Trail, include_region: bool = True
) -> dict[str, Any]:
    """Without what is not there (moto sends null), and with the home region unless it is not wanted."""
    described = original(self, include_region) | {"HasCustomEventSelectors": has_own_selectors(self)}
    return {name: value for name, value in described.items() if value not in (None, "")}


def has_own_selectors(trail: Trail) -> bool:
    """Whether the trail was told to select something else than all management events."""
    return bool(trail.advanced_event_selectors) or _completed(trail.event_selectors) != [EVERYTHING]


def _completed(selectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [EVERYTHING | selector for selector in selectors] or [EVERYTHING]


@replaces(Trail, "put_event_selectors")
def _put_event_selectors(
    _original: Callable[..., None],
    self: Trail,
    event_selectors: list[dict[str, Any]] | None,
    advanced_event_selectors: list[dict[str, Any]] | None,
) -> None:
    """Each kind takes the other's place; moto keeps the advanced ones."""
    self.event_selectors = event_selectors or []
    self.advanced_event_selectors = [] if event_selectors else advanced_event_selectors or []


@replaces(Trail, "get_event_selectors")
def _get_event_selectors(
    _original: Callable[..., Any], self: Trail
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if self.advanced_event_selectors:
        return [], self.advanced_event_selectors
    return _completed(self.event_selectors), []


@replaces(CloudTrailBackend, "delete_trail")
def _delete_trail(_original: Callable[..., None], self: CloudTrailBackend, name: str) -> None:
    """By name or ARN, and not silently where there is none. Its tags go with it."""
    trail = self.get_trail(name)
    self.tagging_service.delete_all_tags_for_resource(trail.arn)
    del self.trails[trail.trail_name]


@replaces(CloudTrailBackend, "get_trail")
def _get_trail(original: Callable[..., Trail], self: CloudTrailBackend, name_or_arn: str) -> Trail:
    """A multi-region trail is seen from every region by its ARN."""
    try:
        return original(self, name_or_arn)
    except TrailNotFoundException:
        shadows = self.describe_trails(include_shadow_trails=True)
        found = next((trail for trail in shadows if trail.arn == name_or_arn), None)
        if found is None:
            raise
        return found


@replaces(TrailStatus, "description")
def _status(_original: Callable[..., dict[str, Any]], self: TrailStatus) -> dict[str, Any]:
    """What `delivery.trails` saw, where moto tells of a delivery every time it is asked."""
    told: dict[str, Any] = {"IsLogging": self.is_logging}
    for attribute, member in TIMES.items():
        instant = getattr(self, attribute, None)
        if instant is not None:
            told[member] = unix_time(instant)
    for attribute, member in ERRORS.items():
        error = getattr(self, attribute, None)
        if error:
            told[member] = error
    return told


@replaces(TrailStatus, "start_logging")
def _start_logging(_original: Callable[..., None], self: TrailStatus) -> None:
    self.is_logging = True
    self.started = moment.utcnow()
