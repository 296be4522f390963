"""Trails: room for one more, one that is taken over, and one that a service's calls rest on.

Sources: "Quotas in AWS CloudTrail", "Managing CloudTrail trail costs" (the first copy of management events is free) and
"Creating a trail for an organization" in the CloudTrail User Guide; "AWS service events delivered via AWS CloudTrail" in
EventBridge's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.finding import Finding

from .view import View, error, suggestion, warning

MOST_TRAILS = 5
"""In a region; a trail of all regions is one in each, and the number cannot be raised."""
Trail = dict[str, Any]


def room(view: View) -> Iterator[Finding]:
    """There is room for a trail of ours, unless it is there already or another one is taken over."""
    spec = view.wish.spec
    if not isinstance(spec, CloudTrailSpec) or spec.adopt is not None:
        return
    others = [trail for trail in _trails(view) if trail["TrailARN"] != view.names.trail_arn]
    told = ", ".join(sorted(trail["Name"] for trail in others))
    if len(others) >= MOST_TRAILS:
        message = f"{view.wish.production.region} has {len(others)} trails: {told}. AWS allows {MOST_TRAILS}."
        yield error("trails_used_up", "/spec/adopt", message, "Take one over with adopt, or remove one.")
    elif any(_tells(view, trail) for trail in others):
        message = (
            f"Management events are logged already, by one of {told}; AWS bills every copy after the first."
        )
        yield suggestion(
            "logged_twice", "/spec/adopt", message, "Take that trail over with adopt, if it is yours."
        )


def adopted(view: View) -> Iterator[Finding]:
    """A trail that is taken over is there, at home in this region, and the account's own; and what changes for it."""
    spec = view.wish.spec
    if not isinstance(spec, CloudTrailSpec) or spec.adopt is None:
        return
    trail = next((one for one in _trails(view) if one["Name"] == spec.adopt), None)
    refused = _cannot_be_adopted(view, spec.adopt, trail)
    if refused is not None or trail is None:
        yield from [refused] if refused is not None else []
        return
    if trail["S3BucketName"] != view.names.bucket:
        folder = f"{trail['S3BucketName']}/{trail.get('S3KeyPrefix') or ''}".rstrip("/")
        message = (
            f"Trail {spec.adopt} delivers to {folder} and will deliver to {view.names.bucket}/logs instead."
        )
        yield warning("trail_turned", "/spec/adopt", message, "It is turned back when the source is retired.")
    yield from _lacking(view, spec.adopt, trail)


def heard(view: View) -> Iterator[Finding]:
    """A service's calls are told to EventBridge only while a trail logs management events."""
    if not isinstance(view.wish.spec, ApiCallsSpec) or any(_tells(view, one) for one in _trails(view)):
        return
    account, region = view.wish.production.account_id, view.wish.production.region
    yield warning(
        "no_trail",
        "/environment",
        f"No trail logs management events of account {account} in {region}: no call will arrive.",
        "Ask for a source of kind cloudtrail in this environment.",
    )


def _cannot_be_adopted(view: View, name: str, trail: Trail | None) -> Finding | None:
    account, region = view.wish.production.account_id, view.wish.production.region
    if trail is None:
        message = f"There is no trail {name} in account {account} ({region})."
        return error("trail_missing", "/spec/adopt", message, "Correct the name.")
    if trail.get("IsOrganizationTrail") or f":{account}:" not in trail["TrailARN"]:
        message = f"Trail {name} belongs to the organization."
        return error("trail_of_organization", "/spec/adopt", message, "Name a trail of the account's own.")
    if trail["HomeRegion"] != region:
        message = f"Trail {name} was made in {trail['HomeRegion']}, and can be changed there alone."
        return error("trail_elsewhere", "/spec/adopt", message, f"Name a trail that was made in {region}.")
    return None


def _lacking(view: View, name: str, trail: Trail) -> Iterator[Finding]:
    """What a trail of ours would have, and this one is left without."""
    status = view.production("cloudtrail").get_trail_status(Name=trail["TrailARN"])
    lacks = [
        ("does not log at present", not status["IsLogging"]),
        ("logs one region alone", not trail["IsMultiRegionTrail"]),
        ("has no log file validation", not trail["LogFileValidationEnabled"]),
    ]
    found = [what for what, so in lacks if so]
    if found:
        message = f"Trail {name} {' and '.join(found)}; it is taken over as it is."
        yield warning("trail_lacks", "/spec/adopt", message, "Ask whoever keeps the trail to change it.")


def _trails(view: View) -> list[Trail]:
    """The trails that log what happens in production's region, those of other regions and the organization included."""
    found: list[Trail] = view.production("cloudtrail").describe_trails()["trailList"]
    return found


def _tells(view: View, trail: Trail) -> bool:
    """Whether a trail logs, and logs management events. An organization's cannot be asked, and exists for that."""
    arn = str(trail["TrailARN"])
    if f":{view.wish.production.account_id}:" not in arn:
        return True
    cloudtrail = view.production("cloudtrail", trail["HomeRegion"])
    if not cloudtrail.get_trail_status(Name=arn)["IsLogging"]:
        return False
    selectors = cloudtrail.get_event_selectors(TrailName=arn)
    fields = [
        field for one in selectors.get("AdvancedEventSelectors") or [] for field in one["FieldSelectors"]
    ]
    basic = selectors.get("EventSelectors") or []
    return any(field.get("Equals") == ["Management"] for field in fields) or any(
        one.get("IncludeManagementEvents", True) for one in basic
    )
