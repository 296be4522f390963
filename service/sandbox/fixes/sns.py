"""SNS: a topic counts its subscriptions, and says to which protocol its delivery policy belongs.

https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.responses import SNSResponse

from service.sandbox.fixes import replaces

ASKED_FIRST = ("http", "https", "email", "email-json")
"""Protocols whose endpoint has to confirm: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""


@replaces(SNSResponse, "get_topic_attributes")
def _get_topic_attributes(original: Callable[..., ActionResult], self: SNSResponse) -> ActionResult:
    answer = original(self)
    result: Any = answer.result
    attributes: dict[str, Any] = result["Attributes"]
    of_topic = [one for one in self.backend.subscriptions.values() if one.topic.arn == attributes["TopicArn"]]
    confirmed = sum(one.protocol not in ASKED_FIRST for one in of_topic)
    attributes["SubscriptionsConfirmed"] = confirmed
    attributes["SubscriptionsPending"] = len(of_topic) - confirmed
    attributes["EffectiveDeliveryPolicy"] = json.dumps(
        {"http": json.loads(attributes["EffectiveDeliveryPolicy"])}
    )
    return answer
