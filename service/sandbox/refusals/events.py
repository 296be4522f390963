"""Targets EventBridge does not take: a stream needs a role, and the role is tried.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
"""

from __future__ import annotations

from typing import Any

from service.sandbox.call import Call, Denial
from service.sandbox.delivery import sessions

LONGEST_PATTERN = 2048
"""Characters, before the quota is raised (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)."""


def long_pattern(call: Call) -> Denial | None:
    """PutRule: the event pattern is not too long."""
    if len(str(call.params.get("EventPattern") or "")) <= LONGEST_PATTERN:
        return None
    return Denial("ValidationException", f"Event pattern is longer than {LONGEST_PATTERN} characters.", 400)


def bad_target(call: Call) -> Denial | None:
    """PutTargets: streams have a role, which EventBridge may take for this rule."""
    rule = f"arn:aws:events:{call.region}:{call.account}:rule/{call.params.get('Rule')}"
    targets: list[dict[str, Any]] = call.params.get("Targets") or []
    for target in targets:
        arn, role = str(target.get("Arn")), target.get("RoleArn")
        if role is None and ":firehose:" in arn:
            return Denial("ValidationException", f"RoleArn is required for target {arn}.", 400)
        if role is not None and not _can_take(str(role), rule):
            message = f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
            return Denial("ValidationException", message, 400)
    return None


def _can_take(role: str, rule: str) -> bool:
    try:
        sessions.assume_as_events(rule, role)
    except sessions.Refused:
        return False
    return True


REFUSALS = [
    (("events", "PutRule"), long_pattern),
    (("events", "PutTargets"), bad_target),
]
