"""Trails and EventBridge rules: what the deploy role of a production account may do with them."""

from __future__ import annotations

from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement, allow
from programs.names import PREFIX


def permissions(spec: BootstrapSpec) -> list[Statement]:
    """Ours by name; of somebody else's trail, where one is taken over, only what it is and where it delivers."""
    return [*_trails(spec), *_rules(spec)]


def _trails(spec: BootstrapSpec) -> list[Statement]:
    """Ours by name; of somebody else's trail, where one is taken over, only what it is and where it delivers."""
    trails = f"arn:aws:cloudtrail:*:{spec.account_id}:trail/"
    return [
        allow("SeeTrails", ["cloudtrail:DescribeTrails", "cloudtrail:ListTrails"], Resource="*"),
        allow(
            "TurnTrails",
            [
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrail",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:ListTags",
                "cloudtrail:UpdateTrail",
            ],
            Resource=f"{trails}*",
        ),
        allow(
            "OurTrails",
            [
                "cloudtrail:AddTags",
                "cloudtrail:CreateTrail",
                "cloudtrail:DeleteTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:RemoveTags",
                "cloudtrail:StartLogging",
                "cloudtrail:StopLogging",
            ],
            Resource=f"{trails}{PREFIX}*",
        ),
    ]


def _rules(spec: BootstrapSpec) -> list[Statement]:
    return [
        allow(
            "Rules",
            [
                "events:DeleteRule",
                "events:DescribeRule",
                "events:ListTagsForResource",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
            ],
            Resource=f"arn:aws:events:*:{spec.account_id}:rule/{PREFIX}*",
        ),
    ]
