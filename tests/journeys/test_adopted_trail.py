"""A trail that was there already: taken over with a word of what changes, and left as it was found; HTTP and boto3 only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.calls import arrived, ask, keys_in, outputs_of, reader
from tests.sandbox.provider.cases.trails import trail_policy
from tests.support.deployment import LOG, PRODUCTION, REGION, Deployment

pytestmark = pytest.mark.engine

NAME, BUCKET = "theirs", "their-trail-logs"
OLD = f"old/AWSLogs/{PRODUCTION}/CloudTrail/"


def theirs(running: Deployment) -> dict[str, Any]:
    """All that CloudTrail tells of the trail."""
    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    told = cloudtrail.get_trail(Name=NAME)["Trail"]
    selectors = cloudtrail.get_event_selectors(TrailName=NAME)
    tags = cloudtrail.list_tags(ResourceIdList=[told["TrailARN"]])["ResourceTagList"]
    logging = cloudtrail.get_trail_status(Name=NAME)["IsLogging"]
    return {
        **told,
        "selectors": selectors["AdvancedEventSelectors"],
        "tags": tags[0]["TagsList"],
        "logging": logging,
    }


@pytest.fixture
def found(running: Deployment) -> dict[str, Any]:
    """A trail of its owner's, which logs changes alone into a bucket of production."""
    s3, cloudtrail = running.aws("s3", PRODUCTION), running.aws("cloudtrail", PRODUCTION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=trail_policy(BUCKET))
    cloudtrail.create_trail(
        Name=NAME,
        S3BucketName=BUCKET,
        S3KeyPrefix="old",
        IsMultiRegionTrail=True,
        TagsList=[{"Key": "owner", "Value": "audit"}],
    )
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "readOnly", "Equals": ["false"]},
    ]
    cloudtrail.put_event_selectors(
        TrailName=NAME, AdvancedEventSelectors=[{"Name": "writes", "FieldSelectors": fields}]
    )
    cloudtrail.start_logging(Name=NAME)
    return theirs(running)


def test_a_trail_is_taken_over_and_left_as_it_was_found(running: Deployment, found: dict[str, Any]) -> None:
    source = ask(running, "taken-trail", adopt=NAME)
    outputs = outputs_of(running, source)
    assert outputs["trail_arn"] == found["TrailARN"]
    elastic = reader(running, outputs)
    turned = {
        "S3BucketName": outputs["bucket"],
        "S3KeyPrefix": "logs",
        "KmsKeyId": outputs["key_arn"],
    }
    assert theirs(running) == found | turned
    running.aws("ecr", PRODUCTION).create_repository(repositoryName="taken-trail")
    arrived(running, elastic, outputs, "CreateRepository")

    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    cloudtrail.update_trail(Name=NAME, S3BucketName=BUCKET, S3KeyPrefix="old", KmsKeyId="")
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    (change,) = running.stack(source["id"])["drift"]["changes"]
    assert change["urn"].endswith("::trail-destination")
    assert running.operate(source["id"], "repair")["state"] == "succeeded"
    assert theirs(running) == found | turned

    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    assert running.settled(source["id"])["status"]["phase"] == "retired"
    assert theirs(running) == found
    before = keys_in(running, BUCKET, PRODUCTION, OLD)
    running.aws("ecr", PRODUCTION).create_repository(repositoryName="after-all")
    running.flush()
    assert keys_in(running, BUCKET, PRODUCTION, OLD) > before
    assert keys_in(running, outputs["bucket"], LOG, "logs/")
    cloudtrail.stop_logging(Name=NAME)
