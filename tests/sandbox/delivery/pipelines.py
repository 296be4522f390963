"""A whole pipeline, made by hand through boto3: production account to log account to queue."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

EXTRACTION = [
    {
        "Type": "Decompression",
        "Parameters": [{"ParameterName": "CompressionFormat", "ParameterValue": "GZIP"}],
    },
    {
        "Type": "CloudWatchLogProcessing",
        "Parameters": [{"ParameterName": "DataMessageExtraction", "ParameterValue": "true"}],
    },
    {"Type": "AppendDelimiterToRecord", "Parameters": []},
]
LATER = {"IntervalInSeconds": 900, "SizeInMBs": 128}
"""Long enough for a test to be sure that only a flush delivers."""


@dataclass(frozen=True)
class Pipeline:
    """Names and ARNs that follow from one name; `build` makes what they stand for."""

    sandbox: Sandbox
    name: str

    @property
    def bucket(self) -> str:
        return f"{self.name}-store"

    @property
    def stream_arn(self) -> str:
        return f"arn:aws:firehose:{REGION}:{PRODUCTION}:deliverystream/{self.name}"

    @property
    def queue_arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{LOG}:{self.name}"

    @property
    def topic_arn(self) -> str:
        return f"arn:aws:sns:{REGION}:{LOG}:{self.name}"

    @property
    def group(self) -> str:
        return f"/app/{self.name}"

    @property
    def error_group(self) -> str:
        return f"/firehose/{self.name}"

    @property
    def sender_role(self) -> str:
        return f"arn:aws:iam::{PRODUCTION}:role/{self.name}-sender"

    @property
    def writer_role(self) -> str:
        return f"arn:aws:iam::{PRODUCTION}:role/{self.name}-writer"

    def client(self, service: str, account: str = PRODUCTION) -> Any:
        return self.sandbox.client(service, account)

    def build(self, **destination: Any) -> Pipeline:
        """Roles, bucket, queue, stream, log group and filter; `destination` changes the stream's settings."""
        self.make_roles()
        self.make_store()
        self.make_queue()
        self.notify(self.queue_arn, "QueueConfigurations")
        self.make_stream(**destination)
        self.make_group()
        self.subscribe()
        return self

    def make_roles(self) -> None:
        iam = self.client("iam")
        group = f"arn:aws:logs:{REGION}:{PRODUCTION}:*"
        iam.create_role(
            RoleName=f"{self.name}-sender",
            AssumeRolePolicyDocument=trusting(
                f"logs.{REGION}.amazonaws.com",
                StringLike={"aws:SourceArn": group},
                StringEquals={"aws:SourceAccount": PRODUCTION},
            ),
        )
        self.let_sender(["firehose:PutRecord", "firehose:PutRecordBatch"])
        iam.create_role(
            RoleName=f"{self.name}-writer",
            AssumeRolePolicyDocument=trusting(
                "firehose.amazonaws.com", StringEquals={"sts:ExternalId": PRODUCTION}
            ),
        )
        objects = f"arn:aws:s3:::{self.bucket}/*"
        statements: list[dict[str, Any]] = [
            {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectAcl"], "Resource": objects},
            {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": group},
            {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"},
        ]
        iam.put_role_policy(
            RoleName=f"{self.name}-writer", PolicyName="write", PolicyDocument=policy(*statements)
        )

    def let_sender(self, actions: list[str]) -> None:
        self.client("iam").put_role_policy(
            RoleName=f"{self.name}-sender",
            PolicyName="send",
            PolicyDocument=policy(Effect="Allow", Action=actions, Resource=self.stream_arn),
        )

    def make_store(self) -> None:
        s3 = self.client("s3", LOG)
        s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.let_writer_in()

    def let_writer_in(self) -> None:
        """The bucket's policy names the role, not the service: that is how AWS wants it across accounts."""
        statement = policy(
            Effect="Allow",
            Principal={"AWS": self.writer_role},
            Action=["s3:PutObject", "s3:PutObjectAcl"],
            Resource=f"arn:aws:s3:::{self.bucket}/*",
        )
        self.client("s3", LOG).put_bucket_policy(Bucket=self.bucket, Policy=statement)

    def make_queue(self, sender: str = "s3.amazonaws.com", source: str | None = None) -> None:
        statement = sending(
            sender, "sqs:SendMessage", self.queue_arn, source or f"arn:aws:s3:::{self.bucket}"
        )
        self.client("sqs", LOG).create_queue(QueueName=self.name, Attributes={"Policy": policy(statement)})

    def notify(self, arn: str, kind: str) -> None:
        member = kind.replace("Configurations", "Arn")
        rule = {"Id": "objects", member: arn, "Events": ["s3:ObjectCreated:*"]}
        rule["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "logs/"}]}}  # type: ignore[assignment]  # A dict among texts.
        self.client("s3", LOG).put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={kind: [rule]}
        )

    def make_stream(self, **changes: Any) -> None:
        logs = self.client("logs")
        logs.create_log_group(logGroupName=self.error_group)
        logs.create_log_stream(logGroupName=self.error_group, logStreamName="S3Delivery")
        settings = {
            "RoleARN": self.writer_role,
            "BucketARN": f"arn:aws:s3:::{self.bucket}",
            "Prefix": "logs/!{timestamp:yyyy/MM/dd}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": LATER,
            "CompressionFormat": "GZIP",
            "ProcessingConfiguration": {"Enabled": True, "Processors": EXTRACTION},
            "CloudWatchLoggingOptions": {
                "Enabled": True,
                "LogGroupName": self.error_group,
                "LogStreamName": "S3Delivery",
            },
        }
        self.client("firehose").create_delivery_stream(
            DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration=settings | changes
        )

    def make_group(self) -> None:
        self.client("logs").create_log_group(logGroupName=self.group)

    def subscribe(self, pattern: str = "") -> None:
        self.client("logs").put_subscription_filter(**self.filter(pattern))

    def filter(self, pattern: str = "") -> dict[str, str]:
        return {
            "logGroupName": self.group,
            "filterName": self.name,
            "filterPattern": pattern,
            "destinationArn": self.stream_arn,
            "roleArn": self.sender_role,
        }

    def say(self, messages: list[str], stream: str = "one") -> None:
        """Put log events into a stream of the group, which is made when it is not there."""
        logs = self.client("logs")
        known = logs.describe_log_streams(logGroupName=self.group, logStreamNamePrefix=stream)["logStreams"]
        if not known:
            logs.create_log_stream(logGroupName=self.group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages]
        logs.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)

    def keys(self, prefix: str = "logs/") -> list[str]:
        listed = self.client("s3", LOG).list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", ())]

    def body(self, key: str) -> bytes:
        data: bytes = self.client("s3", LOG).get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data

    def lines(self) -> list[str]:
        """Every line of every object, in no particular order."""
        return [line for key in self.keys() for line in self.body(key).decode().splitlines()]

    def messages(self, name: str | None = None) -> list[dict[str, Any]]:
        """Every message of the queue, received and deleted."""
        sqs = self.client("sqs", LOG)
        url = sqs.get_queue_url(QueueName=name or self.name)["QueueUrl"]
        found: list[dict[str, Any]] = []
        for _ in range(100):
            received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not received:
                return found
            for message in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        raise AssertionError("the queue does not run dry")

    def objects_told(self) -> list[str]:
        """Keys the queue has been told of; the test event is passed over."""
        return [
            record["s3"]["object"]["key"]
            for message in self.messages()
            for record in message.get("Records", ())
        ]

    def error_lines(self) -> list[dict[str, Any]]:
        events = self.client("logs").get_log_events(
            logGroupName=self.error_group, logStreamName="S3Delivery", startFromHead=True
        )["events"]
        return [json.loads(event["message"]) for event in events]


def trusting(service: str, **condition: Any) -> str:
    """A trust policy for an AWS service, with a condition as the confused-deputy pages ask for it."""
    return policy(
        Effect="Allow", Principal={"Service": service}, Action="sts:AssumeRole", Condition=condition
    )


def sending(service: str, action: str, resource: str, source: str) -> dict[str, Any]:
    """A statement that lets a service send on behalf of one source in the log account."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": LOG}},
    }
