"""AWS services that act in their own name: for this source, and for somebody else (the confused deputy). Pure.

What they send with a request: "The confused deputy problem" (IAM User Guide) and the pages that `programs` names beside each
policy. Firehose sends the account for which it acts as external id (Amazon Data Firehose guide, "Control access").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.exposure.documents import Documents
from service.exposure.setting import Setting


@dataclass(frozen=True)
class Acting:
    """A service, and for whom: `context` holds the keys it sends. `ours`: it acts for this source."""

    word: str
    title: str
    name: str
    context: Mapping[str, str]
    ours: bool


@dataclass(frozen=True)
class _Service:
    word: str
    title: str
    name: str
    account: str
    source: str
    """ARN of what it acts for, with the account in it."""


def acting(setting: Setting, documents: Documents) -> Iterator[Acting]:
    """The services that this source needs, acting for it, and then all of them, acting for another account."""
    everyone = _services(setting)
    needed = _needed(setting, documents)
    for each in everyone:
        if each.word in needed:
            yield Acting(each.word, each.title, each.name, _sent(each, each.account, each.source), True)
    for each in everyone:
        source = each.source.replace(each.account, setting.elsewhere)
        if source == each.source:
            # The ARN of a bucket names no account: somebody else's bucket has another name.
            source = f"{source}-elsewhere"
        yield Acting(each.word, each.title, each.name, _sent(each, setting.elsewhere, source), False)


def _services(setting: Setting) -> list[_Service]:
    names, production, log = setting.names, setting.production, setting.log
    region = names.production_region
    groups = f"arn:aws:logs:{region}:{production}:log-group:group:*"
    recorder = f"arn:aws:config:{region}:{production}:*"
    stream = names.stream_arn
    return [
        _Service("logs", "CloudWatch Logs", f"logs.{region}.amazonaws.com", production, groups),
        _Service("firehose", "Firehose", "firehose.amazonaws.com", production, stream),
        _Service("events", "EventBridge", "events.amazonaws.com", production, names.rule_arn),
        _Service("cloudtrail", "CloudTrail", "cloudtrail.amazonaws.com", production, setting.trail_arn),
        _Service("config", "AWS Config", "config.amazonaws.com", production, recorder),
        _Service("ec2", "EC2", "ec2.amazonaws.com", production, ""),
        _Service("s3", "S3", "s3.amazonaws.com", log, names.bucket_arn),
        _Service("sns", "SNS", "sns.amazonaws.com", log, names.topic_arn),
    ]


def _sent(service: _Service, account: str, source: str) -> dict[str, str]:
    if service.word == "firehose":
        return {"sts:ExternalId": account}
    if service.word == "ec2":
        # It hands an instance the role of its profile, and says nothing.
        return {}
    return {"aws:SourceArn": source, "aws:SourceAccount": account}


def _needed(setting: Setting, documents: Documents) -> set[str]:
    if setting.names.topic not in documents.topics:
        # Nothing is sent any more; what there is is copied still.
        return {"s3"}
    if setting.writer_role is None:
        return {"s3", "sns", setting.wish.kind}
    if setting.wish.kind == "syslog":
        return {"s3", "sns", "ec2"}
    return {"s3", "sns", "firehose", "events" if setting.wish.kind == "cloudtrail" else "logs"}
