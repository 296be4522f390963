"""Physical names and ARNs of everything a source is made of. Pure, and the same for the same wish on any day.

Names are known before anything exists, so policies are plain text, and recovery can look for what was created
but not recorded. Each name ends in a hash of the source's id and of its accounts: buckets share one namespace with the
whole world, and a purged source's name may be asked for again.

ARNs are those of the commercial partition (`aws`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from programs.spec import OWN_LOG_GROUPS
from programs.wish import Wish

PREFIX = "logflume-"
"""Buckets, streams, topics and queues begin with it; the deploy role may touch no others."""
OBJECTS_PREFIX = "logs/"
"""Delivered objects; only these are announced. Firehose puts what it cannot process under `errors/`."""
ROLE_PATH = "/logflume/"
ALIAS_PREFIX = "alias/logflume/"
CONFIG_ROLE = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
DEPLOY_ROLE = "logflume-deploy"
BOUNDARY = "logflume-boundary"


@dataclass(frozen=True)
class Names:
    """Names and ARNs of one source. `production_*` and `log_*` say where things live."""

    label: str
    production_account: str
    production_region: str
    log_account: str
    log_region: str
    replica_region: str | None
    environment: str
    adopted_bucket: str | None = None

    @property
    def bucket(self) -> str:
        """At most 63 characters, lower case; or the one that was there already."""
        return self.adopted_bucket or PREFIX + self.label

    @property
    def bucket_arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def key_alias(self) -> str:
        return ALIAS_PREFIX + self.label

    @property
    def topic(self) -> str:
        return PREFIX + self.label

    @property
    def topic_arn(self) -> str:
        return f"arn:aws:sns:{self.log_region}:{self.log_account}:{self.topic}"

    @property
    def replica(self) -> str:
        """The copy's bucket, in the replica region."""
        return f"{PREFIX}{self.label}-r"

    @property
    def replica_arn(self) -> str:
        return f"arn:aws:s3:::{self.replica}"

    @property
    def replication_role(self) -> str:
        """The role that S3 takes to copy objects."""
        return f"{self.label}-replica"

    @property
    def replication_role_arn(self) -> str:
        return role_arn(self.log_account, self.replication_role)

    @property
    def alarm_prefix(self) -> str:
        """How the names of the source's alarms begin, in both accounts."""
        return f"{PREFIX}{self.label}-"

    @property
    def alarm_topic(self) -> str:
        """The topic that alarms tell, in each account that has some and where the environment names none."""
        return f"{self.alarm_prefix}alarms"

    @property
    def proof_queue(self) -> str:
        """The queue in which logflume itself looks whether objects are announced."""
        return f"{PREFIX}{self.label}-proof"

    @property
    def proof_queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.log_region}:{self.log_account}:{self.proof_queue}"

    def consumer(self, name: str) -> ConsumerNames:
        """The names of one consumer's queue, dead letters and role."""
        return ConsumerNames(self, name)

    @property
    def stream(self) -> str:
        """At most 64 characters."""
        return PREFIX + self.label

    @property
    def stream_arn(self) -> str:
        return f"arn:aws:firehose:{self.production_region}:{self.production_account}:deliverystream/{self.stream}"

    @property
    def logs_role(self) -> str:
        """The role that CloudWatch Logs takes to feed the stream; at most 64 characters, like `firehose_role`."""
        return f"{self.label}-logs"

    @property
    def firehose_role(self) -> str:
        """The role that Firehose takes to write to the store: the writer that the bucket policy names."""
        return f"{self.label}-firehose"

    @property
    def firehose_role_arn(self) -> str:
        return role_arn(self.production_account, self.firehose_role)

    @property
    def error_group(self) -> str:
        """The log group in which Firehose says why it could not deliver."""
        return f"{OWN_LOG_GROUPS}{self.environment}/{self.label}"

    @property
    def error_stream(self) -> str:
        return "delivery"

    @property
    def error_stream_arn(self) -> str:
        group = (
            f"arn:aws:logs:{self.production_region}:{self.production_account}:log-group:{self.error_group}"
        )
        return f"{group}:log-stream:{self.error_stream}"

    @property
    def config_role_arn(self) -> str:
        """AWS Config's service-linked role, which an account has one of ("Using service-linked roles", AWS Config guide)."""
        return f"arn:aws:iam::{self.production_account}:role/{CONFIG_ROLE}"

    @property
    def filter(self) -> str:
        """The subscription filter's name, the same on each log group."""
        return PREFIX + self.label

    @property
    def trail(self) -> str:
        """At most 128 characters, and no two dashes side by side (CreateTrail, CloudTrail API reference)."""
        return re.sub("-+", "-", PREFIX + self.label)

    @property
    def trail_arn(self) -> str:
        return self.trail_arn_of(self.trail)

    def trail_arn_of(self, name: str) -> str:
        """ARN of a trail of the production account, in its region."""
        return f"arn:aws:cloudtrail:{self.production_region}:{self.production_account}:trail/{name}"

    @property
    def rule(self) -> str:
        """The EventBridge rule of a service's calls; at most 64 characters."""
        return PREFIX + self.label

    @property
    def rule_arn(self) -> str:
        return f"arn:aws:events:{self.production_region}:{self.production_account}:rule/{self.rule}"

    @property
    def events_role(self) -> str:
        """The role that EventBridge takes to feed the stream; at most 64 characters."""
        return f"{self.label}-events"

    @property
    def servers(self) -> str:
        """The syslog servers' Auto Scaling group, their launch template, and how their security groups begin."""
        return PREFIX + self.label

    @property
    def servers_arn(self) -> str:
        """The group's ARN but for its id, which AWS makes up."""
        place = f"{self.production_region}:{self.production_account}"
        return f"arn:aws:autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{self.servers}"

    @property
    def load_balancer(self) -> str:
        """At most 32 characters: the hash alone."""
        return PREFIX + self.label.rpartition("-")[2]

    def target_group(self, name: str) -> str:
        """At most 32 characters, of which `name` may have 12."""
        return f"{self.load_balancer}-{name}"

    @property
    def syslog_role(self) -> str:
        """The role and the profile that the syslog servers carry: the writer that the bucket policy names."""
        return f"{self.label}-syslog"

    @property
    def syslog_role_arn(self) -> str:
        return role_arn(self.production_account, self.syslog_role)


@dataclass(frozen=True)
class ConsumerNames:
    """Names and ARNs of one consumer of a source."""

    source: Names
    name: str

    @property
    def queue(self) -> str:
        """At most 80 characters."""
        return f"{PREFIX}{self.source.label}-{self.name}"

    @property
    def queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.source.log_region}:{self.source.log_account}:{self.queue}"

    @property
    def dead_letters(self) -> str:
        return f"{self.queue}-dlq"

    @property
    def dead_letters_arn(self) -> str:
        return f"{self.queue_arn}-dlq"

    @property
    def role(self) -> str:
        """The role in the log account that the consumer takes to read."""
        return f"{self.source.label}-{self.name}"

    @property
    def role_arn(self) -> str:
        return role_arn(self.source.log_account, self.role)


def names_of(wish: Wish) -> Names:
    """The names of a source."""
    unique = "\n".join(
        (wish.environment, wish.source_id, wish.production.account_id, wish.log.account_id, wish.log.region)
    )
    return Names(
        label=f"{wish.name}-{short_hash(unique)}",
        production_account=wish.production.account_id,
        production_region=wish.sender.region,
        log_account=wish.log.account_id,
        log_region=wish.log.region,
        replica_region=wish.replica_region if wish.replicated else None,
        environment=wish.environment,
        adopted_bucket=wish.spec.adopt_bucket,
    )


def role_arn(account: str, name: str) -> str:
    """ARN of one of our roles."""
    return f"arn:aws:iam::{account}:role{ROLE_PATH}{name}"


def short_hash(text: str) -> str:
    """Ten hexadecimal digits: enough that nobody else's bucket is met by accident."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
