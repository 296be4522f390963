"""Two real accounts, and a logflume in aws mode before them: what is needed, who is who, and what is taken away again."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.world import LOG, PRODUCTION, REGION, World

PROFILES = {PRODUCTION: "logflume-production", LOG: "logflume-log"}
"""Whose credentials the journeys use on each side, by what they call the side."""
SETTINGS = ("URL", "ENVIRONMENT", "TEAM", "TOKEN", "OPERATOR_TOKEN", "APPROVER_TOKEN")
TOKENS = {"dev-requester": "TOKEN", "dev-operator": "OPERATOR_TOKEN", "dev-admin": "APPROVER_TOKEN"}
GROUPS = "/logflume-acceptance/"


class NotReadyError(Exception):
    """Something is missing; the text says all of it."""


@dataclass
class Accounts(World):
    """The world of `make acceptance-aws`. Sources that journeys asked for are retired and purged by `tidy`."""

    settings: dict[str, str]
    environment: dict[str, Any] = field(default_factory=dict)
    """As the service shows it, once `look` has found it."""
    _asked: list[str] = field(default_factory=list)
    _groups: list[str] = field(default_factory=list)

    patience = 1800.0
    """AWS takes minutes to make a stack, and more to copy and to announce."""

    @classmethod
    def from_environment(cls) -> Accounts:
        """Raises NotReadyError where a setting or a profile is missing, naming each."""
        settings = {name: os.environ.get(f"LOGFLUME_ACCEPTANCE_{name}", "") for name in SETTINGS}
        missing = [f"LOGFLUME_ACCEPTANCE_{name}" for name, value in settings.items() if not value]
        known = botocore.session.Session().available_profiles
        missing += [f"the AWS profile {profile}" for profile in PROFILES.values() if profile not in known]
        if missing:
            raise NotReadyError(f'missing: {", ".join(missing)} (docs/operations.md, "Proving it on AWS")')
        return cls(settings)

    @property
    def url(self) -> str:
        return self.settings["URL"]

    @property
    def environment_name(self) -> str:  # type: ignore[override]  # A setting here, a constant of the sandbox there.
        return self.settings["ENVIRONMENT"]

    @property
    def team(self) -> str:  # type: ignore[override]  # As above.
        return self.settings["TEAM"]

    def token(self, name: str) -> str:
        return self.settings[TOKENS[name]]

    def group(self, name: str) -> str:
        return f"{GROUPS}{name}"

    def aws(self, service: str, account: str, region: str = REGION) -> Any:
        real = self.environment["replica_region"]
        if region == REGION:
            real = self.environment["production" if account == PRODUCTION else "log"]["region"]
        return boto3.Session(profile_name=PROFILES[account], region_name=real).client(service)

    def flush(self) -> None:
        """AWS delivers when it delivers."""

    def make_group(self, name: str) -> None:
        super().make_group(name)
        self._groups.append(name)

    def request(self, name: str, **spec: Any) -> dict[str, Any]:
        source = super().request(name, buffer_seconds=60, **spec)
        self._asked.append(source["id"])
        return source

    def look(self, *, sandbox: bool = False) -> None:
        """Ask service and accounts whether journeys may begin. Raises NotReadyError with all that stands against it."""
        answer = self.api("GET", "/v1/environments")
        if answer.status_code != httpx.codes.OK:
            raise NotReadyError(f"{self.url} answers {answer.status_code} to LOGFLUME_ACCEPTANCE_TOKEN")
        wrong = (
            ["the service is in sandbox mode"]
            if "x-logflume-sandbox" in answer.headers and not sandbox
            else []
        )
        found = [one for one in answer.json() if one["name"] == self.environment_name]
        if not found:
            raise NotReadyError("; ".join([*wrong, f"no environment {self.environment_name}"]))
        self.environment = found[0]
        if self.team not in self.environment["teams"]:
            wrong.append(f"no team {self.team} in {self.environment_name}")
        wrong += [why for side in PROFILES for why in self._wrong_with(side)]
        if wrong:
            raise NotReadyError("; ".join(wrong))

    def _wrong_with(self, side: str) -> list[str]:
        wanted = self.environment["production" if side == PRODUCTION else "log"]["account_id"]
        try:
            account = self.aws("sts", side).get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            return [f"profile {PROFILES[side]}: {error}"]
        return [] if account == wanted else [f"profile {PROFILES[side]} is of {account}, not of {wanted}"]

    def tidy(self) -> None:
        """Retire and purge what journeys asked for, whatever became of it, and delete their log groups.

        Raises AssertionError with the names of sources that are still there.
        """
        left = [name for source_id in self._asked if (name := self._purged(source_id))]
        logs = self.aws("logs", PRODUCTION)
        for group in self._groups:
            logs.delete_log_group(logGroupName=group)
        self.hang_up()
        assert not left, f"still there, retire and purge by hand: {', '.join(left)}"

    def _purged(self, source_id: str) -> str:
        """The name of a source that could not be purged; empty where it is gone."""
        path = f"/v1/sources/{source_id}"
        source = self.source(source_id)
        if source["status"]["phase"] == "purged":
            return ""
        if source["status"]["phase"] != "retired":
            self.api("DELETE", path, If_Match="*")
            self.settled(source_id)
        asked = self.api("POST", f"{path}/purge", {"confirm": source["name"]}, token="dev-operator").json()
        approved = {"fingerprint": asked.get("fingerprint")}
        self.api("POST", f"/v1/operations/{asked.get('id')}/approve", approved, token="dev-admin")
        self.settled(source_id)
        return "" if self.source(source_id)["status"]["phase"] == "purged" else str(source["name"])
