"""One look at a proof that is under way: send, or see how far it has come; then wait, or say how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from programs.finding import Finding
from programs.spec import LOG_PROFILE
from service.engine.reasons import Failure, classify

from . import announcements, fronts, store
from .fronts.sending import Errand, not_provable
from .hints import certain, likely
from .places import COPIED_WITHIN, TOLD_WITHIN, arrives_within
from .state import LegName, Proof
from .store import Beat, NotCopied

EVERY = timedelta(seconds=20)
"""Between two looks; longer, the longer it takes."""
PATIENCE = 8
"""A look comes this part of the time so far after the last: what arrives is seen that much too late at the most."""

_CODES: dict[LegName, tuple[str, str]] = {
    "sent": ("front_refused", "Nothing marked could be sent."),
    "bucket": ("not_delivered", "What was sent did not come into the bucket."),
    "announced": ("not_announced", "The object is in the bucket, and our queue was not told of it."),
    "replica": ("not_copied", "The object is in the bucket, and not in its copy."),
}
MEND = "Ask for check to see what was changed by hand, and for repair to mend it; then for verify again."


_SWITCHED_OFF = not_provable(
    "/environment",
    "Proofs are switched off in this environment.",
    "Set proofs = true there, and run bootstrap.",
)


@dataclass(frozen=True)
class Verdict:
    """What a look came to: an end (`failure`: a bad one), or when to look again and what is waited for."""

    again: datetime | None = None
    waiting_for: str = ""
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()


GRACE = timedelta(seconds=15)
"""What our own machines may take besides, on whatever clock."""


class Broken(Exception):
    """A leg is broken."""

    def __init__(self, leg: LegName, reason: str) -> None:
        super().__init__(reason)
        self.leg, self.reason = leg, reason


@dataclass(frozen=True)
class Look:
    """What a look needs. `scale`: seconds of AWS's time in a second of ours, 1 but in the sandbox."""

    errand: Errand
    proof: Proof
    now: datetime
    scale: float
    beat: Beat


def look(task: Look) -> Verdict:
    """Go on with a proof, which is changed.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: AWS does not answer for now; look again later.
    """
    proof = task.proof
    try:
        if proof.sent is None:
            return _send(task)
        _search(task)
        if proof.over:
            return Verdict()
        _overdue(task)
    except Broken as broken:
        proof.broken = broken.leg
        code, message = _CODES[broken.leg]
        return Verdict(failure=Failure(code, f"{message} {broken.reason}".strip(), MEND))
    return _wait(task)


def _send(task: Look) -> Verdict:
    """The first look sends, and leaves it at that: what was sent is written down before anything else."""
    proof = task.proof
    with _on("sent"):
        sent = fronts.send(task.errand) if task.errand.view.environment.proofs else _SWITCHED_OFF
    if not sent.marks:
        proof.provable = False
        return Verdict(findings=sent.findings)
    proof.sent, proof.marks = task.now, list(sent.marks)
    return Verdict(task.now + EVERY / task.scale, _waiting(proof), findings=sent.findings)


def _search(task: Look) -> None:
    proof, view = task.proof, task.errand.view
    with _on("bucket"):
        store.find(view.log("s3"), view.wish, proof, task.now, task.beat)
    if any(m.key is None for m in proof.marks):
        return
    with _on("announced"):
        announcements.hear(view.log("sqs"), proof, task.beat)
    if proof.replica is not None:
        away = view.accounts.client(LOG_PROFILE, "s3", view.names.replica_region)
        with _on("replica"):
            store.copied(view.log("s3"), away, proof, task.now, task.beat)


def _overdue(task: Look) -> None:
    """Raise Broken for a leg of which nothing more is to be expected."""
    proof, view = task.proof, task.errand.view
    if any(m.key is None for m in proof.marks):
        _judge(task, "bucket", proof.sent, arrives_within(view.wish))
        return
    arrived = max((m.arrived for m in proof.marks if m.arrived), default=None)
    if any(m.announced is None for m in proof.marks):
        _judge(task, "announced", arrived, TOLD_WITHIN)
    if proof.replica is not None and any(m.copied is None for m in proof.marks):
        _judge(task, "replica", arrived, COPIED_WITHIN)


def _judge(task: Look, leg: LegName, since: datetime | None, within: timedelta) -> None:
    """Late is half of the time in which it may come: from then on, what AWS says against it counts."""
    view, proof = task.errand.view, task.proof
    waited = task.now - (since or task.now)
    reason = certain(view, proof, leg)
    if not reason and waited > within / task.scale / 2:
        reason = likely(view, proof, leg)
    if reason or waited > within / task.scale + GRACE:
        raise Broken(leg, reason)


def _wait(task: Look) -> Verdict:
    assert task.proof.sent is not None  # noqa: S101 - as above.
    pause = max(EVERY / task.scale, (task.now - task.proof.sent) / PATIENCE)
    return Verdict(task.now + pause, _waiting(task.proof))


def _waiting(proof: Proof) -> str:
    left = {leg.name for leg in proof.legs() if leg.state == "waiting"}
    if "bucket" in left:
        return "the marked record to arrive in the bucket"
    ends = [text for name, text in _ENDS.items() if name in left]
    return f"the object to be {' and '.join(ends)}"


_ENDS = {"announced": "announced to our queue", "replica": "copied to the second region"}


@contextmanager
def _on(leg: LegName) -> Iterator[None]:
    """What AWS refuses for good breaks the leg; what passes by itself goes on as it is."""
    try:
        yield
    except NotCopied as refused:
        raise Broken(leg, f"{refused}") from refused
    except ClientError as refused:
        reason = classify(f"api error {refused}")
        if reason.retryable:
            raise
        raise Broken(leg, reason.message) from refused
