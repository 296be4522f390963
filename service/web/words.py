"""What the pages call things: plain words for the person who asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final


@dataclass(frozen=True)
class Badge:
    """A state as a sign, a word and a tone: sign and word say it all, the colour only helps."""

    sign: str
    word: str
    tone: str
    """CSS class: good | busy | bad | quiet | ask."""
    sentence: str = ""


PHASES: Final[Mapping[str, Badge]] = {
    "pending": Badge("○", "Waiting", "busy", "Stored. A worker will start on it shortly."),
    "reconciling": Badge("◐", "Working", "busy", "What you asked for is being put in place."),
    "ready": Badge("✓", "Ready", "good", "Everything you asked for is in place."),
    "stalled": Badge(
        "!", "Needs attention", "bad", "It could not be put in place, and nothing more is tried by itself."
    ),
    "retiring": Badge("◑", "Retiring", "busy", "Shipping is being switched off. What was collected stays."),
    "retired": Badge(
        "■",
        "Retired",
        "quiet",
        "No logs are shipped any more. What was collected stays until its retention ends.",
    ),
    "purging": Badge("◑", "Deleting", "bad", "The store and everything in it is being deleted."),
    "purged": Badge("✕", "Deleted", "quiet", "The store and everything in it was deleted."),
}

DRIFTED: Final = Badge(
    "?",
    "Changed by hand",
    "ask",
    "Everything was put in place, and somebody has changed something of it in AWS.",
)

STATES: Final[Mapping[str, Badge]] = {
    "queued": Badge("○", "Waiting", "busy"),
    "running": Badge("◐", "Running", "busy"),
    "succeeded": Badge("✓", "Done", "good"),
    "failed": Badge("!", "Failed", "bad"),
    "cancelled": Badge("✕", "Cancelled", "quiet"),
    "superseded": Badge("»", "Replaced by a newer one", "quiet"),
    "awaiting_approval": Badge("?", "Waits for approval", "ask"),
    "rejected": Badge("✕", "Rejected", "quiet"),
}

LEGS: Final[Mapping[str, str]] = {
    "sent": "Sent at the source",
    "bucket": "Came into the bucket",
    "announced": "Announced to our queue",
    "replica": "Copied to the second region",
}
LEG_STATES: Final[Mapping[str, Badge]] = {
    "waiting": Badge("○", "Waiting", "busy"),
    "passed": Badge("✓", "Done", "good"),
    "broken": Badge("!", "Broken", "bad"),
    "not_provable": Badge("?", "Cannot be proved", "ask"),
}

KINDS_OF_WORK: Final[Mapping[str, str]] = {
    "preview": "Preview",
    "apply": "Apply",
    "check": "Check for changes made by hand",
    "repair": "Repair",
    "verify": "Send a test record",
    "retire": "Retire",
    "purge": "Delete the store",
}

_CONDITIONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("Ready", "True"): ("good", "Everything you asked for is in place"),
    ("Ready", "False"): ("bad", "What you asked for is not in place"),
    ("Ready", "Unknown"): ("busy", "Not in place yet"),
    ("Reconciling", "True"): ("busy", "Work is going on"),
    ("Stalled", "True"): ("bad", "Stopped: it needs somebody to look at it"),
    ("Drifted", "True"): ("ask", "Somebody changed something in AWS by hand"),
    ("Drifted", "False"): ("good", "Nothing was changed by hand"),
    ("AccessWidened", "True"): ("bad", "Somebody can touch these logs who is not meant to"),
    ("AccessWidened", "False"): ("good", "Nobody can touch these logs but who is meant to"),
    ("Delivering", "True"): ("good", "Logs arrive in the log account"),
    ("Delivering", "False"): ("bad", "Logs do not arrive in the log account"),
}
_SIGNS: Final = {"good": "✓", "busy": "◐", "bad": "!", "ask": "?", "quiet": "·"}

_OUTPUTS: Final[Mapping[str, str]] = {
    "endpoint": "Send syslog to",
    "protocols": "By",
    "port": "Port of udp and tcp",
    "tls_port": "Port of tls",
    "bucket": "Bucket with your logs",
    "prefix": "Keys begin with",
    "log_groups": "Log groups",
    "replica_bucket": "Bucket with the copy, in the second region",
    "account": "Log account",
    "region": "Region",
    "key_arn": "Key that encrypts them",
    "replica_key_arn": "Key that encrypts the copy",
    "topic_arn": "Topic behind the queues",
    "proof_queue_url": "Queue of logflume's own, for proofs",
    "writer_role_arn": "Role that writes the logs",
    "stream": "Delivery stream",
    "trail_arn": "Trail",
    "rule": "EventBridge rule",
    "recorder": "Recorder",
    "channel": "Delivery channel",
    "group": "Group of servers",
    "alarm_topic_arn": "Alarms of the store, in the log account",
    "delivery_alarm_topic_arn": "Alarms of the delivery, in the production account",
}
_FIRST: Final = (
    *("endpoint", "protocols", "port", "tls_port"),
    *("bucket", "prefix", "account", "region", "replica_bucket", "key_arn", "replica_key_arn"),
)
"""What somebody needs who sends logs or looks for them; the rest is how they get there."""

_CONSUMERS: Final[Mapping[str, Badge]] = {
    "ready": Badge("✓", "Reads", "good", "Its queue and its role are in place."),
    "pending": Badge("○", "To come", "busy", "Its queue and its role are made with the next apply."),
    "leaving": Badge(
        "✕", "To go", "ask", "Nobody wants it any more: the next apply takes its queue and role away."
    ),
}


def phase(name: str) -> Badge:
    """The badge of a source's phase; a word this page does not know is shown as it is."""
    return PHASES.get(name, Badge("·", name, "quiet"))


def status(phase_now: str, conditions: Sequence[Mapping[str, Any]]) -> Badge:
    """The badge of a source: its phase, unless it would hide that something was changed by hand."""
    drifted = any(c.get("type") == "Drifted" and c.get("status") == "True" for c in conditions)
    return DRIFTED if drifted and phase_now in ("ready", "retired") else phase(phase_now)


def state(name: str) -> Badge:
    """The badge of an operation's state."""
    return STATES.get(name, Badge("·", name, "quiet"))


def leg(name: str) -> str:
    """A leg of a proof, as what happened there."""
    return LEGS.get(name, name)


def leg_state(name: str) -> Badge:
    """The badge of a leg."""
    return LEG_STATES[name]


def work(kind: str) -> str:
    """What an operation does."""
    return KINDS_OF_WORK.get(kind, kind.capitalize())


def condition(item: Mapping[str, Any]) -> Badge | None:
    """A stored condition as a sentence; None for one that says only that another does not hold."""
    kind, status = str(item.get("type")), str(item.get("status"))
    if kind in ("Reconciling", "Stalled") and status != "True":
        return None
    tone, sentence = _CONDITIONS.get((kind, status), ("quiet", f"{kind}: {status}"))
    return Badge(_SIGNS[tone], kind, tone, sentence)


def output(name: str) -> str:
    """The label of a stack output."""
    return _OUTPUTS.get(name, name.replace("_", " ").capitalize())


def consumer(status: str) -> Badge:
    """The badge of a consumer's status."""
    return _CONSUMERS[status]


def outputs(found: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """A stack's outputs without its consumers: `first` what somebody looks for, `more` the rest; empty where there are none."""
    first = [(name, found[name]) for name in _FIRST if found.get(name)]
    left_out = (*_FIRST, "consumers")
    more = [(name, value) for name, value in found.items() if name not in left_out and value]
    return {"first": first, "more": more} if first or more else {}


def ago(moment: datetime | str | None, now: datetime | None = None) -> str:
    """How long ago, in the largest unit that says enough; `never` for None. Times ahead read `in …`."""
    at = when(moment)
    if at is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if abs(seconds) < 5:
        return "just now"
    text = _span(abs(seconds))
    return f"{text} ago" if seconds > 0 else f"in {text}"


def exact(moment: datetime | str | None) -> str:
    """`2026-11-24 08:35:19 UTC`, for the title of a relative time."""
    at = when(moment)
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def when(moment: datetime | str | None) -> datetime | None:
    """A stored moment, also one kept as ISO text in a JSON column."""
    if isinstance(moment, str):
        return datetime.fromisoformat(moment) if moment else None
    return moment


def lasted(start: datetime | None, end: datetime | None) -> str:
    """How long something took, `` where it has not ended."""
    return "" if start is None or end is None else _span(max((end - start).total_seconds(), 0.0), fine=True)


def span(seconds: float) -> str:
    """A length of time, in the largest unit that says enough."""
    return _span(seconds, fine=True)


def _span(seconds: float, *, fine: bool = False) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' * (count != 1)}"
    return f"{seconds:.1f} seconds" if fine and seconds < 10 else f"{int(seconds)} seconds"


def changes(counts: Mapping[str, Any] | None, state: str = "succeeded", kind: str = "apply") -> str:
    """`17 created, 1 changed`, or that there was nothing to do; `` where nothing is known yet, or was ever tried.

    A check finds and a preview foretells: neither has done anything, and neither says that it has.
    """
    if counts is None:
        return ""
    told = _TOLD.get(kind, ("created", "changed", "replaced", "removed", "nothing had to change"))
    names = zip(("create", "update", "replace", "delete"), told, strict=False)
    parts = [f"{counts[key]} {word}" for key, word in names if counts.get(key)]
    return ", ".join(parts) or (told[4] if state == "succeeded" else "")


_TOLD: Final[Mapping[str, tuple[str, str, str, str, str]]] = {
    "check": ("new", "found changed", "found replaced", "found gone", "nothing was changed by hand"),
    "preview": ("to create", "to change", "to replace", "to remove", "nothing would have to change"),
}


def short_type(token: str) -> str:
    """`aws:s3/bucket:Bucket` -> `s3 Bucket`: what an engineer calls it."""
    parts = token.split(":")
    return f"{parts[1].split('/')[0]} {parts[-1]}" if len(parts) == 3 else token
