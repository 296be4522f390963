"""AWS for somebody who only looks, without an operation: quick clients under the deploy roles."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.config import Config

from service.environments import Environment
from service.settings import Settings

from .aws import Accounts
from .credentials import aws_config, base_identity

QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=8)
"""Somebody waits for the answer, or nobody needs it at once."""


@contextmanager
def quick_accounts(environment: Environment, settings: Settings, session: str) -> Iterator[Accounts]:
    """Clients for the two accounts; `session` names the session of the deploy roles, where an operation has its id.

    Raises:
        FileNotFoundError: this process has no identity to ask with.
    """
    base = base_identity(settings.mode, settings.home_path, settings.aws_credential_source)
    endpoint = settings.sandbox_url if settings.mode == "sandbox" else None
    with tempfile.TemporaryDirectory(prefix="logflume-look-") as folder:
        config = Path(folder) / "aws.ini"
        config.touch(mode=0o600)
        config.write_text(aws_config(environment, session, base, endpoint))
        yield Accounts(config, endpoint, QUICK)
