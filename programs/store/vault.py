"""One bucket that keeps logs, with its key: the primary and its copy are both made so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.buckets import block_public_access
from programs.documents import Document, render
from programs.names import ALIAS_PREFIX, Names
from programs.store.lifecycle import SMALLEST_MOVED, Rule, rules_for
from programs.wish import Wish

DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True)
class VaultArgs:
    """What a vault is made from. `prefix` is put before the logical names of the copy's resources."""

    wish: Wish
    names: Names
    parent: pulumi.Resource
    account: aws.Provider
    bucket: str
    key_policy: Document
    bucket_policy: Callable[[str], Document]
    """From the key's ARN to the policy of the bucket."""
    needs: Sequence[pulumi.Resource] = ()
    """What the policies name: AWS refuses a policy that names a role before it exists."""
    prefix: str = ""
    after: Sequence[pulumi.Resource] = ()
    """What must be done before the bucket is touched; not empty where it is somebody's own bucket, taken over."""


class VaultKey:
    """The key, guarded: the engine refuses to delete it. Objects that were written are of no use without it."""

    def __init__(self, args: VaultArgs) -> None:
        wish, what = args.wish, "copy" if args.prefix else "store"
        self.key = aws.kms.Key(
            f"{args.prefix}key",
            description=f"logflume {what} of {wish.environment}/{wish.name}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=render(args.key_policy),
            tags=tags_for(wish, f"{args.prefix}key"),
            opts=under(args.parent, args.account, protect=True, depends_on=list(args.needs)),
        )
        aws.kms.Alias(
            f"{args.prefix}key-alias",
            name=ALIAS_PREFIX + args.names.label,
            target_key_id=self.key.key_id,
            opts=under(self.key, args.account),
        )


class Vault:
    """Bucket and key. The bucket is guarded, too; one that was taken over is never deleted, and so may leave the stack."""

    def __init__(self, args: VaultArgs) -> None:
        self._args = args
        self.key = VaultKey(args).key
        theirs = bool(args.after)
        self.bucket = aws.s3.Bucket(
            self._called("bucket"),
            bucket=args.bucket,
            tags=None if theirs else self._tags("bucket"),
            opts=self._under(
                protect=not theirs,
                retain_on_delete=theirs,
                # An import must find what the program says: of somebody's bucket it says the name alone.
                ignore_changes=["tags", "tagsAll"] if theirs else [],
                depends_on=list(args.after),
            ),
        )
        public_access = block_public_access(
            self._called("public-access"), self.bucket, self._under(self.bucket)
        )
        self.versioning = self._versioning()
        encryption = self._encryption()
        self._rotation()
        self.policy = self._policy([public_access, encryption])
        self.settled: list[pulumi.Resource] = [self.versioning, encryption, *self._lock()]
        """What must stand before objects are copied out of it or into it."""

    def _called(self, logical_name: str) -> str:
        return self._args.prefix + logical_name

    def _tags(self, logical_name: str) -> dict[str, str]:
        return tags_for(self._args.wish, self._called(logical_name))

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        return under(parent or self._args.parent, self._args.account, **more)

    def _versioning(self) -> aws.s3.BucketVersioning:
        child = self._under(self.bucket)
        aws.s3.BucketOwnershipControls(
            self._called("ownership"),
            bucket=self.bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        return aws.s3.BucketVersioning(
            self._called("versioning"),
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )

    def _encryption(self) -> aws.s3.BucketServerSideEncryptionConfiguration:
        """Named in full, SSE-C blocked, so that what AWS fills in by itself is never taken for drift."""
        rule: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": self.key.arn,
            },
            "bucket_key_enabled": True,
            "blocked_encryption_types": ["SSE-C"],
        }
        return aws.s3.BucketServerSideEncryptionConfiguration(
            self._called("encryption"),
            bucket=self.bucket.bucket,
            rules=[rule],
            opts=self._under(self.bucket),
        )

    def _rotation(self) -> None:
        """The same rules on both sides: lifecycle is not replicated ("What isn't replicated", S3 guide)."""
        aws.s3.BucketLifecycleConfiguration(
            self._called("lifecycle"),
            bucket=self.bucket.bucket,
            rules=[_lifecycle_rule(rule) for rule in rules_for(self._args.wish.spec)],
            transition_default_minimum_object_size=SMALLEST_MOVED,
            # Rules about noncurrent versions make sense once there can be some (PutBucketVersioning).
            opts=self._under(self.bucket, depends_on=[self.versioning]),
        )

    def _lock(self) -> list[pulumi.Resource]:
        """A bucket may be locked once it has versions, and a locked one can only be copied into a locked one."""
        lock = self._args.wish.spec.object_lock
        if lock is None:
            return []
        return [
            aws.s3.BucketObjectLockConfiguration(
                self._called("object-lock"),
                bucket=self.bucket.bucket,
                object_lock_enabled="Enabled",
                rule={"default_retention": {"mode": lock.mode, "days": lock.days}},
                opts=self._under(self.bucket, depends_on=[self.versioning]),
            )
        ]

    def _policy(self, shields: list[pulumi.Resource]) -> aws.s3.BucketPolicy:
        return aws.s3.BucketPolicy(
            self._called("bucket-policy"),
            bucket=self.bucket.bucket,
            policy=self.key.arn.apply(lambda arn: render(self._args.bucket_policy(arn))),
            opts=self._under(self.bucket, depends_on=[*self._args.needs, *shields]),
        )


def _lifecycle_rule(rule: Rule) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule.id,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=[
            aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                days=tier.days, storage_class=tier.storage_class
            )
            for tier in rule.transitions
        ]
        or None,
        expiration=_expiration(rule),
        noncurrent_version_expiration=None
        if rule.noncurrent_days is None
        else aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=rule.noncurrent_days
        ),
        abort_incomplete_multipart_upload=None
        if rule.abort_incomplete_days is None
        else aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=rule.abort_incomplete_days
        ),
    )


def _expiration(rule: Rule) -> aws.s3.BucketLifecycleConfigurationRuleExpirationArgs | None:
    if rule.expire_days is not None:
        return aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=rule.expire_days)
    if rule.expired_markers:
        return aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
    return None
