"""The stream itself, with its error log and what its two roles may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.alarms.resources import Alarms
from programs.alarms.table import of_stream
from programs.documents import render
from programs.firehose import policies
from programs.firehose.roles import DeliveryArgs, DeliveryRoles
from programs.firehose.spec import FirehoseSpec
from programs.store.announcements import OBJECTS_PREFIX
from programs.store.bucket import LogStore

Processor = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgsDict

ERROR_LOG_DAYS = 30
PREFIX = OBJECTS_PREFIX + "!{timestamp:yyyy/MM/dd/HH}/"
ERROR_PREFIX = "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
"""Firehose wants an error prefix, naming the error type, where the prefix has expressions ("Custom prefixes", Firehose guide)."""
SUFFIX = ".gz"
"""Consumers tell compression by it."""

DELIMITER: Processor = {
    "type": "AppendDelimiterToRecord",
    "parameters": [{"parameter_name": "Delimiter", "parameter_value": "\\n"}],
}
"""Firehose puts records one after the other ("Data delivery", Firehose guide): a newline keeps them apart."""


class DeliveryStream(pulumi.ComponentResource):
    """Stream into a store. It stands while draining, too: the rest still delivers what is buffered."""

    def __init__(
        self,
        name: str,
        args: DeliveryArgs,
        roles: DeliveryRoles,
        store: LogStore,
        processors: Sequence[Processor],
    ) -> None:
        super().__init__("logflume:delivery:Delivery", name)
        self._args, self._names, self._roles, self._store = args, args.names, roles, store
        self._error_log()
        self.permissions = self._role_policies(store.key_arn)
        self.stream = self._stream(processors)
        alarms = of_stream(self._names, args.wish.spec_as(FirehoseSpec).buffer_seconds)
        told = Alarms("production", args.wish, self._names, args.account, alarms, self)
        pulumi.export("delivery_alarm_topic_arn", told.topic_arn)
        self.register_outputs({"stream": self.stream.arn})

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        return under(parent or self, self._args.account, **more)

    def _error_log(self) -> None:
        group = aws.cloudwatch.LogGroup(
            "error-log",
            name=self._names.error_group,
            retention_in_days=ERROR_LOG_DAYS,
            tags=tags_for(self._args.wish, "error-log"),
            opts=self._under(),
        )
        self._error_stream = aws.cloudwatch.LogStream(
            "error-log-stream",
            log_group_name=group.name,
            name=self._names.error_stream,
            opts=self._under(group),
        )

    def _role_policies(self, key_arn: pulumi.Output[str]) -> list[pulumi.Resource]:
        """Inline: a role has one purpose, and its permissions go with it."""
        feeder = aws.iam.RolePolicy(
            f"{self._roles.feeder_name}-permissions",
            name="feed-the-stream",
            role=self._roles.feeder.name,
            policy=render(policies.feeder_permissions(self._names)),
            opts=self._under(self._roles.feeder),
        )
        firehose = aws.iam.RolePolicy(
            "firehose-permissions",
            name="write-to-the-store",
            role=self._roles.firehose.name,
            policy=key_arn.apply(lambda arn: render(policies.firehose_permissions(self._names, arn))),
            opts=self._under(self._roles.firehose),
        )
        return [feeder, firehose]

    def _stream(self, processors: Sequence[Processor]) -> aws.kinesis.FirehoseDeliveryStream:
        spec = self._args.wish.spec_as(FirehoseSpec)
        return aws.kinesis.FirehoseDeliveryStream(
            "stream",
            name=self._names.stream,
            destination="extended_s3",
            extended_s3_configuration={
                "role_arn": self._roles.firehose.arn,
                "bucket_arn": self._names.bucket_arn,
                "prefix": PREFIX,
                "error_output_prefix": ERROR_PREFIX,
                "buffering_interval": spec.buffer_seconds,
                "buffering_size": spec.buffer_mib,
                "compression_format": "GZIP",
                "file_extension": SUFFIX,
                "custom_time_zone": "UTC",
                "processing_configuration": {"enabled": True, "processors": list(processors)},
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": self._names.error_group,
                    "log_stream_name": self._names.error_stream,
                },
            },
            # What waits in the stream is encrypted too; with AWS's own key, since the feeder needs no right to that one.
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            tags=tags_for(self._args.wish, "stream"),
            opts=self._under(depends_on=[*self.permissions, self._error_stream, *self._store.ready]),
        )
