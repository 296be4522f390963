"""A sender: in each worker process, on a thread of its own, beside the sources that are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine as Database

from service.environments import Environments
from service.models import now
from service.notices import Notice
from service.settings import Settings
from service.subscriptions import Slack, Sns, Webhook

from . import claims
from .claims import Claimed
from .posting import Reach
from .sending import send
from .undelivered import Undelivered

log = structlog.get_logger(__name__)

PRUNE_EVERY = timedelta(hours=1)

Send = Callable[[Webhook | Slack | Sns, Notice, datetime], None]


@dataclass
class Sender:
    """Tells what is due, one after the other."""

    database: Database
    environments: Environments
    settings: Settings
    clock: Callable[[], datetime] = now
    send: Send | None = None
    """How one is handed over; left out, as its subscription says."""
    _pruned_at: datetime | None = field(default=None, init=False)

    def round(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Deliver whatever is due, until nothing is or `stopping()`; how many tries that were.

        Raises DBAPIError where the database is away: what was claimed then is due again after its claim.
        """
        self._prune()
        while claims.sort(self.database, self.environments) == claims.AT_ONCE and not stopping():
            continue
        tries = 0
        while not stopping():
            claimed = claims.claim(self.database, self.clock())
            if claimed is None:
                break
            self._try(claimed)
            tries += 1
        return tries

    def _try(self, claimed: Claimed) -> None:
        ids = {"notice_id": claimed.notice.id, "subscription": claimed.subscription}
        try:
            self._hand_over(claimed)
        except Undelivered as error:
            claims.failed(self.database, claimed, str(error), self.clock(), final=error.final)
            log.warning("notice.not_delivered", **ids, attempt=claimed.attempt, reason=str(error))
        except Exception as error:
            # Whatever a fault of ours breaks, the next delivery is not held up. Its text could hold a secret.
            name = type(error).__name__
            claims.failed(self.database, claimed, f"a fault of logflume: {name}", self.clock(), final=False)
            log.error("notice.fault", **ids, attempt=claimed.attempt, error=name)
        else:
            claims.delivered(self.database, claimed, self.clock())
            log.info("notice.delivered", **ids, attempt=claimed.attempt)

    def _hand_over(self, claimed: Claimed) -> None:
        environment = self.environments.find(claimed.notice.environment)
        known = {one.name: one for one in environment.notifications} if environment else {}
        subscription = known.get(claimed.subscription)
        if subscription is None:
            raise Undelivered("it is not configured any more", final=True)
        if self.send is not None:
            return self.send(subscription, claimed.notice, self.clock())
        reach = Reach(loopback=self.settings.notify_loopback)
        return send(subscription, claimed.notice, self.clock(), self.settings, reach)

    def _prune(self) -> None:
        at = self.clock()
        if self._pruned_at is not None and at - self._pruned_at < PRUNE_EVERY:
            return
        self._pruned_at = at
        gone = claims.prune(self.database, at - timedelta(days=self.settings.notice_days))
        if gone:
            log.info("notices.pruned", number=gone)
