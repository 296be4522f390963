"""The `cloudwatch` kind: log groups in production -> subscription filters -> Firehose -> a store in the log account."""

from __future__ import annotations

import pulumi

from programs.accounts import accounts_for
from programs.delivery import Delivery, DeliveryArgs, DeliveryRoles, LogGroups
from programs.log_store import OBJECTS_PREFIX, LogStore, LogStoreArgs
from programs.names import names_of
from programs.spec import Wish


def cloudwatch_program(wish: Wish) -> None:
    """Build the pipeline of a wish; a retired one is its store alone, and the log groups that were made for their owner."""
    names, accounts = names_of(wish), accounts_for(wish)
    args = DeliveryArgs(wish, names, accounts.production)
    groups = LogGroups("log-groups", args)
    if wish.stage == "retired":
        store = LogStore("store", LogStoreArgs(wish, names, accounts.log, writer=None))
        _export(wish, store.outputs)
        return
    roles = DeliveryRoles("delivery-roles", args)
    store = LogStore("store", LogStoreArgs(wish, names, accounts.log, writer=roles.firehose))
    delivery = Delivery("delivery", args, roles, store.key.arn, store.policy, groups)
    _export(wish, store.outputs | {"stream": delivery.stream.name, "writer_role_arn": roles.firehose.arn})


def _export(wish: Wish, outputs: dict[str, pulumi.Output[str]]) -> None:
    for name, value in outputs.items():
        pulumi.export(name, value)
    pulumi.export("prefix", OBJECTS_PREFIX)
    pulumi.export("log_groups", list(wish.spec.log_groups))
    pulumi.export("account", wish.log.account_id)
    pulumi.export("region", wish.log.region)
