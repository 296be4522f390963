"""Trails answer as CloudTrail's do."""

from __future__ import annotations

import pytest

from tests.sandbox.trails import Trail, running_trail
from tests.support.aws import refusal
from tests.support.sandbox import REGION, Sandbox


def test_a_trail_says_where_its_home_is_and_nothing_of_what_it_has_not(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "told-trail") as trail:
        told = trail.client("cloudtrail").get_trail(Name=trail.name)["Trail"]
        assert told["HomeRegion"] == REGION
        assert told["HasCustomEventSelectors"] is False
        assert "SnsTopicName" not in told
        away = trail.client("cloudtrail", region="us-east-1")
        assert away.get_trail(Name=trail.arn)["Trail"]["HomeRegion"] == REGION


def test_a_delivery_is_told_only_when_there_was_one(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "timed-trail") as trail:
        assert "LatestDeliveryTime" not in trail.status()
        sandbox.flush()
        assert "LatestDeliveryTime" in trail.status()


def test_each_kind_of_selectors_takes_the_others_place(sandbox: Sandbox) -> None:
    with running_trail(sandbox, "choosy-trail") as trail:
        cloudtrail = trail.client("cloudtrail")
        everything = cloudtrail.get_event_selectors(TrailName=trail.name)["EventSelectors"]
        assert [one["ReadWriteType"] for one in everything] == ["All"]
        fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
        cloudtrail.put_event_selectors(
            TrailName=trail.name, AdvancedEventSelectors=[{"Name": "m", "FieldSelectors": fields}]
        )
        assert cloudtrail.get_event_selectors(TrailName=trail.name)["EventSelectors"] == []
        assert cloudtrail.get_trail(Name=trail.name)["Trail"]["HasCustomEventSelectors"] is True
        cloudtrail.put_event_selectors(TrailName=trail.name, EventSelectors=everything)
        assert cloudtrail.get_event_selectors(TrailName=trail.name)["AdvancedEventSelectors"] == []
        assert cloudtrail.get_trail(Name=trail.name)["Trail"]["HasCustomEventSelectors"] is False


def test_a_trail_goes_by_its_arn_and_only_once(sandbox: Sandbox) -> None:
    trail = Trail(sandbox, "leaving-trail").make_store()
    cloudtrail = trail.client("cloudtrail")
    cloudtrail.create_trail(**trail.settings(), TagsList=[{"Key": "a", "Value": "b"}])
    cloudtrail.delete_trail(Name=trail.arn)
    for call in (cloudtrail.delete_trail, cloudtrail.get_trail):
        assert refusal(call, Name=trail.arn) == ("TrailNotFoundException", 400)
    with pytest.raises(cloudtrail.exceptions.TrailNotFoundException):
        cloudtrail.get_trail_status(Name=trail.name)
