"""AWS as the plugin reaches it: the profile and region that the program names, and the right account or none."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from service.plugin.server import PluginError
from service.plugin.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE: Final = 900.0
"""Seconds that a change at the source may take. "Cluster updates … should finish within a few minutes"
(https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html); RDS promises nothing."""


@dataclass(frozen=True)
class Config:
    """What a program said of the provider, in the words of the AWS provider."""

    profile: str
    region: str
    account_id: str

    @classmethod
    def parse(cls, values: Values) -> Config:
        """Read the arguments as the SDK sends them: texts plain, lists as JSON text.

        Raises PluginError naming what is missing or unknown.
        """
        given = {name: value for name, value in values.items() if name != "version"}
        wrong = sorted(given.keys() ^ {"profile", "region", "allowedAccountIds"})
        if wrong:
            raise PluginError(
                f"the logflume provider takes profile, region, allowedAccountIds; look at {', '.join(wrong)}"
            )
        accounts = json.loads(given["allowedAccountIds"])
        if len(accounts) != 1:
            raise PluginError("the logflume provider works in one account: allowedAccountIds has one entry")
        return cls(given["profile"], given["region"], accounts[0])


@dataclass
class Aws:
    """Clients of one account and region; what is waited for ends when the engine cancels."""

    config: Config
    cancelled: threading.Event
    patience: float = PATIENCE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def connect(cls, config: Config, cancelled: threading.Event) -> Aws:
        """Clients that were seen to lead to the right account.

        Raises PluginError: the credentials do not work, or are another account's.
        """
        aws = cls(config, cancelled)
        with told(f"asking whose credentials profile {config.profile} has"):
            account = aws.client("sts").get_caller_identity()["Account"]
        if account != config.account_id:
            raise PluginError(f"AWS account ID not allowed: {account}")
        return aws

    def client(self, service: str) -> Any:
        """A botocore client, made when it is first needed."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        import botocore.config
        import botocore.session

        options = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 6})
        session = botocore.session.Session(profile=self.config.profile)
        return session.create_client(service, region_name=self.config.region, config=options)

    def until(self, what: str, done: Callable[[], bool]) -> None:
        """Ask `done` until it is true. Raises PluginError when patience ends, or once the engine cancels."""
        deadline, pause = time.monotonic() + self.patience, 0.1
        while not done():
            if time.monotonic() >= deadline:
                raise PluginError(f"waiting for {what}: timed out after {self.patience:g} s")
            if self.cancelled.wait(pause):
                raise PluginError(f"waiting for {what}: cancelled by the engine")
            pause = min(pause * 2, 10.0)


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what botocore raises inside into a PluginError that begins with what was being done."""
    import botocore.exceptions

    try:
        yield
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise PluginError(f"{doing}: {error}") from error


def code_of(error: Any) -> str:
    """AWS's code of a ClientError."""
    return str(error.response["Error"]["Code"])
