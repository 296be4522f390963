"""What CloudTrail writes of calls to the sandbox, where, and what it says when it cannot."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

from tests.sandbox.delivery.pipelines import sending
from tests.sandbox.trails import Trail, running_trail
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox, running_sandbox, start_sandbox

MANAGEMENT = {"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}


def test_calls_of_every_region_become_records_once(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "whole-trail") as trail:
        trail.client("ecr").create_repository(repositoryName="whole")
        trail.client("ecr", region="us-east-1").describe_repositories()
        sandbox.flush()
        sandbox.flush()
        [made], [read] = trail.records("CreateRepository"), trail.records("DescribeRepositories")
        assert (made["eventSource"], made["readOnly"], made["awsRegion"]) == (
            "ecr.amazonaws.com",
            False,
            REGION,
        )
        assert made["requestParameters"]["repositoryName"] == "whole"
        assert made["userIdentity"]["arn"] == f"arn:aws:iam::{PRODUCTION}:root"
        assert (read["readOnly"], read["awsRegion"]) == (True, "us-east-1")
        keys = trail.objects()
        assert len(keys) == len(set(keys)) > 1
        for key in keys:
            assert re.fullmatch(
                rf"logs/AWSLogs/{PRODUCTION}/CloudTrail/([a-z0-9-]+)/\d{{4}}/\d\d/\d\d/"
                rf"{PRODUCTION}_CloudTrail_\1_\d{{8}}T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz",
                key,
            )


def test_a_call_that_was_refused_is_recorded_with_its_error(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "errors-trail") as trail:
        refusal(trail.client("opensearch").describe_domain, DomainName="missing")
        sandbox.flush()
        [record] = trail.records("DescribeDomain")
        assert (record["eventSource"], record["errorCode"]) == (
            "es.amazonaws.com",
            "ResourceNotFoundException",
        )


def test_another_accounts_calls_are_not_in_the_trail(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "own-trail") as trail:
        trail.client("ecr", LOG).create_repository(repositoryName="foreign")
        sandbox.flush()
        assert trail.records("CreateRepository") == []


def test_data_events_come_where_they_are_selected_and_cloudtrails_own_writes_never(sandbox: Sandbox) -> None:
    s3 = sandbox.client("s3", PRODUCTION)
    for name in ("watched-objects", "other-objects"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::watched-objects/"]},
    ]
    selectors = [MANAGEMENT, {"Name": "objects", "FieldSelectors": fields}]
    with running_trail(sandbox, "data-trail", AdvancedEventSelectors=selectors) as trail:
        s3.put_object(Bucket="watched-objects", Key="a", Body=b"x")
        s3.put_object(Bucket="other-objects", Key="b", Body=b"x")
        sandbox.flush()
        sandbox.flush()
        [record] = trail.records("PutObject")
        assert record["resources"][0] == {
            "type": "AWS::S3::Object",
            "ARN": "arn:aws:s3:::watched-objects/a",
        }
        assert record["managementEvent"] is False
        before = trail.objects()
        sandbox.flush()
        assert trail.objects() == before


def test_digests_name_every_log_file_with_its_hash(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "digest-trail") as trail:
        trail.client("ecr").describe_registry()
        sandbox.flush()
        digests = [trail.read(key) for key in trail.objects("CloudTrail-Digest")]
        hashes = {file["s3Object"]: file["hashValue"] for digest in digests for file in digest["logFiles"]}
        assert hashes.keys() == set(trail.objects())
        for key, value in hashes.items():
            body = trail.client("s3", LOG).get_object(Bucket=trail.bucket, Key=key)["Body"].read()
            assert hashlib.sha256(gzip.decompress(body)).hexdigest() == value
        assert "LatestDigestDeliveryTime" in trail.status()
        s3 = trail.client("s3", LOG)
        sealed = {
            s3.head_object(Bucket=trail.bucket, Key=key)["ServerSideEncryption"]
            for key in trail.objects("CloudTrail-Digest")
        }
        assert sealed == {"AES256"}


def test_objects_are_encrypted_with_the_trails_key(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "sealed-trail") as trail:
        trail.client("ecr").describe_registry()
        sandbox.flush()
        head = trail.client("s3", LOG).head_object(Bucket=trail.bucket, Key=trail.objects()[0])
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", trail.key)


def test_what_the_bucket_refuses_is_told_and_delivered_when_it_lets_cloudtrail_in_again(
    sandbox: Sandbox,
) -> None:
    with running_trail(sandbox, "shut-trail") as trail:
        sandbox.flush()
        assert "LatestDeliveryError" not in trail.status()
        trail.let_in(arn=trail.arn + "-of-somebody-else")
        trail.client("ecr").create_repository(repositoryName="late")
        sandbox.flush()
        assert trail.status()["LatestDeliveryError"] == "AccessDenied"
        assert trail.records("CreateRepository") == []
        trail.let_in()
        sandbox.flush()
        assert len(trail.records("CreateRepository")) == 1
        assert "LatestDeliveryError" not in trail.status()


def test_what_the_keys_policy_refuses_is_told(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "locked-trail") as trail:
        sandbox.client("kms", LOG).disable_key(KeyId=trail.key)
        trail.client("ecr").describe_registry()
        sandbox.flush()
        assert trail.status()["LatestDeliveryError"] == "KMS.DisabledException"


def test_a_trail_that_was_stopped_records_nothing(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "quiet-trail") as trail:
        trail.client("cloudtrail").stop_logging(Name=trail.name)
        trail.client("ecr").create_repository(repositoryName="unheard")
        sandbox.flush()
        assert trail.records("CreateRepository") == []
        assert trail.status()["IsLogging"] is False


def test_a_log_file_is_written_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    """Five minutes are half a second at this time scale."""
    with running_sandbox(tmp_path, time_scale=600.0) as sandbox:
        trail = Trail(sandbox, "timely-trail").make_store()
        queue = _told_of(trail)
        trail.client("cloudtrail").create_trail(**trail.settings())
        trail.client("cloudtrail").start_logging(Name=trail.name)
        trail.client("ecr").create_repository(repositoryName="timely")
        sqs = trail.client("sqs", LOG)
        for _ in range(10):  # Long polling waits for a message; another file may be written before.
            sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10)
            if trail.records("CreateRepository"):
                break
        assert len(trail.records("CreateRepository")) == 1


def _told_of(trail: Trail) -> str:
    """URL of a queue that hears of every object of the trail's bucket."""
    arn = f"arn:aws:sqs:{REGION}:{LOG}:{trail.name}"
    statement = sending("s3.amazonaws.com", "sqs:SendMessage", arn, f"arn:aws:s3:::{trail.bucket}")
    made = trail.client("sqs", LOG).create_queue(
        QueueName=trail.name, Attributes={"Policy": policy(statement)}
    )
    rule = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    trail.client("s3", LOG).put_bucket_notification_configuration(
        Bucket=trail.bucket, NotificationConfiguration={"QueueConfigurations": [rule]}
    )
    return str(made["QueueUrl"])


def test_what_waits_when_the_sandbox_is_killed_is_written_after_its_start_once(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path)
    trail = Trail(sandbox, "lasting").make_store()
    trail.client("cloudtrail").create_trail(**trail.settings())
    trail.client("cloudtrail").start_logging(Name=trail.name)
    trail.client("ecr").create_repository(repositoryName="written")
    sandbox.flush()
    trail.client("ecr").create_repository(repositoryName="waiting")
    trail.client("ecr").describe_registry()
    sandbox.kill()
    with running_sandbox(tmp_path) as second:
        trail = Trail(second, "lasting", trail.key)
        assert trail.status()["IsLogging"] is True
        second.flush()
        names = [one["requestParameters"]["repositoryName"] for one in trail.records("CreateRepository")]
        assert sorted(names) == ["waiting", "written"]
        assert len(trail.records("DescribeRegistry")) == 1
