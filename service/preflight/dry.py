"""A look at the accounts for somebody who only asks: by the web process, within seconds, without an operation."""

from __future__ import annotations

from programs.finding import Finding
from programs.wish import Wish
from service.engine.asking import quick_accounts
from service.environments import Environment
from service.settings import Settings

from . import look
from .view import View, warning


def look_at(wish: Wish, environment: Environment, settings: Settings) -> list[Finding]:
    """Everything that AWS says about a wish; what it does not say in time is a finding, too."""
    try:
        with quick_accounts(environment, settings, "dry-run") as accounts:
            view = View(wish, environment, accounts, settings.subscription_filters)
            return look(view, settings.look_seconds)
    except FileNotFoundError:
        hint = "Run `logflume bootstrap`, or give this process the service's identity."
        return [
            warning("could_not_look", "/environment", "This process has no identity to ask AWS with.", hint)
        ]
