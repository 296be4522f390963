"""One try of one notice at one subscription."""

from __future__ import annotations

from datetime import datetime

from service.notices import Notice
from service.settings import Settings
from service.subscriptions import Slack, Sns, Webhook

from . import payloads, secret_places, signature, topic
from .posting import Reach, post


def send(
    subscription: Webhook | Slack | Sns, notice: Notice, at: datetime, settings: Settings, reach: Reach
) -> None:
    """Hand it over.

    Raises:
        Undelivered: it was not taken.
    """
    if isinstance(subscription, Sns):
        return topic.publish(subscription, notice, settings)
    url = subscription.url or secret_places.read(subscription.url_from or "")
    if isinstance(subscription, Slack):
        return post(url, payloads.slack(notice), {}, reach)
    body = payloads.payload(notice)
    secrets = secret_places.read(subscription.secret_from)
    return post(url, body, signature.headers(notice.id, int(at.timestamp()), body, secrets), reach)
