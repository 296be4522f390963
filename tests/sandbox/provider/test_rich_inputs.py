"""Inputs with all the trimmings read back as they were written: what real programs use beyond the cases of the lifecycle."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.sandbox.provider.cases import Clients, Values, clients_of
from tests.support.aws import policy, trust
from tests.support.plugin import Live, Plugin
from tests.support.sandbox import LOG, REGION, Sandbox

Build = Callable[[Clients, str], Values]


def stream(clients: Clients, name: str) -> Values:
    location = {"LocationConstraint": REGION}
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    clients("logs").create_log_group(logGroupName=name)
    role = clients("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust(Service=["firehose.amazonaws.com", "logs.amazonaws.com"]),
    )
    allowed = policy(Effect="Allow", Action="*", Resource="*")
    clients("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allowed)
    key = clients("kms").create_key()["KeyMetadata"]["Arn"]
    place = {"bucketArn": f"arn:aws:s3:::{name}", "roleArn": role["Role"]["Arn"]}
    return {
        "name": name,
        "destination": "extended_s3",
        "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": key},
        "extendedS3Configuration": {
            **place,
            "kmsKeyArn": key,
            "cloudwatchLoggingOptions": {"enabled": True, "logGroupName": name, "logStreamName": "delivery"},
            "customTimeZone": "Europe/Paris",
            "prefix": "a=1/!{timestamp:yyyy}/",
            "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "processingConfiguration": {
                "enabled": True,
                "processors": [
                    {
                        "type": "Decompression",
                        "parameters": [{"parameterName": "CompressionFormat", "parameterValue": "GZIP"}],
                    },
                    {
                        "type": "CloudWatchLogProcessing",
                        "parameters": [{"parameterName": "DataMessageExtraction", "parameterValue": "true"}],
                    },
                    {
                        "type": "AppendDelimiterToRecord",
                        "parameters": [{"parameterName": "Delimiter", "parameterValue": "\\n"}],
                    },
                ],
            },
            "s3BackupMode": "Enabled",
            "s3BackupConfiguration": {**place, "prefix": "backup/", "compressionFormat": "GZIP"},
        },
    }


def lifecycle(clients: Clients, name: str) -> Values:
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    both = {"prefix": "logs/", "objectSizeGreaterThan": 131072, "tags": {"keep": "short"}}
    return {
        "bucket": name,
        "rules": [
            {
                "id": "zulu",
                "status": "Enabled",
                "filter": {"and": both},
                "noncurrentVersionExpiration": {"noncurrentDays": 60, "newerNoncurrentVersions": 2},
                "noncurrentVersionTransitions": [{"noncurrentDays": 30, "storageClass": "STANDARD_IA"}],
            },
            {
                "id": "alpha",
                "status": "Enabled",
                "filter": {},
                "expiration": {"expiredObjectDeleteMarker": True},
            },
            {"id": "mike", "status": "Disabled", "filter": {"prefix": "x/"}, "expiration": {"days": 3650}},
        ],
    }


def encryption(clients: Clients, name: str) -> Values:
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}
    return {"bucket": name, "expectedBucketOwner": LOG, "rules": [rule]}


def notification(clients: Clients, name: str) -> Values:
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    arn = f"arn:aws:sns:{REGION}:{LOG}:{name}"
    allowed = policy(
        Effect="Allow", Principal={"Service": "s3.amazonaws.com"}, Action="sns:Publish", Resource=arn
    )
    clients("sns").create_topic(Name=name, Attributes={"Policy": allowed})
    events = ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"]
    return {
        "bucket": name,
        "topics": [{"topicArn": arn, "events": events, "filterPrefix": "a/", "filterSuffix": ".gz"}],
    }


def queue(clients: Clients, name: str) -> Values:
    clients("sqs").create_queue(QueueName=f"{name}-dead")
    arn = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    return {
        "name": name,
        "receiveWaitTimeSeconds": 20,
        "maxMessageSize": 1048576,
        "kmsMasterKeyId": "alias/aws/sqs",
        "kmsDataKeyReusePeriodSeconds": 600,
        "redrivePolicy": json.dumps({"deadLetterTargetArn": f"{arn}-dead", "maxReceiveCount": 5}),
        "policy": policy(
            Effect="Allow", Principal={"AWS": [LOG]}, Action=["sqs:SendMessage"], Resource=[arn]
        ),
    }


def topic(_clients: Clients, name: str) -> Values:
    arn = f"arn:aws:sns:{REGION}:{LOG}:{name}"
    grant = {"Effect": "Allow", "Principal": {"Service": ["s3.amazonaws.com"]}, "Action": ["sns:Publish"]}
    condition = {
        "ArnLike": {"aws:SourceArn": ["arn:aws:s3:::bucket"]},
        "StringEquals": {"aws:SourceAccount": [LOG]},
    }
    return {
        "name": name,
        "deliveryPolicy": json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}),
        "policy": policy({**grant, "Resource": [arn], "Condition": condition}),
    }


def fifo_topic(_clients: Clients, name: str) -> Values:
    return {"name": f"{name}.fifo", "fifoTopic": True, "contentBasedDeduplication": True}


def fifo_queue(_clients: Clients, name: str) -> Values:
    return {"name": f"{name}.fifo", "fifoQueue": True, "contentBasedDeduplication": True}


def subscription(clients: Clients, name: str) -> Values:
    clients("sqs").create_queue(QueueName=name)
    queue = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    return {
        "topic": clients("sns").create_topic(Name=name)["TopicArn"],
        "protocol": "sqs",
        "endpoint": queue,
        "filterPolicy": '{"kind": ["a"]}',
        "filterPolicyScope": "MessageBody",
        "redrivePolicy": json.dumps({"deadLetterTargetArn": queue}),
    }


def patterned_filter(clients: Clients, name: str) -> Values:
    settings = stream(clients, name)["extendedS3Configuration"]
    made = clients("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": settings["roleArn"],
            "BucketARN": settings["bucketArn"],
        },
    )
    return {
        "logGroup": name,
        "name": "flume",
        "filterPattern": '{ $.level = "ERROR" }',
        "destinationArn": made["DeliveryStreamARN"],
        "roleArn": settings["roleArn"],
    }


def versioned_bucket(_clients: Clients, name: str) -> Values:
    return {"bucket": name, "objectLockEnabled": True, "region": "eu-west-1", "tags": {"a b": "c=d", "e": ""}}


def group(_clients: Clients, name: str) -> Values:
    return {"name": f"/aws/{name}", "retentionInDays": 3653}


def replicated(clients: Clients, name: str) -> Values:
    location, versioned = {"LocationConstraint": REGION}, {"Status": "Enabled"}
    for each in (name, f"{name}-a", f"{name}-b"):
        clients("s3").create_bucket(Bucket=each, CreateBucketConfiguration=location)
        clients("s3").put_bucket_versioning(Bucket=each, VersioningConfiguration=versioned)
    trusted = trust(Service="s3.amazonaws.com")
    role = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    switch = {"status": "Enabled"}
    quarter = {"minutes": 15}
    place = {
        "bucket": f"arn:aws:s3:::{name}-a",
        "account": LOG,
        "accessControlTranslation": {"owner": "Destination"},
        "encryptionConfiguration": {"replicaKmsKeyId": f"arn:aws:kms:eu-west-1:{LOG}:key/k"},
        "metrics": {**switch, "eventThreshold": quarter},
        "replicationTime": {**switch, "time": quarter},
    }
    tagged = {"filter": {"and": {"prefix": "a/", "tags": {"x": "y"}}}, "destination": place}
    criteria = {"replicaModifications": switch, "sseKmsEncryptedObjects": switch}
    off, other = {"status": "Disabled"}, {"bucket": f"arn:aws:s3:::{name}-b"}
    return {
        "bucket": name,
        "role": role,
        "rules": [
            {
                **tagged,
                **switch,
                "id": "a",
                "priority": 2,
                "deleteMarkerReplication": off,
                "sourceSelectionCriteria": criteria,
            },
            {
                **off,
                "id": "b",
                "priority": 1,
                "filter": {"tag": {"key": "x", "value": "z"}},
                "deleteMarkerReplication": off,
                "destination": other,
            },
        ],
    }


RICH: dict[str, tuple[str, Build]] = {
    "stream": ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", stream),
    "lifecycle": ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", lifecycle),
    "encryption": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        encryption,
    ),
    "notification": ("aws:s3/bucketNotification:BucketNotification", notification),
    "queue": ("aws:sqs/queue:Queue", queue),
    "topic": ("aws:sns/topic:Topic", topic),
    "bucket": ("aws:s3/bucket:Bucket", versioned_bucket),
    "fifo-topic": ("aws:sns/topic:Topic", fifo_topic),
    "fifo-queue": ("aws:sqs/queue:Queue", fifo_queue),
    "subscription": ("aws:sns/topicSubscription:TopicSubscription", subscription),
    "filter": ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", patterned_filter),
    "replication": ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", replicated),
    "group": ("aws:cloudwatch/logGroup:LogGroup", group),
}


@pytest.mark.parametrize("name", RICH)
def test_rich_inputs_read_back_as_they_were_written(plugin: Plugin, sandbox: Sandbox, name: str) -> None:
    token, build = RICH[name]
    inputs = plugin.checked(token, build(clients_of(sandbox), f"rich-{name}"))
    id, outputs = plugin.create(token, inputs)
    made = Live(id, outputs, inputs)
    seen = plugin.read(token, id, made)
    assert seen is not None
    assert plugin.diff(token, seen, inputs) == []
    assert seen.inputs == inputs
    imported = plugin.read(token, id)
    if "region" not in inputs:
        assert imported is not None
        assert plugin.diff(token, imported, inputs) == []
    plugin.delete(token, made)


def test_a_setting_names_the_owner_it_expects(plugin: Plugin, sandbox: Sandbox) -> None:
    token, build = RICH["encryption"]
    inputs = plugin.checked(token, build(clients_of(sandbox), "rich-owner"))
    id, _ = plugin.create(token, inputs)
    assert id == f"rich-owner,{LOG}"
