"""Where a journey happens: a running logflume and the AWS behind it, real or not, driven over HTTP and boto3."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

PRODUCTION, LOG, SECURITY = "111111111111", "222222222222", "333333333333"
"""The accounts of the sandbox, and what journeys call the two sides wherever they happen."""
REGION, REPLICA_REGION = "eu-west-3", "eu-west-1"
WAIT_SECONDS = 120.0

T = TypeVar("T")


def eventually(ask: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Ask until there is an answer; what another process does has no event to wait on here."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


class World(ABC):
    """`api` speaks as the requester of the team unless told otherwise; tokens have the names of those of the sandbox."""

    environment_name = "default"
    team = "payments"
    patience = WAIT_SECONDS
    """Seconds until something that takes its time has taken too long."""
    _http: httpx.Client | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the web is."""

    @abstractmethod
    def aws(self, service: str, account: str, region: str = REGION) -> Any:
        """A boto3 client of somebody who may look at, and change, what journeys do on that side."""

    @abstractmethod
    def flush(self) -> None:
        """Deliver what waits, where that can be hurried."""

    def group(self, name: str) -> str:
        """A log group that the team may ask for."""
        return f"/aws/lambda/payments-{name}"

    def api(
        self, method: str, path: str, body: Any = None, *, token: str = "dev-requester", **headers: str
    ) -> httpx.Response:
        """One REST call; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = {"Authorization": f"Bearer {self.token(token)}"}
        return self._client().request(method, path, json=body, headers=bearer | named)

    def token(self, name: str) -> str:
        """The secret of a token of the sandbox; the sandbox's own are what they are called."""
        return name

    def _client(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(base_url=self.url, timeout=60)
        return self._http

    def hang_up(self) -> None:
        """Close what `api` has opened."""
        if self._http is not None:
            self._http.close()

    def request(self, name: str, **spec: Any) -> dict[str, Any]:
        """Ask for a cloudwatch source of the team; its log groups are made in production first."""
        wanted: dict[str, Any] = {"log_groups": [self.group(name)], **spec}
        for group in wanted["log_groups"]:
            self.make_group(group)
        body = {
            "name": name,
            "environment": self.environment_name,
            "kind": "cloudwatch",
            "team": self.team,
            "spec": wanted,
        }
        answer = self.api("POST", "/v1/sources", body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def ask(self, name: str, spec: dict[str, Any], kind: str = "cloudwatch") -> dict[str, Any]:
        """Ask for a source of the team, whatever there is in production."""
        body = {
            "name": name,
            "environment": self.environment_name,
            "kind": kind,
            "team": self.team,
            "spec": spec,
        }
        answer = self.api("POST", "/v1/sources", body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def make_group(self, name: str) -> None:
        """A log group in production, if there is none yet."""
        logs = self.aws("logs", PRODUCTION)
        try:
            logs.create_log_group(logGroupName=name)
        except logs.exceptions.ResourceAlreadyExistsException:
            return

    def source(self, source_id: str) -> dict[str, Any]:
        """A source as the API shows it."""
        return dict(self.api("GET", f"/v1/sources/{source_id}").json())

    def stack(self, source_id: str) -> dict[str, Any]:
        """The stored stack observation."""
        return dict(self.api("GET", f"/v1/sources/{source_id}/stack").json())

    def settled(self, source_id: str, seconds: float | None = None) -> dict[str, Any]:
        """Wait until nothing works on the source any more."""

        def over() -> dict[str, Any] | None:
            operations = self.api("GET", f"/v1/operations?source={source_id}&limit=200").json()["items"]
            live = [o for o in operations if o["state"] in ("queued", "running")]
            return None if live else self.source(source_id)

        return eventually(over, f"source {source_id} settles", seconds or self.patience)

    def ready(self, source_id: str, seconds: float | None = None) -> dict[str, Any]:
        """Wait until the source is settled, and insist that it is ready."""
        source = self.settled(source_id, seconds)
        assert source["status"]["phase"] == "ready", source["status"]
        return source

    def operate(self, source_id: str, kind: str) -> dict[str, Any]:
        """Ask for an operation and wait for its end."""
        answer = self.api("POST", f"/v1/sources/{source_id}/operations", {"kind": kind})
        assert answer.status_code == 202, answer.text
        return self.finished(answer.json()["id"])

    def finished(self, operation_id: str, seconds: float | None = None) -> dict[str, Any]:
        """Wait for the end of an operation."""

        def over() -> dict[str, Any] | None:
            operation = self.api("GET", f"/v1/operations/{operation_id}").json()
            return None if operation["state"] in ("queued", "running") else dict(operation)

        return eventually(over, f"operation {operation_id} ends", seconds or self.patience)
