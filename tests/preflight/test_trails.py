"""Check 9: room for a trail, one that is taken over, and one that a service's calls rest on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from programs.finding import Finding
from service.preflight import KINDS, trails
from service.preflight.view import Check, View
from tests.preflight.scene import Scene
from tests.programs.cloudtrail.wishes import calls_wish, trail_wish
from tests.sandbox.provider.cases.trails import trail_policy
from tests.support.sandbox import LOG, PRODUCTION, REGION

BUCKET = "preflight-trails"
FAR = "eu-north-1"

pytestmark = pytest.mark.usefixtures("bucket")


@pytest.fixture(scope="session")
def bucket(scene: Scene) -> None:
    """A bucket that lets every trail in."""
    s3 = scene.root("s3", LOG)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=trail_policy(BUCKET))


@contextmanager
def trail(scene: Scene, name: str, region: str = REGION, *, logs: bool = True, **more: Any) -> Iterator[str]:
    """A trail of production, for the length of a block."""
    cloudtrail = scene.root("cloudtrail", PRODUCTION, region)
    settings = {"IsMultiRegionTrail": True, "EnableLogFileValidation": True, **more}
    cloudtrail.create_trail(Name=name, S3BucketName=BUCKET, **settings)
    if logs:
        cloudtrail.start_logging(Name=name)
    try:
        yield name
    finally:
        cloudtrail.delete_trail(Name=name)


def fresh(spec: dict[str, Any] | None = None) -> Any:
    """A wish for a trail, of a source that nobody else has."""
    return trail_wish(spec, source_id=str(uuid.uuid4()))


def codes(check: Check, view: View) -> list[tuple[str, str, str]]:
    return [(one.severity, one.code, one.field) for one in check(view)]


def test_a_region_with_five_trails_has_no_room(scene: Scene) -> None:
    with (
        trail(scene, "one", FAR),
        trail(scene, "two"),
        trail(scene, "three"),
        trail(scene, "four", IsMultiRegionTrail=False),
    ):
        assert codes(trails.room, scene.view(fresh())) == [("SUGGESTION", "logged_twice", "/spec/adopt")]
        with trail(scene, "five", IsMultiRegionTrail=False):
            view = scene.view(fresh())
            assert codes(trails.room, view) == [("ERROR", "trails_used_up", "/spec/adopt")]
            assert "five, four, one, three, two" in next(iter(trails.room(view))).message
            assert codes(trails.room, scene.view(fresh({"adopt": "two"}))) == []


def test_our_own_trail_takes_no_new_place(scene: Scene) -> None:
    view = scene.view(fresh())
    with trail(scene, view.names.trail):
        assert codes(trails.room, view) == []


def test_an_empty_account_has_nothing_to_say(scene: Scene) -> None:
    assert codes(trails.room, scene.view(fresh())) == []


def adopted(scene: Scene, name: str) -> dict[str, Finding]:
    """What is said about taking a trail over, by code."""
    return {one.code: one for one in trails.adopted(scene.view(fresh({"adopt": name})))}


def test_a_trail_that_is_taken_over_is_there_and_at_home(scene: Scene) -> None:
    assert adopted(scene, "nobodys").keys() == {"trail_missing"}
    with trail(scene, "far-away", FAR):
        assert adopted(scene, "far-away").keys() == {"trail_elsewhere"}
    with trail(scene, "everybodys", IsOrganizationTrail=True):
        assert adopted(scene, "everybodys").keys() == {"trail_of_organization"}


def test_what_changes_for_it_and_what_it_lacks_is_said(scene: Scene) -> None:
    with trail(scene, "fine", S3KeyPrefix="old"):
        found = adopted(scene, "fine")
        assert found.keys() == {"trail_turned"}
        assert f"{BUCKET}/old" in found["trail_turned"].message
    with trail(scene, "poor", logs=False, IsMultiRegionTrail=False, EnableLogFileValidation=False):
        message = adopted(scene, "poor")["trail_lacks"].message
        for lack in ("does not log", "one region", "no log file validation"):
            assert lack in message


def test_calls_are_heard_only_while_a_trail_logs_management_events(scene: Scene) -> None:
    view = scene.view(calls_wish(source_id=str(uuid.uuid4())))
    silent = [("WARNING", "no_trail", "/environment")]
    assert codes(trails.heard, view) == silent
    with trail(scene, "stopped", logs=False):
        assert codes(trails.heard, view) == silent
    with trail(scene, "other-region", FAR, IsMultiRegionTrail=False):
        assert codes(trails.heard, view) == silent
    with trail(scene, "far-but-everywhere", FAR):
        assert codes(trails.heard, view) == []
    with trail(scene, "data-alone") as name:
        fields = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ]
        scene.root("cloudtrail", PRODUCTION).put_event_selectors(
            TrailName=name, AdvancedEventSelectors=[{"Name": "data", "FieldSelectors": fields}]
        )
        assert codes(trails.heard, view) == silent


def test_each_check_is_asked_of_the_kind(scene: Scene) -> None:
    assert KINDS["cloudtrail"] == (trails.room, trails.adopted, trails.heard)
    assert codes(trails.heard, scene.view(fresh())) == []
    assert (
        codes(trails.room, scene.view(calls_wish())) == codes(trails.adopted, scene.view(calls_wish())) == []
    )
