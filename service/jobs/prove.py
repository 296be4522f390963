"""The operation `verify`: one look of a proof under the lease, and between two looks a row that waits for its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session

from programs.finding import Finding
from programs.names import names_of
from service import conditions, events
from service.engine.aws import Accounts
from service.engine.credentials import session_name
from service.engine.outcome import Outcome
from service.engine.stacks import STOPPED
from service.engine.supervisor import Stop
from service.models import Operation, Source, now
from service.preflight.view import View
from service.proof.fronts.sending import Errand
from service.proof.reach import Network, Reach, SandboxNetwork
from service.proof.state import Proof
from service.proof.steps import Look, Verdict, look
from service.settings import Settings
from service.status import delivering

from . import conclude, records
from .load import Loaded


@dataclass
class Prover:
    """One look at one proof, and what is written down of it."""

    loaded: Loaded
    settings: Settings
    proof: Proof = field(init=False)
    verdict: Verdict | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Go on where the last look left off, or begin."""
        names = names_of(self.loaded.wish)
        replica = names.replica if self.loaded.wish.replicated else None
        self.proof = (
            Proof.model_validate(self.loaded.progress["state"])
            if self.loaded.progress
            else Proof(bucket=names.bucket, replica=replica, queue=names.proof_queue)
        )

    def look(self, accounts: Accounts, alive: Callable[[], float]) -> Outcome:
        """Look once. Raises botocore.exceptions.ClientError, BotoCoreError: AWS does not answer for now."""
        loaded, settings = self.loaded, self.settings
        reach: Reach = SandboxNetwork(settings.sandbox_url) if settings.mode == "sandbox" else Network()
        view = View(loaded.wish, loaded.environment, accounts, settings.subscription_filters)
        errand = Errand(view, session_name(loaded.operation_id), loaded.outputs, reach)
        beat = _now_and_then(alive, settings.lease_seconds / 4)
        try:
            self.verdict = look(Look(errand, self.proof, now(), settings.sandbox_time_scale, beat))
        except Stop as stop:
            return Outcome(ok=False, failure=STOPPED[stop.reason], stopped=stop.reason)
        return Outcome(ok=True)

    def concluded(self, session: Session, source: Source, operation: Operation) -> bool:
        """Write down how far it has come, and what follows; False where the look itself failed."""
        before = operation.progress
        operation.progress = {"proof": _shown(self.proof), "state": self.proof.model_dump(mode="json")}
        _tell(session, operation, before.get("proof", {}).get("legs", []))
        verdict = self.verdict
        if verdict is None:
            return False
        if verdict.findings:
            operation.findings = [asdict(finding) for finding in verdict.findings]
        if verdict.again is not None:
            # Whoever looks for work next sees when that is, and has itself woken then.
            news = before.get("waiting_for") != verdict.waiting_for
            operation.progress = {**operation.progress, "waiting_for": verdict.waiting_for}
            records.requeue(session, operation, verdict.again, verdict.waiting_for, counted=False, told=news)
        elif verdict.failure is not None:
            _note(source, operation, verdict.failure.message)
            error = verdict.failure.as_json()
            records.finish(session, operation, "failed", verdict.failure.message, error=error)
        else:
            message = self._end(source, operation, verdict.findings)
            records.finish(session, operation, "succeeded", message, error=None)
        conclude.settle_phase(session, source)
        return True

    def _end(self, source: Source, operation: Operation, findings: tuple[Finding, ...]) -> str:
        """What could not be proved says nothing about the source, good or bad."""
        if not self.proof.provable:
            return " ".join(finding.message for finding in findings)
        message = f"Everything marked arrived everywhere within {self.proof.seconds():.1f} s."
        _note(source, operation, message)
        return message


def _now_and_then(alive: Callable[[], float], seconds: float) -> Callable[[], None]:
    """The lease is renewed every few seconds, however often the work says that it goes on."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > seconds:
            alive()
            last = time.monotonic()

    return beat


def _shown(proof: Proof) -> dict[str, Any]:
    return {
        "proved": proof.over,
        "sent_at": proof.sent.isoformat() if proof.sent else None,
        "seconds": proof.seconds(),
        "legs": [leg.model_dump(mode="json") for leg in proof.legs()],
    }


def _note(source: Source, operation: Operation, message: str) -> None:
    """The newest proof of a source, and its condition by it."""
    shown, at = operation.progress["proof"], now()
    told = {name: shown[name] for name in ("proved", "seconds", "legs")}
    source.last_proof = {"at": at.isoformat(), "operation_id": operation.id, "message": message, **told}
    conditions.store(source, delivering(source.conditions, None, source.last_proof, at))


def _tell(session: Session, operation: Operation, before: list[dict[str, Any]]) -> None:
    """A line for each leg that has come to its end since the last look."""
    ended = {leg["name"] for leg in before if leg["state"] != "waiting"}
    for leg in operation.progress["proof"]["legs"]:
        if leg["state"] in ("passed", "broken") and leg["name"] not in ended:
            took = "" if leg["seconds"] is None else f" after {leg['seconds']:.1f} s"
            where = f": {', '.join(leg['where'])}" if leg["where"] else ""
            data = {key: value for key, value in leg.items() if key != "name"}
            line = f"{leg['name']} {leg['state']}{took}{where}"
            events.add(session, operation.id, events.LEG, line, leg=leg["name"], **data)
