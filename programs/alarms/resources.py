"""Alarms in one account, and the topic that they tell.

An alarm acts on a topic of its own region alone, so each account has one: the environment's (`alarm_topic`), where an operator
wants all in one place, else one of the source's own, to which its team subscribes without asking anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.alarms.table import Alarm
from programs.documents import Document, allow, document, render
from programs.names import Names
from programs.spec import AccountAccess
from programs.wish import Wish

Side = Literal["production", "log"]


class Alarms(pulumi.ComponentResource):
    """The alarms of one side, under what they watch."""

    def __init__(
        self,
        side: Side,
        wish: Wish,
        names: Names,
        account: aws.Provider,
        alarms: Sequence[Alarm],
        parent: pulumi.Resource,
    ) -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        super().__init__("logflume:alarms:Alarms", f"{side}-alarms", opts=opts)
        self._side, self._wish, self._names, self._account = side, wish, names, account
        self._access = wish.sender if side == "production" else wish.log
        self.topic_arn: pulumi.Input[str] = self._near_topic() or self._topic()
        for alarm in alarms:
            self._alarm(alarm)
        self.register_outputs({"topic": self.topic_arn})

    def _near_topic(self) -> str | None:
        """The environment's topic, where it is in the alarms' region: an alarm tells no topic of another one."""
        topic = self._access.alarm_topic
        return topic if topic is not None and topic.split(":")[3] == self._access.region else None

    def _topic(self) -> pulumi.Output[str]:
        """It needs no key: its messages say which alarm, and hold no log line."""
        logical = f"{self._side}-alarm-topic"
        topic = aws.sns.Topic(
            logical,
            name=self._names.alarm_topic,
            tags=tags_for(self._wish, logical),
            opts=under(self, self._account),
        )
        aws.sns.TopicPolicy(
            f"{logical}-policy",
            arn=topic.arn,
            policy=render(topic_policy(self._names, self._access)),
            opts=under(topic, self._account),
        )
        return topic.arn

    def _alarm(self, alarm: Alarm) -> None:
        warm_up = None
        if alarm.warm_up_minutes is not None:
            warm_up = aws.cloudwatch.MetricAlarmWarmUpConfigurationArgs(
                warm_up_period_duration_in_minutes=alarm.warm_up_minutes
            )
        aws.cloudwatch.MetricAlarm(
            f"alarm:{alarm.what}",
            name=f"{self._names.alarm_prefix}{alarm.what}",
            alarm_description=alarm.description,
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            treat_missing_data=alarm.missing,
            warm_up_configuration=warm_up,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=tags_for(self._wish, f"alarm:{alarm.what}"),
            opts=under(self, self._account),
        )


def topic_policy(names: Names, access: AccountAccess) -> Document:
    """CloudWatch may tell of this source's alarms ("CloudWatch alarms and Amazon SNS", AWS re:Post's knowledge centre)."""
    alarms = f"arn:aws:cloudwatch:{access.region}:{access.account_id}:alarm:{names.alarm_prefix}*"
    return document(
        allow(
            "Alarms",
            ["sns:Publish"],
            Principal={"Service": "cloudwatch.amazonaws.com"},
            Resource=f"arn:aws:sns:{access.region}:{access.account_id}:{names.alarm_topic}",
            Condition={
                "ArnLike": {"aws:SourceArn": alarms},
                "StringEquals": {"aws:SourceAccount": access.account_id},
            },
        )
    )
