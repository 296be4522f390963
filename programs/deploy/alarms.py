"""What the deploy role may do about alarms, the same in both accounts."""

from __future__ import annotations

from programs.deploy.spec import BootstrapSpec
from programs.documents import Statement, allow
from programs.names import PREFIX


def alarms(spec: BootstrapSpec) -> list[Statement]:
    """Our alarms by name ("Actions, resources, and condition keys for Amazon CloudWatch", Service Authorization Reference)."""
    account = f"arn:aws:cloudwatch:*:{spec.account_id}:alarm:"
    return [
        allow("SeeAlarms", ["cloudwatch:DescribeAlarms"], Resource=f"{account}*"),
        allow(
            "Alarms",
            [
                "cloudwatch:DeleteAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ],
            Resource=f"{account}{PREFIX}*",
        ),
    ]
