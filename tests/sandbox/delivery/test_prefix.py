"""Object keys: the rules of "Understand custom prefixes for Amazon S3 objects", and properties of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sandbox.delivery.prefix import (
    InvalidPrefix,
    Moment,
    check,
    data_prefix,
    error_key,
    evaluate,
    java_date,
    object_key,
)

SAMPLE = datetime(2018, 8, 27, 10, 30, 5, 123456, tzinfo=UTC)
moments = st.integers(631_152_000, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))

zones = st.sampled_from(["UTC", "Europe/Paris", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"])
plain = st.text(st.sampled_from("abcXYZ019-_=/."), max_size=40)


def moment(error_type: str | None = None, zone: str = "UTC") -> Moment:
    return Moment(SAMPLE, zone, error_type, random=lambda: "5abf82daaa5")


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", "2018/08/27/10/"),
        ("myFirehosePrefix/", "myFirehosePrefix/2018/08/27/10/"),
        ("!{timestamp:yyyy/MM/dd}", "2018/08/27"),
        (
            "my/Year=!{timestamp:yyyy}/anyMonth/rand=!{firehose:random-string}",
            "my/Year=2018/anyMonth/rand=5abf82daaa5",
        ),
        ("dt=!{timestamp:yyyy'-'MM'-'dd}/h=!{timestamp:HH}/", "dt=2018-08-27/h=10/"),
        ("!{firehose:random-string}/logs/", "5abf82daaa5/logs/2018/08/27/10/"),
    ],
)
def test_a_prefix_evaluates_as_the_guide_says(prefix: str, expected: str) -> None:
    assert data_prefix(prefix, moment()) == expected


@pytest.mark.parametrize(
    ("error_prefix", "expected"),
    [
        ("failures/!{firehose:error-output-type}/", "failures/processing-failed/"),
        (
            "e/!{timestamp:yyyy}/!{firehose:error-output-type}/!{timestamp:dd}",
            "e/2018/processing-failed/27",
        ),
        ("", "logs/processing-failed/2018/08/27/10/"),
    ],
)
def test_an_error_prefix_names_the_kind_of_error_and_gets_no_date_appended(
    error_prefix: str, expected: str
) -> None:
    key = error_key(
        "logs/", error_prefix, moment("processing-failed"), stream="s", version="1", unique="u", extension=""
    )
    assert key == f"{expected}s-1-2018-08-27-10-30-05-u"


def test_the_suffix_names_stream_version_second_and_uuid() -> None:
    key = object_key("logs/", moment(), stream="flume", version="3", unique="a-b", extension=".gz")
    assert key == "logs/2018/08/27/10/flume-3-2018-08-27-10-30-05-a-b.gz"


def test_the_time_zone_of_the_stream_holds_for_prefix_and_suffix() -> None:
    key = object_key("", moment(zone="Asia/Tokyo"), stream="flume", version="1", unique="u", extension="")
    assert key == "2018/08/27/19/flume-1-2018-08-27-19-30-05-u"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("yy M d H h a", "18 8 27 10 10 AM"),
        ("uuuu DDD D", "2018 239 239"),
        ("MMM MMMM EEE EEEE", "Aug August Mon Monday"),
        ("mm:ss.SSS", "30:05.123"),
        ("'year='yyyy", "year=2018"),
        ("'it''s' ''", "it's '"),
    ],
)
def test_date_patterns_are_read_as_java_reads_them(pattern: str, expected: str) -> None:
    assert java_date(pattern, SAMPLE) == expected


@pytest.mark.parametrize("pattern", ["YYYY", "z", "'open", "yyyy'"])
def test_a_pattern_that_is_not_simulated_is_refused_and_not_guessed(pattern: str) -> None:
    with pytest.raises(InvalidPrefix):
        java_date(pattern, SAMPLE)


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "rule"),
    [
        ("!{timestamp:yyyy}/", "", "ErrorOutputPrefix"),
        ("!{firehose:error-output-type}/", "e/", "Prefix"),
        ("a/", "e/!{timestamp:yyyy}/", "error-output-type"),
        ("a/!{timestamp", "", "!{"),
        ("!{partitionKeyFromQuery:x}/", "e/!{firehose:error-output-type}/", "not simulated"),
        ("a" * 513, "", "512"),
    ],
)
def test_prefixes_that_break_a_rule_are_refused_with_the_rule(
    prefix: str, error_prefix: str, rule: str
) -> None:
    with pytest.raises(InvalidPrefix, match=re.escape(rule)):
        check(prefix, error_prefix)


@given(text=plain, at=moments)
def test_a_prefix_without_expressions_is_kept_and_dated(text: str, at: datetime) -> None:
    assert data_prefix(text, Moment(at)) == text + at.strftime("%Y/%m/%d/%H/")
    assert evaluate(text, Moment(at)) == text


@given(at=moments, zone=zones)
def test_the_date_in_a_key_reads_back_as_the_local_second_of_arrival(at: datetime, zone: str) -> None:
    key = object_key(
        "!{timestamp:yyyy/MM/dd/HH/}", Moment(at, zone), stream="s", version="1", unique="u", extension=""
    )
    local = at.astimezone(ZoneInfo(zone))
    folder, _, rest = key.rpartition("/")
    assert folder == local.strftime("%Y/%m/%d/%H")
    assert datetime.strptime(rest[4:23], "%Y-%m-%d-%H-%M-%S") == local.replace(tzinfo=None, microsecond=0)  # noqa: DTZ007 - compared with a naive local time on purpose


@given(first=moments, seconds=st.integers(0, 10**7))
def test_keys_sort_as_their_records_arrived(first: datetime, seconds: int) -> None:
    later = first + timedelta(seconds=seconds)
    keys = [
        object_key("", Moment(at), stream="s", version="1", unique="u", extension="") for at in (first, later)
    ]
    assert keys == sorted(keys)


@given(at=moments, prefix=plain)
def test_a_random_string_has_eleven_characters_and_is_new_each_time(at: datetime, prefix: str) -> None:
    evaluated = evaluate(prefix + "!{firehose:random-string}|!{firehose:random-string}", Moment(at))
    first, second = evaluated.removeprefix(prefix).split("|")
    assert len(first) == len(second) == 11
    assert first != second
