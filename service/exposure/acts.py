"""What somebody could do to the logs of a source, and to what keeps, opens and announces them. Pure.

Names of actions: Service Authorization Reference of S3, KMS, SNS, SQS, STS and IAM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from programs.names import OBJECTS_PREFIX, role_arn
from service.access.evaluator import Policy
from service.exposure.documents import Documents
from service.exposure.setting import Setting

Family = Literal["write", "read", "delete", "settings", "use key", "keep key", "messages", "roles"]


@dataclass(frozen=True)
class Act:
    """One action on one thing. `id` is THING.WORD: `store.write-object`, `queue:elastic.receive`."""

    id: str
    title: str
    family: Family
    action: str
    resource: str
    account: str
    """The account that owns the thing."""
    guard: Policy | None = None
    """The thing's own policy."""
    inside: bool = False
    """Whether the resource is an object: then other objects of the same bucket are tried as well."""
    context: tuple[tuple[str, str], ...] = ()
    """Condition keys that come with the thing, whoever asks."""

    @property
    def thing(self) -> str:
        """The thing's id."""
        return self.id.rpartition(".")[0]


_OBJECTS: tuple[tuple[str, str, Family, str], ...] = (
    ("write-object", "Write an object", "write", "s3:PutObject"),
    ("overwrite-object", "Write a new version over an object", "write", "s3:PutObject"),
    ("replicate-object", "Copy an object in by replication", "write", "s3:ReplicateObject"),
    ("change-object-acl", "Change an object's ACL", "settings", "s3:PutObjectAcl"),
    ("read-object", "Read an object", "read", "s3:GetObject"),
    ("read-version", "Read an older version", "read", "s3:GetObjectVersion"),
    ("delete-object", "Delete an object (a marker; versions stay)", "delete", "s3:DeleteObject"),
    ("delete-version", "Delete a version for good", "delete", "s3:DeleteObjectVersion"),
    ("bypass-lock", "Get round a governance lock", "delete", "s3:BypassGovernanceRetention"),
    ("change-object-lock", "Change an object's lock", "settings", "s3:PutObjectRetention"),
)
_BUCKET: tuple[tuple[str, str, Family, str], ...] = (
    ("list", "List the objects", "read", "s3:ListBucket"),
    ("delete-bucket", "Delete the bucket", "delete", "s3:DeleteBucket"),
    ("change-policy", "Change the bucket policy", "settings", "s3:PutBucketPolicy"),
    ("delete-policy", "Delete the bucket policy", "settings", "s3:DeleteBucketPolicy"),
    ("change-lifecycle", "Change the lifecycle", "settings", "s3:PutLifecycleConfiguration"),
    ("change-encryption", "Change the encryption", "settings", "s3:PutEncryptionConfiguration"),
    ("change-replication", "Change the replication", "settings", "s3:PutReplicationConfiguration"),
    ("change-versioning", "Change the versioning", "settings", "s3:PutBucketVersioning"),
    ("change-lock", "Change the bucket's lock", "settings", "s3:PutBucketObjectLockConfiguration"),
    ("change-notification", "Change who is told", "settings", "s3:PutBucketNotification"),
    ("change-public-access", "Change the public access block", "settings", "s3:PutBucketPublicAccessBlock"),
)
_KEY: tuple[tuple[str, str, Family, str], ...] = (
    ("data-key", "Encrypt: get a data key", "use key", "kms:GenerateDataKey"),
    ("encrypt", "Encrypt with the key itself", "use key", "kms:Encrypt"),
    ("decrypt", "Decrypt", "use key", "kms:Decrypt"),
    ("grant", "Grant the key to somebody", "keep key", "kms:CreateGrant"),
    ("change-policy", "Change the key policy", "keep key", "kms:PutKeyPolicy"),
    ("disable", "Switch the key off", "keep key", "kms:DisableKey"),
    ("delete", "Schedule the key's deletion", "keep key", "kms:ScheduleKeyDeletion"),
)
_TOPIC: tuple[tuple[str, str, Family, str], ...] = (
    ("publish", "Publish", "messages", "sns:Publish"),
    ("subscribe", "Subscribe", "messages", "sns:Subscribe"),
    ("change-policy", "Change the topic policy", "settings", "sns:SetTopicAttributes"),
    ("delete", "Delete the topic", "delete", "sns:DeleteTopic"),
)
_QUEUE: tuple[tuple[str, str, Family, str], ...] = (
    ("send", "Send a message", "messages", "sqs:SendMessage"),
    ("receive", "Receive messages", "messages", "sqs:ReceiveMessage"),
    ("delete-message", "Delete a message", "messages", "sqs:DeleteMessage"),
    ("purge", "Purge the queue", "delete", "sqs:PurgeQueue"),
    ("delete", "Delete the queue", "delete", "sqs:DeleteQueue"),
    ("change-policy", "Change the queue policy", "settings", "sqs:SetQueueAttributes"),
)
_ROLE: tuple[tuple[str, str, Family, str], ...] = (
    ("assume", "Take the role", "roles", "sts:AssumeRole"),
    ("change-trust", "Change who may take it", "roles", "iam:UpdateAssumeRolePolicy"),
    ("change-policy", "Change what it may do", "roles", "iam:PutRolePolicy"),
)


def acts_of(setting: Setting, documents: Documents) -> list[Act]:
    """Every act on what there is."""
    return [*_stores(setting, documents), *_announcements(setting, documents), *_roles(setting, documents)]


def _stores(setting: Setting, documents: Documents) -> Iterator[Act]:
    names = setting.names
    for thing, bucket, key in (("store", names.bucket, "key"), ("copy", names.replica, "replica-key")):
        if bucket in documents.buckets:
            yield from _bucket(setting, thing, f"arn:aws:s3:::{bucket}", documents.buckets[bucket])
        if key in documents.key_arns:
            arn = documents.key_arns[key]
            # The condition key of the tag that every key of ours carries.
            tagged = (("aws:ResourceTag/managed-by", "logflume"),)
            plain = Act("", "", "read", "", arn, setting.log, documents.keys[arn], context=tagged)
            yield from _each(_KEY, "key" if thing == "store" else "copy-key", plain)


def _bucket(setting: Setting, thing: str, arn: str, policy: Policy | None) -> Iterator[Act]:
    plain = Act("", "", "read", "", arn, setting.log, policy)
    inside = replace(plain, resource=f"{arn}/{OBJECTS_PREFIX}object", inside=True)
    yield from _each(_OBJECTS, thing, inside)
    yield Act(
        f"{thing}.write-elsewhere",
        f"Write an object outside {OBJECTS_PREFIX}",
        "write",
        "s3:PutObject",
        f"{arn}/elsewhere/object",
        setting.log,
        policy,
    )
    yield from _each(_BUCKET, thing, plain)


def _announcements(setting: Setting, documents: Documents) -> Iterator[Act]:
    names = setting.names
    if names.topic in documents.topics:
        policy = documents.topics[names.topic]
        yield from _each(_TOPIC, "topic", Act("", "", "read", "", names.topic_arn, setting.log, policy))
    for queue, policy in documents.queues.items():
        arn = f"arn:aws:sqs:{names.log_region}:{setting.log}:{queue}"
        short = queue.removeprefix(names.topic).removeprefix("-")
        yield from _each(_QUEUE, f"queue:{short}", Act("", "", "read", "", arn, setting.log, policy))


def _roles(setting: Setting, documents: Documents) -> Iterator[Act]:
    for short, (account, name) in roles_of(setting).items():
        if name not in documents.roles:
            continue
        arn, trust = role_arn(account, name), documents.roles[name].trust
        for act in _each(_ROLE, f"role:{short}", Act("", "", "read", "", arn, account)):
            bounded = (("iam:PermissionsBoundary", setting.boundary_arn(account)),)
            yield (
                replace(act, guard=trust) if act.action == "sts:AssumeRole" else replace(act, context=bounded)
            )


def roles_of(setting: Setting) -> Mapping[str, tuple[str, str]]:
    """Account and name of each role that a source has, by a short word."""
    mine = {"writer": setting.writer_role, "feeder": setting.feeder_role}
    found = {word: (setting.production, name) for word, name in mine.items() if name is not None}
    found["replication"] = (setting.log, setting.names.replication_role)
    for consumer in setting.wish.consumers:
        found[f"consumer:{consumer.name}"] = (setting.log, setting.names.consumer(consumer.name).role)
    return found


def _each(table: tuple[tuple[str, str, Family, str], ...], thing: str, plain: Act) -> Iterator[Act]:
    for word, title, family, action in table:
        yield replace(plain, id=f"{thing}.{word}", title=title, family=family, action=action)
