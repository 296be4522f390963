"""The log groups of a source: those that are made for their owner, and the subscription filter on each."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from programs.accounts import under
from programs.cloudwatch.spec import LogGroupsSpec
from programs.firehose.roles import DeliveryArgs, DeliveryRoles
from programs.firehose.stream import DELIMITER, DeliveryStream, Processor


class LogGroups(pulumi.ComponentResource):
    """Log groups made for their owner: the logs are theirs, so a group stays when the source goes, and is left as they set it.

    They are in the stack at every stage: a retired source that is restored finds its groups instead of failing to make them.
    """

    def __init__(self, name: str, args: DeliveryArgs) -> None:
        super().__init__("logflume:delivery:LogGroups", name)
        spec = args.wish.spec_as(LogGroupsSpec)
        wanted = spec.reads_log_groups if spec.makes_log_groups else ()
        opts = under(
            self,
            args.account,
            retain_on_delete=True,
            ignore_changes=["retentionInDays", "kmsKeyId", "tags", "tagsAll"],
        )
        self._groups = {
            group: aws.cloudwatch.LogGroup(f"log-group:{group}", name=group, opts=opts) for group in wanted
        }
        self.register_outputs({"names": list(wanted)})

    @property
    def all(self) -> list[pulumi.Resource]:
        """Every group that is made here."""
        return [*self._groups.values()]

    def made(self, name: str) -> list[pulumi.Resource]:
        """The group, if it is one made here."""
        return [self._groups[name]] if name in self._groups else []


def subscribe(args: DeliveryArgs, roles: DeliveryRoles, delivery: DeliveryStream, groups: LogGroups) -> None:
    """A filter on each group. They are what is gone while draining."""
    spec = args.wish.spec_as(LogGroupsSpec)
    for group in spec.reads_log_groups:
        aws.cloudwatch.LogSubscriptionFilter(
            f"filter:{group}",
            name=args.names.filter,
            log_group=group,
            filter_pattern=spec.filter_pattern,
            destination_arn=delivery.stream.arn,
            role_arn=roles.feeder.arn,
            distribution="ByLogStream",
            opts=under(
                delivery.stream, args.account, depends_on=[*delivery.permissions, *groups.made(group)]
            ),
        )


def processors(log_format: str) -> list[Processor]:
    """CloudWatch Logs sends gzip whatever the stream says: unpack first, or objects end up packed twice.

    lines: the messages alone. envelope: the records as they come. Both need a newline added
    ("Decompress CloudWatch Logs" and "Message extraction", Firehose guide).
    """
    decompress: Processor = {
        "type": "Decompression",
        "parameters": [{"parameter_name": "CompressionFormat", "parameter_value": "GZIP"}],
    }
    extract: Processor = {
        "type": "CloudWatchLogProcessing",
        "parameters": [{"parameter_name": "DataMessageExtraction", "parameter_value": "true"}],
    }
    return [decompress, extract, DELIMITER] if log_format == "lines" else [decompress, DELIMITER]
