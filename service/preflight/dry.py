"""A look at the accounts for somebody who only asks: by the web process, within seconds, without an operation."""

from __future__ import annotations

import tempfile
from pathlib import Path

from botocore.config import Config

from programs.finding import Finding
from programs.wish import Wish
from service.engine.aws import Accounts
from service.engine.credentials import aws_config, base_identity
from service.environments import Environment
from service.settings import Settings

from . import look
from .view import View, warning

_QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=8)
"""Somebody waits for the answer."""
SESSION = "dry-run"
"""Names the session of the deploy roles, where an operation has its id."""


def look_at(wish: Wish, environment: Environment, settings: Settings) -> list[Finding]:
    """Everything that AWS says about a wish; what it does not say in time is a finding, too."""
    try:
        base = base_identity(settings.mode, settings.home_path, settings.aws_credential_source)
    except FileNotFoundError:
        hint = "Run `logflume bootstrap`, or give this process the service's identity."
        return [
            warning("could_not_look", "/environment", "This process has no identity to ask AWS with.", hint)
        ]
    endpoint = settings.sandbox_url if settings.mode == "sandbox" else None
    with tempfile.TemporaryDirectory(prefix="logflume-look-") as folder:
        config = Path(folder) / "aws.ini"
        config.touch(mode=0o600)
        config.write_text(aws_config(environment, SESSION, base, endpoint))
        accounts = Accounts(config, endpoint, _QUICK)
        return look(View(wish, environment, accounts, settings.subscription_filters), settings.look_seconds)
