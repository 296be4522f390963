"""The store as a whole: the primary vault, its copy, and who is told of new objects."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from programs.accounts import Accounts
from programs.alarms.resources import Alarms
from programs.alarms.table import of_store
from programs.names import Names
from programs.store import policies
from programs.store.adopted import BucketFound
from programs.store.announcements import OBJECTS_PREFIX, Announcements
from programs.store.consumers import ConsumerAccess
from programs.store.replica import Replica, ReplicaArgs
from programs.store.vault import Vault, VaultArgs, VaultKey
from programs.store.writers import Writer
from programs.wish import Wish


@dataclass(frozen=True)
class LogStoreArgs:
    """What a store is made from."""

    wish: Wish
    names: Names
    accounts: Accounts
    writer: Writer | None = None
    """None when nothing is sent any more."""
    needs: tuple[pulumi.Resource, ...] = ()
    """The roles that the writer's statements name."""
    announced: str = OBJECTS_PREFIX
    """What the keys of the objects begin with that consumers are told of."""


class LogStore(pulumi.ComponentResource):
    """A retired store has no writer, and tells nobody of objects that no longer come.

    Where the bucket was there before, retiring leaves it as it was found: key and copy are all that stays in the stack.
    """

    def __init__(self, name: str, args: LogStoreArgs) -> None:
        super().__init__("logflume:store:LogStore", name)
        self._args = args
        self.outputs: dict[str, pulumi.Input[object]] = {"bucket": args.names.bucket}
        given_back = args.writer is None and args.names.adopted_bucket is not None
        self.vault = None if given_back else Vault(self._vault())
        key = self.vault.key if self.vault else VaultKey(self._vault()).key
        self.outputs["key_arn"] = self.key_arn = key.arn
        self.ready: list[pulumi.Resource] = []
        """What must stand before anything is written: what comes earlier is not copied."""
        self._replica()
        if args.writer is not None and self.vault is not None:
            self.ready.append(self.vault.policy)
            self._announcements(self.vault)
        self.register_outputs(self.outputs)

    def _vault(self) -> VaultArgs:
        args, readers = self._args, self._args.wish.readers
        adopted = args.names.adopted_bucket if args.writer is not None else None
        return VaultArgs(
            args.wish,
            args.names,
            self,
            args.accounts.log,
            bucket=args.names.bucket,
            key_policy=policies.key_policy(args.names, readers, args.writer),
            bucket_policy=lambda arn: policies.bucket_policy(args.names, arn, readers, args.writer),
            needs=args.needs,
            after=[] if adopted is None else [BucketFound(args.wish, adopted, self)],
        )

    def _replica(self) -> None:
        args, away = self._args, self._args.accounts.replica
        if away is None:
            return
        replica = Replica(
            "copy",
            ReplicaArgs(args.wish, args.names, args.accounts.log, away, self.vault, self.key_arn),
            self,
        )
        self.outputs["replica_bucket"] = replica.vault.bucket.bucket
        self.outputs["replica_key_arn"] = replica.vault.key.arn
        if replica.rule is not None:
            self.ready.append(replica.rule)

    def _announcements(self, vault: Vault) -> None:
        args, account = self._args, self._args.accounts.log
        announcements = Announcements(args.wish, args.names, account, vault, args.announced, self)
        self.outputs |= announcements.outputs
        self.outputs["consumers"] = {
            consumer.name: ConsumerAccess(
                consumer, args.wish, args.names, account, announcements.topic, self.key_arn, self
            ).described
            for consumer in args.wish.consumers
        }
        alarms = of_store(args.wish, args.names)
        if alarms:
            told = Alarms("log", args.wish, args.names, account, alarms, self)
            self.outputs["alarm_topic_arn"] = told.topic_arn
