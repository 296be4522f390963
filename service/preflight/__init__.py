"""What can be seen in the accounts before anything is changed there: a refusal now is cheaper than half a pipeline.

Every check looks and changes nothing. All of them are asked, at once where nothing hinders it, and all that they find is
told: in a dry run, in a preview, and before an apply, where the first ERROR stops it. A kind's own checks are in a file
of their own and stand in `KINDS`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from botocore.exceptions import BotoCoreError, ClientError

from programs.cloudwatch.spec import LogGroupsSpec
from programs.finding import SEVERITIES, Finding
from programs.wish import Wish
from service.engine.aws import Accounts
from service.engine.reasons import Failure, classify, is_retryable

from . import accounts as accounts_checks
from . import log_groups, networks, permissions, quotas, recorders, sources, store, takeover, trails
from .view import Check, View, warning

__all__ = ["adoptable", "look", "refusal"]

EVERYBODY: tuple[Check, ...] = (
    accounts_checks.regions,
    store.buckets,
    store.keys,
    quotas.buckets,
    quotas.roles,
    permissions.production,
    permissions.log,
)
KINDS: Mapping[str, tuple[Check, ...]] = {
    "cloudtrail": (trails.room, trails.adopted, trails.heard),
    "cloudwatch": (log_groups.exist, log_groups.have_room, sources.source),
    "config": (recorders.role, recorders.taken, recorders.types),
    "syslog": (networks.place,),
}
"""What a kind looks at besides."""

PATIENCE = 60.0
"""Seconds that all checks together may take; the engine waits longer for a single call."""
AT_ONCE = 6


def look(view: View, patience: float = PATIENCE) -> list[Finding]:
    """Everything there is to say about the accounts, refusals first. An account that cannot be asked is a finding, too."""
    ends = time.monotonic() + patience
    found = _together([accounts_checks.reached], view, ends)
    if not any(finding.severity == "ERROR" for finding in found):
        found += _together([*EVERYBODY, *KINDS.get(view.wish.kind, ())], view, ends)
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def refusal(found: Sequence[Finding]) -> Failure | None:
    """The first ERROR as the reason why an operation ends; what passes by itself is tried again."""
    refused = [finding for finding in found if finding.severity == "ERROR"]
    if not refused:
        return None
    first, more = refused[0], len(refused) - 1
    message = f"{first.message} And {more} more: see the findings." if more else first.message
    return Failure(first.code, message, first.hint, is_retryable(first.code))


def adoptable(wish: Wish, accounts: Accounts, checkpoint: bytes | None) -> dict[str, str]:
    """What the stack is to create, does not know, and exists already: "type::name" -> id to import.

    Raises:
        botocore.exceptions.ClientError: the account cannot be asked.
    """
    known = checkpoint or b""
    found = takeover.adoptable(wish, known)
    if isinstance(wish.spec, LogGroupsSpec):
        found |= log_groups.adoptable(wish, accounts, known)
    return found


def _together(checks: Iterable[Check], view: View, ends: float) -> list[Finding]:
    pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="preflight")
    try:
        running = {pool.submit(_asked, check, view): check for check in checks}
        done, late = wait(running, timeout=max(0.0, ends - time.monotonic()))
        found = [finding for future in running if future in done for finding in future.result()]
        return found + [_late(running[future]) for future in late]
    finally:
        # What is late ends by its own time limit; nobody waits for it.
        pool.shutdown(wait=False, cancel_futures=True)


def _asked(check: Check, view: View) -> list[Finding]:
    try:
        return list(check(view))
    except (ClientError, BotoCoreError) as failed:
        why = classify(f"api error {failed}")
        if why.code == "aws_access_denied":
            hint = "Run `logflume bootstrap` again: it lets the deploy role look."
            return [warning("may_not_look", "/environment", why.message, hint)]
        return [warning("could_not_look", "/environment", why.message, "Ask again in a while.")]


def _late(check: Check) -> Finding:
    subject = f"{check.__module__.rpartition('.')[2]}, {check.__name__}"
    return warning(
        "could_not_look",
        "/environment",
        f"AWS did not answer in time about {subject}.",
        "Ask again in a while.",
    )
