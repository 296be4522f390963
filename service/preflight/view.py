"""What a check looks at: a wish, its environment, and AWS as the deploy roles see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from programs.finding import Finding, Severity
from programs.names import Names, names_of
from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE
from programs.wish import Wish
from service.engine.aws import Accounts
from service.environments import Environment


@dataclass
class View:
    """Shared by checks that run at the same time: clients are made one after the other, using them is safe."""

    wish: Wish
    environment: Environment
    accounts: Accounts
    filter_limit: int = 5
    """Subscription filters that a log group can have: the setting `LOGFLUME_SUBSCRIPTION_FILTERS`."""
    _clients: dict[tuple[str, str, str | None], Any] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def names(self) -> Names:
        """Names and ARNs of the source."""
        return names_of(self.wish)

    def production(self, service: str, region: str | None = None) -> Any:
        """A client in the production account; in the region of the sender's side unless told otherwise."""
        return self._client(PRODUCTION_PROFILE, service, region or self.names.production_region)

    def log(self, service: str, region: str | None = None) -> Any:
        """A client in the log account."""
        return self._client(LOG_PROFILE, service, region)

    def _client(self, profile: str, service: str, region: str | None) -> Any:
        with self._making:
            key = (profile, service, region)
            if key not in self._clients:
                self._clients[key] = self.accounts.client(profile, service, region)
            return self._clients[key]


Check = Callable[[View], Iterable[Finding]]
"""Looks and changes nothing.

Raises:
    botocore.exceptions.ClientError, BotoCoreError: AWS would not say; that becomes a finding of its own.
"""


def error(code: str, place: str, message: str, hint: str) -> Finding:
    """What stands in the way."""
    return _finding("ERROR", code, place, message, hint)


def warning(code: str, place: str, message: str, hint: str) -> Finding:
    """What will work, but maybe not as meant."""
    return _finding("WARNING", code, place, message, hint)


def suggestion(code: str, place: str, message: str, hint: str) -> Finding:
    """What could be better."""
    return _finding("SUGGESTION", code, place, message, hint)


def _finding(severity: Severity, code: str, place: str, message: str, hint: str) -> Finding:
    return Finding(severity, code, place, message, hint)
