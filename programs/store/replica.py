"""The copy in a second region: a vault of its own, and the rule by which S3 fills it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.documents import render
from programs.names import ROLE_PATH, Names
from programs.store import policies
from programs.store.vault import Vault, VaultArgs
from programs.wish import Wish

RULE = "everything"


@dataclass(frozen=True)
class ReplicaArgs:
    """What a copy is made from; `home` is the log account where the primary is, `away` where the copy is."""

    wish: Wish
    names: Names
    home: aws.Provider
    away: aws.Provider
    primary: Vault | None
    """None where a bucket that was taken over has been given back: then nothing is copied any more."""
    key_arn: pulumi.Output[str]


class Replica(pulumi.ComponentResource):
    """Role, vault and rule. The rule copies what is written, and no deletion: losing the primary must not lose the copy."""

    def __init__(self, name: str, args: ReplicaArgs, store: pulumi.Resource) -> None:
        super().__init__("logflume:store:Replica", name, opts=pulumi.ResourceOptions(parent=store))
        self._args, names, wish = args, args.names, args.wish
        region = names.replica_region or ""
        self._role = self._make_role()
        self.vault = Vault(
            VaultArgs(
                wish,
                names,
                self,
                args.away,
                bucket=names.replica,
                key_policy=policies.replica_key_policy(names, wish.readers, region),
                bucket_policy=lambda key_arn: policies.replica_policy(names, key_arn, wish.readers),
                needs=[self._role],
                prefix="replica-",
            )
        )
        permissions = self._permissions(region)
        self.rule = None if args.primary is None else self._replicate(args.primary, permissions)
        self.register_outputs({"bucket": self.vault.bucket.bucket})

    def _make_role(self) -> aws.iam.Role:
        return aws.iam.Role(
            "replication-role",
            name=self._args.names.replication_role,
            path=ROLE_PATH,
            permissions_boundary=self._args.wish.log.boundary_arn,
            assume_role_policy=render(policies.replication_trust()),
            tags=tags_for(self._args.wish, "replication-role"),
            opts=under(self, self._args.home),
        )

    def _permissions(self, region: str) -> aws.iam.RolePolicy:
        def text(arns: list[str]) -> str:
            return render(policies.replication_permissions(self._args.names, region, arns[0], arns[1]))

        return aws.iam.RolePolicy(
            "replication-permissions",
            name="copy-to-the-replica",
            role=self._role.name,
            policy=pulumi.Output.all(self._args.key_arn, self.vault.key.arn).apply(text),
            opts=under(self._role, self._args.home),
        )

    def _replicate(self, primary: Vault, permissions: aws.iam.RolePolicy) -> aws.s3.BucketReplicationConfig:
        """One rule for the whole bucket. A bucket has one replication configuration: a second resource would undo this one.

        Metrics are on, for the alarm about copies that failed (OperationsFailedReplication).
        """
        return aws.s3.BucketReplicationConfig(
            "replication",
            bucket=primary.bucket.bucket,
            role=self._role.arn,
            rules=[
                {
                    "id": RULE,
                    "status": "Enabled",
                    "priority": 1,
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Disabled"},
                    "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                    "destination": {
                        "bucket": self.vault.bucket.arn,
                        "encryption_configuration": {"replica_kms_key_id": self.vault.key.arn},
                        "metrics": {"status": "Enabled"},
                    },
                }
            ],
            opts=under(
                primary.bucket,
                self._args.home,
                depends_on=[permissions, *primary.settled, *self.vault.settled, self.vault.policy],
            ),
        )
