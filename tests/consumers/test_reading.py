"""What every text has in common."""

from __future__ import annotations

from typing import get_args

import pytest

from programs.store.consumers import MAX_RECEIVES, VISIBILITY_SECONDS
from programs.store.spec import Consumer
from service.consumers import PRODUCTS, TYPES, ConsumerType, content_of, reading_of, render
from service.consumers import reading as readings
from tests.programs.wishes import consumer

from .readings import outputs, reading


def test_every_type_has_a_product() -> None:
    assert set(PRODUCTS) == set(TYPES)


@pytest.mark.parametrize("kind", ["cloudwatch", "cloudtrail", "config", "syslog"])
@pytest.mark.parametrize("type_", TYPES)
def test_every_text_says_for_whom_it_is_and_where_lost_messages_lie(type_: ConsumerType, kind: str) -> None:
    text = render(reading(type_, kind))

    assert "source payments-trail of environment default, read by siem" in text
    assert text.count("/logflume-trail-0123456789-siem-dlq") == 1
    assert text.endswith("\n")
    assert "arn:aws:iam::222222222222:role/logflume/trail-0123456789-siem" in text
    assert not [line for line in text.split("\n") if line != line.rstrip()]


@pytest.mark.parametrize("type_", [type_ for type_ in TYPES if type_ != "splunk"])
def test_an_external_id_is_named_and_never_written(type_: ConsumerType) -> None:
    assert "LOGFLUME_SIEM_EXTERNAL_ID" in render(reading(type_))


def test_what_goes_through_firehose_is_lines_whatever_the_kind_is_called() -> None:
    assert content_of("cloudtrail", {"preset": "ecr"}).name == "lines"
    assert content_of("cloudwatch", {"preset": "eks"}).name == "lines"
    assert content_of("cloudtrail", {"preset": None}).name == "cloudtrail"


def test_a_consumer_that_was_not_built_has_no_reading() -> None:
    with pytest.raises(KeyError):
        reading_of("default", "a", "cloudwatch", {}, outputs("siem", "vector"), "other")


def test_the_texts_know_what_the_programs_build() -> None:
    """The web process imports no program that builds; what both must say is held together here."""
    assert set(TYPES) == set(get_args(Consumer.model_fields["type"].annotation))
    assert readings.VISIBILITY_SECONDS == VISIBILITY_SECONDS
    assert MAX_RECEIVES == 5
    for type_ in TYPES:
        text = render(reading(type_))
        enveloped = not Consumer.model_validate(consumer(type_)).raw
        assert "after five tries" in text
        assert ("sqs_sns_validation = 1" in text) is enveloped, "signatures come with envelopes"
