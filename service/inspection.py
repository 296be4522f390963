"""All that is found about a wish that somebody only asks about: what its words say, and then what the accounts say."""

from __future__ import annotations

from programs.finding import SEVERITIES, Finding
from service.environments import Environments
from service.preflight.dry import look_at
from service.requests import Draft
from service.settings import Settings


def seen(draft: Draft, environments: Environments, settings: Settings) -> list[Finding]:
    """Every finding, refusals first. The accounts are asked only where the words of the wish allow it.

    Call it outside a transaction: it waits up to `settings.look_seconds` for AWS.
    """
    found = list(draft.findings)
    if draft.wish is not None and not draft.refused:
        found += look_at(draft.wish, environments.get(draft.wish.environment), settings)
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
