"""Where in AWS a resource of a stack is."""

from __future__ import annotations

from programs.names import names_of
from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE
from programs.wish import Wish
from service.engine.finders import Place
from service.engine.outcome import Step


def place_of(step: Step, wish: Wish) -> Place:
    """The provider's name in its reference says which account and region a resource is in."""
    names = names_of(wish)
    if "::production::" in step.provider:
        return Place(wish.production.account_id, PRODUCTION_PROFILE, names.production_region)
    if "::replica::" in step.provider and names.replica_region is not None:
        return Place(wish.log.account_id, LOG_PROFILE, names.replica_region)
    return Place(wish.log.account_id, LOG_PROFILE, names.log_region)
