"""A marked API call: what CloudTrail writes of it has the name of the session that made it.

`userIdentity.arn` of a call made under a role ends in the session's name ("CloudTrail userIdentity element", CloudTrail User
Guide), and ours has the operation's id in it. The calls only read: GetCallerIdentity for a trail ("CloudTrail logs all
authenticated API requests to IAM and AWS STS", IAM User Guide), and one of the service that is listened to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from service.preflight.view import View
from service.proof.state import Marked

from .sending import Errand, Sent, not_provable

_READS: Mapping[str, Callable[[View], Any]] = {
    "ecr": lambda view: view.production("ecr").describe_registry(),
    "elasticsearch": lambda view: view.production("opensearch").list_domain_names(),
}


def send_to_trail(errand: Errand) -> Sent:
    """A call that every trail of management events records, unless it leaves out what only reads."""
    view = errand.view
    spec = view.wish.spec_as(CloudTrailSpec)
    if spec.adopt is not None and not _logs_reads(view, spec.adopt):
        return not_provable(
            "/spec/adopt",
            f"The trail {spec.adopt} does not log calls that only read, and a proof changes nothing.",
            "Its own delivery status is watched: status.last_delivery_at.",
        )
    view.production("sts").get_caller_identity()
    return Sent((Marked(front="sts:GetCallerIdentity", mark=errand.marker),))


def send_to_service(errand: Errand) -> Sent:
    """A call to the service whose calls are shipped, if those that only read are."""
    view = errand.view
    spec = view.wish.spec_as(ApiCallsSpec)
    if not spec.reads:
        return not_provable(
            "/spec/reads",
            "Only calls that change something are shipped, and a proof changes nothing.",
            "Change something harmless yourself, and look for it in the store.",
        )
    preset = str(getattr(spec, "preset", ""))
    _READS[preset](view)
    return Sent((Marked(front=f"{preset} API", mark=errand.marker),))


def _logs_reads(view: View, trail: str) -> bool:
    """Whether the selectors of somebody's trail take management events that only read (GetEventSelectors)."""
    found = view.production("cloudtrail").get_event_selectors(TrailName=trail)
    basic = found.get("EventSelectors") or []
    advanced = [selector["FieldSelectors"] for selector in found.get("AdvancedEventSelectors") or []]
    return any(
        s.get("IncludeManagementEvents") and s.get("ReadWriteType") != "WriteOnly" for s in basic
    ) or any(_takes_reads(fields) for fields in advanced)


def _takes_reads(fields: list[dict[str, Any]]) -> bool:
    management = any(f["Field"] == "eventCategory" and "Management" in f.get("Equals", []) for f in fields)
    writes_only = any(f["Field"] == "readOnly" and "true" not in f.get("Equals", ["true"]) for f in fields)
    return management and not writes_only
