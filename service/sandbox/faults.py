"""Faults on demand: AWS operations that are refused, slow, broken or unanswered as they are told to be.

For tests of what retries, waits and recovers. Rules are kept in memory alone: a restart knows none.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from service.sandbox import spelling
from service.sandbox.call import Call, Denial

Kind = Literal["error", "throttle", "server_error", "unavailable", "denied", "delay", "lost"]
"""`error`: the rule's own code and status. `throttle`, `server_error` (500), `unavailable` (503) and `denied`: as the
service spells them. `delay`: served late. `lost`: done, but the connection is closed instead of an answer."""
LONGEST_DELAY = 60.0
MESSAGE = "The sandbox was told to refuse this."


@dataclass(frozen=True)
class Fault:
    """Calls that match `service`, `operation`, `account` and `region` (``*`` and ``?`` as in file names) go wrong.

    Of those calls the first `skip` are spared; of the others each one goes wrong, or one with `probability`, by chance
    that begins with `seed`; and no more than `times` of them.
    """

    service: str
    """Name of the boto3 client."""
    operation: str
    """Name of the botocore operation."""
    account: str = "*"
    """The account that owns what is called: of a bucket, its owner."""
    region: str = "*"
    kind: Kind = "error"
    code: str = "SlowDown"
    status: int = 503
    message: str = MESSAGE
    seconds: float = 0.0
    """How much later a call is served or refused, whatever the kind; at most `LONGEST_DELAY`."""
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError where a member is out of its range."""
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}")
        if not 0 <= self.seconds <= LONGEST_DELAY or (self.kind == "delay" and not self.seconds):
            raise ValueError(f"seconds must be 0 to {LONGEST_DELAY:g}, and more than 0 for a delay")
        if not 0 <= self.probability <= 1 or self.skip < 0 or (self.times is not None and self.times < 1):
            raise ValueError("probability must be 0 to 1, skip 0 or more and times 1 or more")

    def matches(self, call: Call, account: str) -> bool:
        """Whether this rule is about a call that `account` would serve."""
        pairs = (
            (call.service, self.service),
            (call.operation, self.operation),
            (account, self.account),
            (call.region, self.region),
        )
        return all(fnmatchcase(value, pattern) for value, pattern in pairs)

    def refusal(self, call: Call) -> Denial | None:
        """The error that answers a call; None where it is served."""
        match self.kind:
            case "error":
                return Denial(self.code, self.message, self.status)
            case "throttle":
                return spelling.throttled(call.service, call.operation)
            case "server_error":
                return spelling.broken(call.service)
            case "unavailable":
                return spelling.unavailable(call.service)
            case "denied":
                return spelling.denied(call.service, self.message)
        return None

    def wait(self) -> None:
        """Let the time pass that the rule says. Nothing may be locked meanwhile."""
        if self.seconds:
            time.sleep(self.seconds)


class _Rule:
    """A fault, and how often it was looked at and fired."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.matched = self.fired = 0
        self._chance = random.Random(fault.seed)  # noqa: S311 - chance that can be repeated is what is asked for

    def fires(self, call: Call, account: str) -> bool:
        if not self.fault.matches(call, account):
            return False
        self.matched += 1
        if self.matched <= self.fault.skip or self.fired == self.fault.times:
            return False
        if self._chance.random() >= self.fault.probability:
            return False
        self.fired += 1
        return True


_lock = threading.Lock()
_rules: tuple[_Rule, ...] = ()


def use(rules: Iterable[Fault]) -> None:
    """Have these rules, and none from before."""
    global _rules
    with _lock:
        _rules = tuple(_Rule(fault) for fault in rules)


def parsed(rules: list[dict[str, Any]]) -> list[Fault]:
    """Rules as they were sent. Raises TypeError or ValueError where one is none."""
    names = {field.name for field in fields(Fault)}
    for rule in rules:
        unknown = sorted(rule.keys() - names)
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}")
    return [Fault(**rule) for rule in rules]


def listed() -> list[dict[str, Any]]:
    """Every rule, with how many calls it `matched` and how many of them it has made go wrong (`fired`)."""
    with _lock:
        return [asdict(rule.fault) | {"matched": rule.matched, "fired": rule.fired} for rule in _rules]


def of(call: Call, account: str) -> Fault | None:
    """What goes wrong with a call that `account` would serve: the first rule that fires, which counts."""
    with _lock:
        return next((rule.fault for rule in _rules if rule.fires(call, account)), None)
