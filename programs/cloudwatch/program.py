"""The pipeline of a `cloudwatch` source and of its presets."""

from __future__ import annotations

import pulumi

from programs.accounts import accounts_for
from programs.cloudwatch.log_groups import LogGroups, processors, subscribe
from programs.cloudwatch.presets.source_logging import SourceLogging
from programs.cloudwatch.presets.spec import SourceSpec
from programs.cloudwatch.spec import LogGroupsSpec
from programs.firehose import policies
from programs.firehose.roles import DeliveryArgs, DeliveryRoles, Feeder
from programs.firehose.stream import DeliveryStream
from programs.names import names_of
from programs.outputs import export
from programs.store.bucket import LogStore, LogStoreArgs
from programs.store.writers import role_writer
from programs.wish import Wish


def cloudwatch_program(wish: Wish) -> None:
    """Build the pipeline of a wish; a retired one is its store alone, and the log groups that were made for their owner."""
    names, accounts, spec = names_of(wish), accounts_for(wish), wish.spec_as(LogGroupsSpec)
    args = DeliveryArgs(wish, names, accounts.production)
    groups = LogGroups("log-groups", args)
    pulumi.export("log_groups", list(spec.reads_log_groups))
    if wish.stage == "retired":
        export(wish, LogStore("store", LogStoreArgs(wish, names, accounts)))
        return
    roles = DeliveryRoles("delivery-roles", args, Feeder("logs", names.logs_role, policies.logs_trust(names)))
    writer = role_writer(names, names.firehose_role_arn)
    store = LogStore("store", LogStoreArgs(wish, names, accounts, writer, (roles.firehose,)))
    delivery = DeliveryStream("delivery", args, roles, store, processors(spec.format))
    if wish.stage == "active":
        subscribe(args, roles, delivery, groups)
        if isinstance(spec, SourceSpec):
            SourceLogging("source", args, groups)
    export(wish, store, stream=delivery.stream.name, writer_role_arn=roles.firehose.arn)
