"""What the deploy role may do about topics, the same in both accounts."""

from __future__ import annotations

from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement, allow
from programs.names import PREFIX


def topics(spec: BootstrapSpec) -> list[Statement]:
    """Our topics by name. Subscriptions are known by their topic's ARN and an id, which no policy can name before they exist."""
    named = f"arn:aws:sns:*:{spec.account_id}:{PREFIX}*"
    return [
        allow(
            "Topics",
            [
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:GetTopicAttributes",
                "sns:ListTagsForResource",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:TagResource",
                "sns:UntagResource",
            ],
            Resource=named,
        ),
        allow(
            "Subscriptions",
            [
                "sns:GetSubscriptionAttributes",
                "sns:ListTopics",
                "sns:SetSubscriptionAttributes",
                "sns:Unsubscribe",
            ],
            Resource="*",
        ),
    ]
