"""A trail that is taken over is turned to our bucket and back, and touched in nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import grpc
import pytest

from service.plugin.values import Unknown
from service.provider.trails import DESTINATION, FOUND
from tests.sandbox.trails import Trail, running_trail
from tests.support.aws import policy
from tests.support.plugin import Live, Plugin, Values
from tests.support.sandbox import LOG, REGION, Sandbox

_NUMBERS = count(1)
FIELDS = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["false"]}]
SELECTORS = [{"Name": "writes", "FieldSelectors": FIELDS}]


@pytest.fixture
def theirs(sandbox: Sandbox) -> Iterator[Trail]:
    """A trail of somebody else, with selectors of its own."""
    with running_trail(sandbox, f"their-trail-{next(_NUMBERS)}", AdvancedEventSelectors=SELECTORS) as running:
        yield running


@pytest.fixture
def ours(sandbox: Sandbox, theirs: Trail) -> Values:
    """Inputs that turn it to a bucket that lets it in."""
    name = f"{theirs.name}-ours"
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    let: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    s3.put_bucket_policy(
        Bucket=name,
        Policy=policy(
            let | {"Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}"},
            let | {"Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/logs/*"},
        ),
    )
    return {"trail": theirs.name, "bucket": name, "prefix": "logs", "key": theirs.key}


def whole(trail: Trail) -> dict[str, Any]:
    """All that CloudTrail tells of the trail."""
    cloudtrail = trail.client("cloudtrail")
    selectors = cloudtrail.get_event_selectors(TrailName=trail.name)["AdvancedEventSelectors"]
    told = cloudtrail.get_trail(Name=trail.name)["Trail"]
    return {**told, "selectors": selectors, "logging": trail.status()["IsLogging"]}


def made(plugin: Plugin, token: str, inputs: Values) -> Live:
    id, outputs = plugin.create(token, plugin.checked(token, inputs))
    return Live(id, outputs, inputs)


def test_it_is_turned_and_turned_back_and_touched_in_nothing_else(
    plugin: Plugin, theirs: Trail, ours: Values
) -> None:
    before = whole(theirs)
    note = made(plugin, FOUND, {"trail": theirs.name})
    assert whole(theirs) == before
    destination = made(plugin, DESTINATION, ours)
    turned = whole(theirs)
    assert turned == before | {"S3BucketName": ours["bucket"], "S3KeyPrefix": "logs"}
    plugin.delete(DESTINATION, destination)
    plugin.delete(FOUND, note)
    assert whole(theirs) == before


def test_a_trail_without_prefix_and_key_gets_neither_back(
    plugin: Plugin, theirs: Trail, ours: Values
) -> None:
    cloudtrail = theirs.client("cloudtrail")
    bucket = f"arn:aws:s3:::{theirs.bucket}"
    let: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    theirs.client("s3", LOG).put_bucket_policy(
        Bucket=theirs.bucket,
        Policy=policy(
            let | {"Action": "s3:GetBucketAcl", "Resource": bucket},
            let | {"Action": "s3:PutObject", "Resource": f"{bucket}/*"},
        ),
    )
    cloudtrail.update_trail(Name=theirs.name, S3KeyPrefix="", KmsKeyId="")
    before = whole(theirs)
    note = made(plugin, FOUND, {"trail": theirs.name})
    assert note.outputs["found"] == {"bucket": theirs.bucket, "prefix": "", "key": ""}
    made(plugin, DESTINATION, ours)
    assert whole(theirs)["KmsKeyId"] == theirs.key
    plugin.delete(FOUND, note)
    assert whole(theirs) == before


def test_where_it_delivers_is_read_and_put_right(plugin: Plugin, theirs: Trail, ours: Values) -> None:
    destination = made(plugin, DESTINATION, ours)
    theirs.client("cloudtrail").update_trail(Name=theirs.name, S3BucketName=theirs.bucket)
    seen = plugin.read(DESTINATION, theirs.name, destination)
    assert seen is not None
    assert seen.inputs["bucket"] == theirs.bucket
    assert plugin.diff(DESTINATION, seen, ours) != []
    plugin.update(DESTINATION, seen, ours)
    assert whole(theirs)["S3BucketName"] == ours["bucket"]


def test_the_note_stays_as_it_was_made(plugin: Plugin, theirs: Trail, ours: Values) -> None:
    note = made(plugin, FOUND, {"trail": theirs.name})
    made(plugin, DESTINATION, ours)
    seen = plugin.read(FOUND, theirs.name, note)
    assert seen is not None
    assert seen.outputs["found"]["bucket"] == theirs.bucket


def test_a_trail_that_is_gone_is_left_alone_and_one_that_is_not_there_is_told(
    plugin: Plugin, sandbox: Sandbox
) -> None:
    with running_trail(sandbox, f"gone-trail-{next(_NUMBERS)}") as trail:
        note = made(plugin, FOUND, {"trail": trail.name})
    assert plugin.read(FOUND, trail.name, note) is None
    plugin.delete(FOUND, note)
    with pytest.raises(grpc.RpcError, match="NotFound: there is no trail"):
        plugin.create(FOUND, {"trail": trail.name})


def test_a_bucket_that_does_not_let_the_trail_in_is_told(plugin: Plugin, ours: Values) -> None:
    with pytest.raises(grpc.RpcError, match="InsufficientS3BucketPolicyException"):
        plugin.create(DESTINATION, ours | {"prefix": "elsewhere"})


def test_a_planned_note_says_that_it_does_not_know_yet(plugin: Plugin) -> None:
    _, planned = plugin.create(FOUND, {"trail": "management"}, preview=True)
    assert isinstance(planned["found"], Unknown)
    _, planned = plugin.create(DESTINATION, {"trail": "management", "bucket": "b"}, preview=True)
    assert planned == {"trail": "management", "bucket": "b"}
