"""Who is meant to have what, said without a look at any policy document. Pure.

Patterns of act ids by principal; whoever is not listed is meant to have nothing. The log account's own administrators are
trusted with everything but writing logs: nobody but the pipeline writes them, the account's root included. Whoever
administers production administers the roles that are there, and so can become the sender: never more than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.spec import CloudTrailSpec
from programs.store.spec import Consumer
from programs.syslog.spec import SyslogSpec
from service.exposure.documents import Documents
from service.exposure.principals import Principal
from service.exposure.setting import Setting

_WRITE = ("store.write-object", "store.overwrite-object")
_READ = ("read-object", "read-version", "list")
_SETTINGS = (
    *("change-policy", "delete-policy", "change-lifecycle", "change-encryption", "change-replication"),
    *("change-versioning", "change-lock", "change-notification", "change-public-access"),
)
_DELETE = ("delete-object", "delete-version", "delete-bucket")
_BUCKETS = ("store", "copy")
_KEYS = ("key", "copy-key")
_PRODUCTION = ("role:writer.change-*", "role:feeder.change-*")
_LOG_ROLES = ("role:replication.change-*", "role:consumer:*.change-*")


def _each(things: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{thing}.{word}" for thing in things for word in words)


_ADMINISTER = (
    *_each(
        _BUCKETS, (*_READ, *_DELETE, *_SETTINGS, "bypass-lock", "change-object-lock", "change-object-acl")
    ),
    # Of the copy this is denied to everybody but its role; into the store nothing is copied.
    "store.replicate-object",
    *("key.*", "copy-key.*", "topic.*", "queue:*.*"),
    *_LOG_ROLES,
)
_DEPLOY = (
    *_each(_BUCKETS, (*_DELETE, *_SETTINGS, "list")),
    *_each(_KEYS, ("change-policy", "delete")),
    *("topic.subscribe", "topic.change-policy", "topic.delete", "queue:*.change-policy", "queue:*.delete"),
    *_LOG_ROLES,
    # A proof of delivery finds what it has sent.
    *_each(_BUCKETS, ("read-object",)),
    *_each(_KEYS, ("decrypt",)),
    *("queue:proof.receive", "queue:proof.delete-message"),
)
_REPLICATE = (
    "store.list",
    "key.decrypt",
    "copy.replicate-object",
    *_each(("copy-key",), ("data-key", "encrypt", "decrypt")),
)
_READER = (*_each(_BUCKETS, _READ), *_each(_KEYS, ("decrypt",)))


class Intended:
    """The matrix of one source. `documents` say only whether anything is sent still."""

    def __init__(self, setting: Setting, documents: Documents) -> None:
        self._setting = setting
        self._sends = setting.names.topic in documents.topics
        self._fixed = dict(self._ours())

    def allows(self, principal: Principal, act_id: str) -> bool:
        """Whether the principal is meant to be able to do it."""
        return any(fnmatchcase(act_id, pattern) for pattern in self._patterns(principal))

    def _patterns(self, principal: Principal) -> Iterator[str]:
        yield from self._fixed.get(principal.id, ())
        yield from self._by_arn(principal)

    def _ours(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The principals that there is one of."""
        yield from ((f"production:{who}", _PRODUCTION) for who in ("engineer", "root", "deploy"))
        yield from (("log:engineer", _ADMINISTER), ("log:root", _ADMINISTER), ("log:deploy", _DEPLOY))
        yield "log:replication", _REPLICATE
        # Its trust names the service alone, as AWS documents it; only who may pass the role can have S3 take it.
        yield "service:s3", ("topic.publish", "role:replication.assume")
        yield "service:s3:elsewhere", ("role:replication.assume",)
        told = ["proof", *(consumer.name for consumer in self._setting.wish.consumers)]
        yield "service:sns", tuple(f"queue:{name}.send" for name in told)
        for consumer in self._setting.wish.consumers:
            yield f"consumer:{consumer.name}", _consumer(consumer)
        if self._sends:
            yield from self._senders()

    def _senders(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        spec = self._setting.wish.spec
        use = ("key.data-key", "key.decrypt")
        if isinstance(spec, CloudTrailSpec):
            yield "service:cloudtrail", (*_WRITE, *use)
        elif isinstance(spec, ConfigSpec):
            yield "service:config", (*_WRITE, "store.list", *use)
        elif isinstance(spec, SyslogSpec):
            yield "delivery:writer", (*_WRITE, "key.data-key")
            yield "delivery:taken-over", (*_WRITE, "key.data-key", *_PRODUCTION)
            # EC2 hands the role to instances that carry its profile, which only production's own can be given.
            yield from (
                ("service:ec2", ("role:writer.assume",)),
                ("service:ec2:elsewhere", ("role:writer.assume",)),
            )
        else:
            writes = (*_WRITE, "store.write-elsewhere", "store.change-object-acl", "store.list", *use)
            yield "delivery:writer", writes
            # The article's bucket policy lets the writer read; its own policy does not, but it could be given one.
            yield "delivery:taken-over", (*writes, "store.read-object", *_PRODUCTION)
            yield "service:firehose", ("role:writer.assume",)
            yield from ((f"service:{who}", ("role:feeder.assume",)) for who in ("logs", "events"))

    def _by_arn(self, principal: Principal) -> Iterator[str]:
        """What an ARN is meant to have by the environment, under whatever name it is asked about."""
        caller, wish = principal.caller, self._setting.wish
        if any(_is(principal, reader) for reader in wish.readers):
            yield from _READER
        said = principal.context.get("sts:ExternalId")
        for consumer in wish.consumers:
            if _is(principal, consumer.principal) and consumer.external_id in (None, said):
                yield f"role:consumer:{consumer.name}.assume"
        if principal.assumed and principal.side in ("readers", "consumers", "others"):
            # Somebody of the two accounts who may do everything there is one of its administrators.
            yield from _ADMINISTER if caller.account == self._setting.log else ()
            yield from _PRODUCTION if caller.account == self._setting.production else ()


def _is(principal: Principal, arn: str) -> bool:
    """Whether an ARN of the environment means this principal; an account's root means everybody there who may do everything."""
    caller = principal.caller
    if arn.endswith(":root"):
        widest = principal.assumed or caller.kind == "root"
        return widest and f"arn:aws:iam::{caller.account}:root" == arn
    return caller.principal_arn == arn


def _consumer(consumer: Consumer) -> tuple[str, ...]:
    lists = ("store.list",) if consumer.type in ("splunk", "fluentd") else ()
    queue = f"queue:{consumer.name}"
    own = (f"{queue}.receive", f"{queue}.delete-message")
    return ("store.read-object", "store.read-version", "key.decrypt", *lists, *own)
