"""The delivery side, in the production account: two roles, an error log, a Firehose stream, a filter on each log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from programs import policies
from programs.accounts import tags_for, under
from programs.log_store import OBJECTS_PREFIX
from programs.names import ROLE_PATH, Names
from programs.spec import Wish

ERROR_LOG_DAYS = 30
PREFIX = OBJECTS_PREFIX + "!{timestamp:yyyy/MM/dd/HH}/"
ERROR_PREFIX = "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
"""Firehose wants an error prefix, naming the error type, where the prefix has expressions ("Custom prefixes", Firehose guide)."""
SUFFIX = ".gz"
"""Consumers tell compression by it."""


@dataclass(frozen=True)
class DeliveryArgs:
    """What the delivery side is made from."""

    wish: Wish
    names: Names
    account: aws.Provider


class DeliveryRoles(pulumi.ComponentResource):
    """The roles come first: the store's policies name the writer, and AWS refuses names of what does not exist."""

    def __init__(self, name: str, args: DeliveryArgs) -> None:
        super().__init__("logflume:delivery:DeliveryRoles", name)
        names = args.names
        self._args = args
        self.logs = self._role("logs-role", names.logs_role, policies.logs_trust(names))
        self.firehose = self._role("firehose-role", names.firehose_role, policies.firehose_trust(names))
        self.register_outputs({"logs": self.logs.arn, "firehose": self.firehose.arn})

    def _role(self, logical: str, name: str, trust: policies.Document) -> aws.iam.Role:
        return aws.iam.Role(
            logical,
            name=name,
            path=ROLE_PATH,
            permissions_boundary=self._args.wish.production.boundary_arn,
            assume_role_policy=policies.render(trust),
            tags=tags_for(self._args.wish, logical),
            opts=under(self, self._args.account),
        )


class LogGroups(pulumi.ComponentResource):
    """Log groups made for their owner: the logs are theirs, so a group stays when the source goes, and is left as they set it.

    They are in the stack at every stage: a retired source that is restored finds its groups instead of failing to make them.
    """

    def __init__(self, name: str, args: DeliveryArgs) -> None:
        super().__init__("logflume:delivery:LogGroups", name)
        wanted = args.wish.spec.log_groups if args.wish.spec.create_log_group else ()
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

    def made(self, name: str) -> list[pulumi.Resource]:
        """The group, if it is one made here."""
        return [self._groups[name]] if name in self._groups else []


class Delivery(pulumi.ComponentResource):
    """Stream and filters. While draining the filters are gone and the rest delivers what is buffered."""

    def __init__(
        self,
        name: str,
        args: DeliveryArgs,
        roles: DeliveryRoles,
        key_arn: pulumi.Output[str],
        store: pulumi.Resource,
        groups: LogGroups,
    ) -> None:
        super().__init__("logflume:delivery:Delivery", name)
        self._args, self._names, self._roles, self._store = args, args.names, roles, store
        self._error_log()
        self._permissions = self._role_policies(key_arn)
        self.stream = self._stream()
        if args.wish.stage == "active":
            self._filters(groups)
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
        logs = aws.iam.RolePolicy(
            "logs-permissions",
            name="feed-the-stream",
            role=self._roles.logs.name,
            policy=policies.render(policies.logs_permissions(self._names)),
            opts=self._under(self._roles.logs),
        )
        firehose = aws.iam.RolePolicy(
            "firehose-permissions",
            name="write-to-the-store",
            role=self._roles.firehose.name,
            policy=key_arn.apply(
                lambda arn: policies.render(policies.firehose_permissions(self._names, arn))
            ),
            opts=self._under(self._roles.firehose),
        )
        return [logs, firehose]

    def _stream(self) -> aws.kinesis.FirehoseDeliveryStream:
        spec = self._args.wish.spec
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
                "processing_configuration": {"enabled": True, "processors": _processors(spec.format)},
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": self._names.error_group,
                    "log_stream_name": self._names.error_stream,
                },
            },
            # What waits in the stream is encrypted too; with AWS's own key, since CloudWatch Logs needs no right to that one.
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            tags=tags_for(self._args.wish, "stream"),
            opts=self._under(depends_on=[*self._permissions, self._error_stream, self._store]),
        )

    def _filters(self, groups: LogGroups) -> None:
        spec = self._args.wish.spec
        for group in spec.log_groups:
            needs = [*self._permissions, *groups.made(group)]
            aws.cloudwatch.LogSubscriptionFilter(
                f"filter:{group}",
                name=self._names.filter,
                log_group=group,
                filter_pattern=spec.filter_pattern,
                destination_arn=self.stream.arn,
                role_arn=self._roles.logs.arn,
                distribution="ByLogStream",
                opts=self._under(self.stream, depends_on=needs),
            )


def _processors(
    log_format: str,
) -> list[aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgsDict]:
    """CloudWatch Logs sends gzip whatever the stream says: unpack first, or objects end up packed twice.

    lines: the messages alone. envelope: the records as they come. Firehose puts records one after the other, so both need a
    newline added ("Decompress CloudWatch Logs", "Message extraction" and "Data delivery", Firehose guide).
    """
    decompress = {
        "type": "Decompression",
        "parameters": [{"parameter_name": "CompressionFormat", "parameter_value": "GZIP"}],
    }
    extract = {
        "type": "CloudWatchLogProcessing",
        "parameters": [{"parameter_name": "DataMessageExtraction", "parameter_value": "true"}],
    }
    delimit = {
        "type": "AppendDelimiterToRecord",
        "parameters": [{"parameter_name": "Delimiter", "parameter_value": "\\n"}],
    }
    return [decompress, extract, delimit] if log_format == "lines" else [decompress, delimit]  # type: ignore[list-item]  # Plain dicts of the right shape.
