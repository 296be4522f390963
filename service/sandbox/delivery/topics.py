"""SNS to SQS: a topic's message reaches a queue only where the queue's policy lets the topic send.

Source: "Fanout Amazon SNS notifications to Amazon SQS queues" and "Amazon SNS raw message delivery" in the Amazon SNS
Developer Guide. Hooks into moto's subscriptions; other protocols, filter policies and the envelope stay moto's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from moto.sns.models import Subscription

from service.sandbox.delivery import permissions
from service.sandbox.fixes import replaces

log = structlog.get_logger(__name__)

S3_SUBJECT = "Amazon S3 Notification"


@replaces(Subscription, "publish")
def _publish(
    original: Callable[..., None], self: Subscription, message: str, *args: Any, **kwargs: Any
) -> None:
    if self.protocol != "sqs":
        return original(self, message, *args, **kwargs)
    account = self.topic.arn.split(":")[4]
    if not permissions.may_send(permissions.SNS, self.endpoint, self.topic.arn, account):
        log.warning(
            "delivery.refused",
            topic=self.topic.arn,
            destination=self.endpoint,
            reason="missing, or its policy",
        )
        return None
    # moto looks for the queue in the subscription's account, and takes the text "false" for true.
    kept = self.account_id, self.attributes
    raw = str(self.attributes.get("RawMessageDelivery", "false")).lower() == "true"
    self.account_id = self.endpoint.split(":")[4]
    self.attributes = self.attributes | {"RawMessageDelivery": raw}
    try:
        return original(self, message, *args, **kwargs)
    finally:
        self.account_id, self.attributes = kept


@replaces(Subscription, "get_post_data")
def _get_post_data(
    original: Callable[..., dict[str, Any]], self: Subscription, *args: Any, **kwargs: Any
) -> Any:
    """moto's envelope names another account and another region in its link to unsubscribe."""
    region = self.topic.arn.split(":")[3]
    link = f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={self.arn}"
    return original(self, *args, **kwargs) | {"UnsubscribeURL": link}
