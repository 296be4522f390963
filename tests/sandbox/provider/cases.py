"""One case per resource type: how it is made, changed, replaced, changed by hand, and imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, REGION, Sandbox

Values = dict[str, Any]
Clients = Callable[[str], Any]

TAGS = {"team": "payments"}


def clients_of(sandbox: Sandbox) -> Clients:
    """Root clients of the log account: for what a test needs besides, and for changes by hand."""
    return lambda service: sandbox.client(service, LOG)


@dataclass(frozen=True)
class Case:
    """`needs` makes what must be there first and gives names that `inputs` and the rest may use."""

    token: str
    inputs: Callable[[Values], Values]
    change: Callable[[Values], Values]
    """Inputs that an update can reach."""
    changed: tuple[str, ...]
    """The paths of that difference."""
    by_hand: Callable[[Clients, Values, str], Any]
    """A change behind the engine's back: clients, names, id."""
    drifted: str
    """The path at which it is seen."""
    replace: Values = field(default_factory=dict)
    """An input that only a replacement can change."""
    needs: Callable[[Clients, str], Values] = lambda _clients, name: {"name": name}
    import_id: Callable[[Values, str], str] = lambda _names, id: id


def _bucket(clients: Clients, name: str) -> Values:
    location = {"LocationConstraint": REGION}
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    return {"name": name}


def _bucket_with_queue(clients: Clients, name: str) -> Values:
    arn = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    allowed = policy(
        Effect="Allow", Principal={"Service": "s3.amazonaws.com"}, Action="sqs:SendMessage", Resource=arn
    )
    clients("sqs").create_queue(QueueName=name, Attributes={"Policy": allowed})
    return {**_bucket(clients, name), "queue": arn}


def _key(clients: Clients, name: str) -> Values:
    ids = [clients("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    return {"name": name, "key": ids[0], "other_key": ids[1]}


def _role(clients: Clients, name: str) -> Values:
    clients("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com")
    )
    arn = clients("iam").create_policy(PolicyName=f"{name}-p", PolicyDocument=_allow("s3:GetObject"))[
        "Policy"
    ]["Arn"]
    return {"name": name, "policy_arn": arn}


def _queue(clients: Clients, name: str) -> Values:
    return {"name": name, "url": clients("sqs").create_queue(QueueName=name)["QueueUrl"]}


def _topic(clients: Clients, name: str) -> Values:
    return {"name": name, "topic": clients("sns").create_topic(Name=name)["TopicArn"]}


def _topic_and_queue(clients: Clients, name: str) -> Values:
    queue = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    return {**_topic(clients, name), **_queue(clients, name), "queue": queue}


def _stream_parts(clients: Clients, name: str) -> Values:
    role = clients("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com")
    )
    clients("iam").put_role_policy(RoleName=name, PolicyName="write", PolicyDocument=_allow("s3:*"))
    return {**_bucket(clients, name), "role": role["Role"]["Arn"]}


def _group(clients: Clients, name: str) -> Values:
    clients("logs").create_log_group(logGroupName=name)
    return {"name": name}


def _group_with_stream(clients: Clients, name: str) -> Values:
    parts = _stream_parts(clients, name)
    role = clients("iam").create_role(
        RoleName=f"{name}-cwl", AssumeRolePolicyDocument=trust(Service="logs.amazonaws.com")
    )
    clients("iam").put_role_policy(
        RoleName=f"{name}-cwl", PolicyName="put", PolicyDocument=_allow("firehose:*")
    )
    stream = clients("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={"RoleARN": parts["role"], "BucketARN": f"arn:aws:s3:::{name}"},
    )
    return {**_group(clients, name), "stream": stream["DeliveryStreamARN"], "role": role["Role"]["Arn"]}


def _allow(*actions: str, resource: str = "*") -> str:
    return policy(Effect="Allow", Action=[*actions], Resource=[resource])


def _grant(resource: str, *actions: str) -> str:
    """A resource policy with one-element lists and bare account ids, which AWS writes otherwise."""
    return policy(Sid="a", Effect="Allow", Principal={"AWS": [LOG]}, Action=[*actions], Resource=[resource])


def _lifecycle(days: int, transition: int) -> list[Values]:
    return [
        {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": days},
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
            "transitions": [
                {"days": 90, "storageClass": "GLACIER_IR"},
                {"days": transition, "storageClass": "STANDARD_IA"},
            ],
        },
        {"id": "abort", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
    ]


def _put_lifecycle(clients: Clients, names: Values) -> None:
    rules = clients("s3").get_bucket_lifecycle_configuration(Bucket=names["name"])["Rules"]
    next(rule for rule in rules if rule["ID"] == "expire")["Expiration"] = {"Days": 200}
    clients("s3").put_bucket_lifecycle_configuration(
        Bucket=names["name"], LifecycleConfiguration={"Rules": rules[::-1]}
    )


def _put_interval(clients: Clients, names: Values, seconds: int) -> None:
    firehose = clients("firehose")
    stream = firehose.describe_delivery_stream(DeliveryStreamName=names["name"])["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=names["name"],
        CurrentDeliveryStreamVersionId=stream["VersionId"],
        DestinationId=stream["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"BufferingHints": {"IntervalInSeconds": seconds, "SizeInMBs": 5}},
    )


def _extended(names: Values, **settings: Any) -> Values:
    return {
        "bucketArn": f"arn:aws:s3:::{names['name']}",
        "roleArn": names["role"],
        "bufferingInterval": 60,
        "bufferingSize": 5,
        "compressionFormat": "GZIP",
        "prefix": "logs/!{timestamp:yyyy/MM/dd}/",
        "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "fileExtension": ".gz",
        "processingConfiguration": {
            "enabled": True,
            "processors": [
                {
                    "type": "Decompression",
                    "parameters": [{"parameterName": "CompressionFormat", "parameterValue": "GZIP"}],
                }
            ],
        },
        **settings,
    }


def _encryption(**default: Any) -> list[Values]:
    return [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]


def _queue_setting(names: Values, suffix: str) -> list[Values]:
    return [{"id": "q", "queueArn": names["queue"], "events": ["s3:ObjectCreated:*"], "filterSuffix": suffix}]


def _set_queue(clients: Clients, url: str, **attributes: str) -> None:
    clients("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _redrive(*queues: str) -> str:
    return json.dumps(
        {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [f"arn:aws:sqs:{REGION}:{LOG}:{q}" for q in queues],
        }
    )


CASES = (
    Case(
        "aws:s3/bucket:Bucket",
        inputs=lambda n: {"bucket": n["name"], "tags": TAGS},
        change=lambda _: {"tags": {"team": "orders"}},
        changed=("tags.team",),
        by_hand=lambda c, n, _: c("s3").delete_bucket_tagging(Bucket=n["name"]),
        drifted="tags",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        needs=_bucket,
        inputs=lambda n: {"bucket": n["name"], "versioningConfiguration": {"status": "Enabled"}},
        change=lambda _: {"versioningConfiguration": {"status": "Suspended"}},
        changed=("versioningConfiguration.status",),
        by_hand=lambda c, n, _: c("s3").put_bucket_versioning(
            Bucket=n["name"], VersioningConfiguration={"Status": "Enabled"}
        ),
        drifted="versioningConfiguration.status",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        needs=_bucket,
        inputs=lambda n: {"bucket": n["name"], "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        change=lambda _: {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        changed=("rule.objectOwnership",),
        by_hand=lambda c, n, _: c("s3").put_bucket_ownership_controls(
            Bucket=n["name"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        drifted="rule.objectOwnership",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        needs=_bucket,
        inputs=lambda n: {"bucket": n["name"], "blockPublicAcls": True, "blockPublicPolicy": True},
        change=lambda _: {"ignorePublicAcls": True},
        changed=("ignorePublicAcls",),
        by_hand=lambda c, n, _: c("s3").put_public_access_block(
            Bucket=n["name"],
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True},
        ),
        drifted="blockPublicPolicy",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        needs=lambda c, name: {**_bucket(c, name), **_key(c, name)},
        inputs=lambda n: {
            "bucket": n["name"],
            "rules": _encryption(sseAlgorithm="aws:kms", kmsMasterKeyId=n["key"]),
        },
        change=lambda n: {"rules": _encryption(sseAlgorithm="aws:kms", kmsMasterKeyId=n["other_key"])},
        changed=("rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",),
        by_hand=lambda c, n, _: c("s3").delete_bucket_encryption(Bucket=n["name"]),
        drifted="rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        needs=_bucket,
        inputs=lambda n: {"bucket": n["name"], "rules": _lifecycle(400, 30)},
        change=lambda _: {"rules": _lifecycle(300, 60)},
        changed=("rules[0].expiration.days", "rules[0].transitions[1].days"),
        by_hand=lambda c, n, _: _put_lifecycle(c, n),
        drifted="rules[0].expiration.days",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        needs=_bucket,
        inputs=lambda n: {
            "bucket": n["name"],
            "policy": _grant(f"arn:aws:s3:::{n['name']}/*", "s3:GetObject"),
        },
        change=lambda n: {"policy": _grant(f"arn:aws:s3:::{n['name']}/*", "s3:PutObject", "s3:GetObject")},
        changed=("policy",),
        by_hand=lambda c, n, _: c("s3").put_bucket_policy(
            Bucket=n["name"], Policy=_grant(f"arn:aws:s3:::{n['name']}/*", "s3:*")
        ),
        drifted="policy",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketNotification:BucketNotification",
        needs=_bucket_with_queue,
        inputs=lambda n: {"bucket": n["name"], "queues": _queue_setting(n, ".gz")},
        change=lambda n: {"queues": _queue_setting(n, ".json")},
        changed=("queues[0].filterSuffix",),
        by_hand=lambda c, n, _: c("s3").put_bucket_notification_configuration(
            Bucket=n["name"], NotificationConfiguration={}
        ),
        drifted="queues",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:kms/key:Key",
        inputs=lambda _: {
            "description": "logs",
            "policy": _grant("*", "kms:*"),
            "enableKeyRotation": True,
            "rotationPeriodInDays": 180,
            "deletionWindowInDays": 7,
            "tags": TAGS,
        },
        change=lambda _: {
            "description": "logs of payments",
            "rotationPeriodInDays": 365,
            "policy": _grant("*", "kms:*", "kms:Decrypt"),
            "tags": {},
        },
        changed=("description", "policy", "rotationPeriodInDays", "tags.team"),
        by_hand=lambda c, _, id: c("kms").disable_key_rotation(KeyId=id),
        drifted="enableKeyRotation",
        replace={"keyUsage": "GENERATE_VERIFY_MAC"},
    ),
    Case(
        "aws:kms/alias:Alias",
        needs=_key,
        inputs=lambda n: {"name": f"alias/{n['name']}", "targetKeyId": n["key"]},
        change=lambda n: {"targetKeyId": f"arn:aws:kms:{REGION}:{LOG}:key/{n['other_key']}"},
        changed=("targetKeyId",),
        by_hand=lambda c, n, id: c("kms").update_alias(AliasName=id, TargetKeyId=n["key"]),
        drifted="targetKeyId",
        replace={"name": "alias/another"},
    ),
    Case(
        "aws:sns/topic:Topic",
        inputs=lambda n: {
            "name": n["name"],
            "displayName": "Logs",
            "kmsMasterKeyId": "alias/aws/sns",
            "tags": TAGS,
        },
        change=lambda _: {"displayName": "All logs", "tags": {"team": "orders"}},
        changed=("displayName", "tags.team"),
        by_hand=lambda c, _, id: c("sns").set_topic_attributes(
            TopicArn=id, AttributeName="KmsMasterKeyId", AttributeValue=""
        ),
        drifted="kmsMasterKeyId",
        replace={"name": "another"},
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        needs=_topic,
        inputs=lambda n: {"arn": n["topic"], "policy": _grant(n["topic"], "sns:Publish")},
        change=lambda n: {"policy": _grant(n["topic"], "sns:Publish", "sns:Subscribe")},
        changed=("policy",),
        by_hand=lambda c, n, id: c("sns").set_topic_attributes(
            TopicArn=id, AttributeName="Policy", AttributeValue=_grant(n["topic"], "sns:GetTopicAttributes")
        ),
        drifted="policy",
        replace={"arn": f"arn:aws:sns:{REGION}:{LOG}:another"},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        needs=_topic_and_queue,
        inputs=lambda n: {
            "topic": n["topic"],
            "protocol": "sqs",
            "endpoint": n["queue"],
            "rawMessageDelivery": True,
            "filterPolicy": '{"kind": ["a"]}',
        },
        change=lambda _: {"filterPolicy": '{"kind": ["b"]}'},
        changed=("filterPolicy",),
        by_hand=lambda c, _, id: c("sns").set_subscription_attributes(
            SubscriptionArn=id, AttributeName="RawMessageDelivery", AttributeValue="false"
        ),
        drifted="rawMessageDelivery",
        replace={"endpoint": f"arn:aws:sqs:{REGION}:{LOG}:another"},
    ),
    Case(
        "aws:sqs/queue:Queue",
        inputs=lambda n: {"name": n["name"], "messageRetentionSeconds": 1209600, "tags": TAGS},
        change=lambda _: {"visibilityTimeoutSeconds": 60, "tags": {"team": "orders"}},
        changed=("tags.team", "visibilityTimeoutSeconds"),
        by_hand=lambda c, _, id: _set_queue(c, id, DelaySeconds="5"),
        drifted="delaySeconds",
        replace={"name": "another"},
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        needs=_queue,
        inputs=lambda n: {"queueUrl": n["url"], "policy": _grant("*", "sqs:SendMessage")},
        change=lambda _: {"policy": _grant("*", "sqs:SendMessage", "sqs:ReceiveMessage")},
        changed=("policy",),
        by_hand=lambda c, _, id: _set_queue(c, id, Policy=_grant("*", "sqs:*")),
        drifted="policy",
        replace={"queueUrl": "http://127.0.0.1/222222222222/another"},
    ),
    Case(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        needs=_queue,
        inputs=lambda n: {"queueUrl": n["url"], "redriveAllowPolicy": _redrive("one")},
        change=lambda _: {"redriveAllowPolicy": _redrive("one", "two")},
        changed=("redriveAllowPolicy",),
        by_hand=lambda c, _, id: _set_queue(c, id, RedriveAllowPolicy='{"redrivePermission": "denyAll"}'),
        drifted="redriveAllowPolicy",
        replace={"queueUrl": "http://127.0.0.1/222222222222/another"},
    ),
    Case(
        "aws:iam/role:Role",
        needs=_role,
        inputs=lambda n: {
            "name": f"{n['name']}-made",
            "path": "/logflume/",
            "assumeRolePolicy": trust(Service=["firehose.amazonaws.com"]),
            "permissionsBoundary": n["policy_arn"],
            "tags": TAGS,
        },
        change=lambda _: {
            "assumeRolePolicy": trust(Service="logs.amazonaws.com"),
            "description": "writes logs",
            "maxSessionDuration": 7200,
        },
        changed=("assumeRolePolicy", "description", "maxSessionDuration"),
        by_hand=lambda c, _, id: c("iam").delete_role_permissions_boundary(RoleName=id),
        drifted="permissionsBoundary",
        replace={"path": "/elsewhere/"},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        needs=_role,
        inputs=lambda n: {"role": n["name"], "name": "write", "policy": _allow("s3:PutObject")},
        change=lambda _: {"policy": _allow("s3:PutObject", "s3:GetObject")},
        changed=("policy",),
        by_hand=lambda c, n, _: c("iam").put_role_policy(
            RoleName=n["name"], PolicyName="write", PolicyDocument=_allow("s3:*")
        ),
        drifted="policy",
        replace={"name": "another"},
    ),
    Case(
        "aws:iam/policy:Policy",
        inputs=lambda n: {
            "name": n["name"],
            "path": "/logflume/",
            "policy": _allow("s3:PutObject"),
            "tags": TAGS,
        },
        change=lambda _: {"policy": _allow("s3:PutObject", "s3:GetObject"), "tags": {"team": "orders"}},
        changed=("policy", "tags.team"),
        by_hand=lambda c, _, id: c("iam").create_policy_version(
            PolicyArn=id, PolicyDocument=_allow("s3:*"), SetAsDefault=True
        ),
        drifted="policy",
        replace={"description": "another"},
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        needs=_role,
        inputs=lambda n: {"role": n["name"], "policyArn": n["policy_arn"]},
        change=lambda _: {},
        changed=(),
        by_hand=lambda c, n, _: c("iam").detach_role_policy(RoleName=n["name"], PolicyArn=n["policy_arn"]),
        drifted="",
        replace={"policyArn": f"arn:aws:iam::{LOG}:policy/another"},
    ),
    Case(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        needs=_stream_parts,
        inputs=lambda n: {
            "name": n["name"],
            "destination": "extended_s3",
            "extendedS3Configuration": _extended(n),
            "serverSideEncryption": {"enabled": True},
            "tags": TAGS,
        },
        change=lambda n: {
            "extendedS3Configuration": _extended(n, bufferingInterval=120, fileExtension=".json.gz"),
            "tags": {"team": "orders"},
        },
        changed=(
            "extendedS3Configuration.bufferingInterval",
            "extendedS3Configuration.fileExtension",
            "tags.team",
        ),
        by_hand=lambda c, n, _: _put_interval(c, n, 900),
        drifted="extendedS3Configuration.bufferingInterval",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda n: {"name": f"/flume/{n['name']}", "retentionInDays": 30, "tags": TAGS},
        change=lambda _: {"retentionInDays": 90, "tags": {"team": "orders"}},
        changed=("retentionInDays", "tags.team"),
        by_hand=lambda c, _, id: c("logs").delete_retention_policy(logGroupName=id),
        drifted="retentionInDays",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/logStream:LogStream",
        needs=_group,
        inputs=lambda n: {"logGroupName": n["name"], "name": "delivery"},
        change=lambda _: {},
        changed=(),
        by_hand=lambda c, n, id: c("logs").delete_log_stream(logGroupName=n["name"], logStreamName=id),
        drifted="",
        replace={"name": "another"},
        import_id=lambda n, id: f"{n['name']}:{id}",
    ),
    Case(
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        needs=_group_with_stream,
        inputs=lambda n: {
            "logGroup": n["name"],
            "name": "flume",
            "filterPattern": "",
            "destinationArn": n["stream"],
            "roleArn": n["role"],
        },
        change=lambda _: {"filterPattern": "ERROR"},
        changed=("filterPattern",),
        by_hand=lambda c, n, _: c("logs").put_subscription_filter(
            logGroupName=n["name"],
            filterName="flume",
            filterPattern="WARN",
            destinationArn=n["stream"],
            roleArn=n["role"],
        ),
        drifted="filterPattern",
        replace={"name": "another"},
    ),
)
