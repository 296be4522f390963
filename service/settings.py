"""Every setting of the service, read once from `LOGFLUME_*`, and the combinations that are refused at start."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SANDBOX_PASSPHRASE = "sandbox"  # noqa: S105 - the sandbox holds no secret worth keeping; its state is a toy.

SANDBOX_SECRET = "test"  # noqa: S105 - published on purpose: the root secret of every sandbox account.

REAL_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
"""Variables that would let an AWS client reach a real account."""


class Settings(BaseSettings):
    """One frozen value for the life of a process. Durations are seconds."""

    model_config = SettingsConfigDict(env_prefix="LOGFLUME_", frozen=True, extra="ignore")

    mode: Literal["sandbox", "aws"] = "sandbox"
    home: Path = Path(".logflume")
    """Everything this node keeps: embedded database, sandbox journal, work folders of operations."""
    database_url: SecretStr | None = None
    """postgresql://… of the user's own server; left out, the embedded one under `home` is used."""
    environments_file: Path | None = None
    """TOML with the environments; in sandbox mode it defaults to a file that `logflume sandbox` writes under `home`."""

    host: str = "127.0.0.1"
    port: int = 8400
    sandbox_port: int = 8401
    sandbox_time_scale: float = Field(default=1.0, gt=0)
    """How many seconds of AWS time pass in a second of the sandbox (Firehose buffering, draining on retire)."""

    worker_concurrency: int = Field(default=2, ge=1, le=32)
    lease_seconds: float = Field(default=20.0, ge=2)
    sweep_seconds: float = Field(default=5.0, ge=0.2)
    operation_timeout: float = Field(default=1800.0, ge=10)
    stop_grace: float = Field(default=6.0, ge=0)
    """How long the CLI may finish after SIGINT before it is killed; kept below the lease by the supervisor."""
    max_attempts: int = Field(default=3, ge=1)
    retry_base: float = Field(default=5.0, ge=0.05)
    """Backoff of attempt n is `retry_base * 2 ** (n - 1)`."""
    subscription_filters: int = Field(default=5, ge=1)
    """Subscription filters that a log group of the accounts can have ("CloudWatch Logs quotas"; older accounts: 2)."""
    look_seconds: float = Field(default=12.0, gt=0)
    """How long a dry run waits for what AWS says about a wish."""
    freshness_seconds: float = Field(default=300.0, ge=1)
    """How often it is looked when a source last delivered."""

    notice_days: float = Field(default=30.0, ge=1)
    """How long what was told, and to whom, can be read."""
    notify_loopback: bool = False
    """Lets notifications go to this machine, without TLS; in sandbox mode only."""

    passphrase: SecretStr | None = None
    """Encrypts Pulumi's state in sandbox mode and where no `secrets_provider` is given."""
    secrets_provider: str | None = None
    """awskms://… in aws mode."""
    aws_credential_source: Literal["Environment", "Ec2InstanceMetadata", "EcsContainer"] = "Environment"
    """In aws mode, where the service's own identity comes from (`credential_source` of an AWS profile)."""
    pulumi: Path | None = None
    """A `pulumi` binary to use instead of looking for one."""
    log_format: Literal["json", "console"] | None = None
    """Left out: console on a terminal, JSON elsewhere."""

    @model_validator(mode="after")
    def _refuse_unsafe_combinations(self) -> Self:
        if self.mode == "sandbox":
            visible = [
                name for name in REAL_CREDENTIALS if os.environ.get(name) and not _is_sandbox_value(name)
            ]
            if visible:
                raise ValueError(
                    f"sandbox mode does not start where real AWS credentials are visible: unset {', '.join(visible)}"
                )
        else:
            if self.environments_file is None:
                raise ValueError("aws mode needs LOGFLUME_ENVIRONMENTS_FILE")
            if self.passphrase is None and self.secrets_provider is None:
                raise ValueError(
                    "aws mode needs LOGFLUME_SECRETS_PROVIDER (awskms://…) or LOGFLUME_PASSPHRASE"
                )
            if self.notify_loopback:
                raise ValueError("LOGFLUME_NOTIFY_LOOPBACK can be switched on in sandbox mode only")
            if self.sandbox_time_scale != 1.0:
                raise ValueError("LOGFLUME_SANDBOX_TIME_SCALE has a meaning in sandbox mode only")
        if self.stop_grace > self.lease_seconds / 3:
            raise ValueError(
                "LOGFLUME_STOP_GRACE must be at most a third of LOGFLUME_LEASE_SECONDS: the engine ends before the lease does"
            )
        return self

    @cached_property
    def home_path(self) -> Path:
        """`home`, absolute."""
        return self.home.resolve()

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox AWS listens."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def environments_path(self) -> Path:
        """The file that environments are read from."""
        return self.environments_file or self.home_path / "environments.toml"

    @property
    def state_passphrase(self) -> str:
        """The passphrase Pulumi encrypts its state with; empty where a key service does it."""
        if self.passphrase is not None:
            return self.passphrase.get_secret_value()
        return SANDBOX_PASSPHRASE if self.mode == "sandbox" else ""


def _is_sandbox_value(name: str) -> bool:
    """A 12-digit access key (the sandbox's own) with the published secret is no real credential."""
    if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        return False
    key, given = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    return len(key) == 12 and key.isdigit() and given == SANDBOX_SECRET
