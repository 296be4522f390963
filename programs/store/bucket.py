"""The store as a whole: the primary vault, its copy, and who is told of new objects."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from programs.accounts import Accounts
from programs.names import Names
from programs.store import policies
from programs.store.announcements import Announcements
from programs.store.consumers import ConsumerAccess
from programs.store.replica import Replica, ReplicaArgs
from programs.store.vault import Vault, VaultArgs
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


class LogStore(pulumi.ComponentResource):
    """A retired store has no writer, and tells nobody of objects that no longer come."""

    def __init__(self, name: str, args: LogStoreArgs) -> None:
        super().__init__("logflume:store:LogStore", name)
        self._args = args
        self.vault = self._vault()
        self.bucket, self.key, self.policy = self.vault.bucket, self.vault.key, self.vault.policy
        self.outputs: dict[str, pulumi.Input[object]] = {
            "bucket": self.bucket.bucket,
            "key_arn": self.key.arn,
        }
        self.ready: list[pulumi.Resource] = [self.policy, *self._replica()]
        """What must stand before anything is written: what comes earlier is not copied."""
        if args.writer is not None:
            self._announcements()
        self.register_outputs(self.outputs)

    def _vault(self) -> Vault:
        args = self._args
        readers = args.wish.readers
        return Vault(
            VaultArgs(
                args.wish,
                args.names,
                self,
                args.accounts.log,
                bucket=args.names.bucket,
                key_policy=policies.key_policy(args.names, readers, args.writer),
                bucket_policy=lambda arn: policies.bucket_policy(args.names, arn, readers, args.writer),
                needs=args.needs,
            )
        )

    def _replica(self) -> list[pulumi.Resource]:
        args, away = self._args, self._args.accounts.replica
        if away is None:
            return []
        replica = Replica(
            "copy", ReplicaArgs(args.wish, args.names, args.accounts.log, away, self.vault), self
        )
        self.outputs["replica_bucket"] = replica.vault.bucket.bucket
        self.outputs["replica_key_arn"] = replica.vault.key.arn
        return [replica.rule]

    def _announcements(self) -> None:
        args, account = self._args, self._args.accounts.log
        announcements = Announcements(args.wish, args.names, account, self.vault, self)
        self.outputs |= announcements.outputs
        self.outputs["consumers"] = {
            consumer.name: ConsumerAccess(
                consumer, args.wish, args.names, account, announcements.topic, self.key.arn, self
            ).described
            for consumer in args.wish.consumers
        }
