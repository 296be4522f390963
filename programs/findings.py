"""What can be said about a wish without looking into an account: refusals, warnings, suggestions, all at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from programs.aws_config import findings as aws_config
from programs.cloudtrail import findings as cloudtrail
from programs.cloudwatch import findings as cloudwatch
from programs.finding import SEVERITIES, Finding
from programs.store import findings as store
from programs.syslog import findings as syslog
from programs.wish import Wish

Check = Callable[[Wish], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "cloudtrail": cloudtrail.check,
    "cloudwatch": cloudwatch.check,
    "config": aws_config.check,
    "syslog": syslog.check,
}
"""What a kind says beyond its store."""


def check(wish: Wish) -> list[Finding]:
    """Everything there is to say about the wish, refusals first."""
    found = [*store.check(wish), *CHECKS[wish.kind](wish)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
