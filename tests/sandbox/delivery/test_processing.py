"""Records, processors, and the objects that come of them."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.sandbox.delivery.packing import parcels
from service.sandbox.delivery.processing import (
    CONTROL_TEXT,
    Processors,
    Record,
    control_message,
    data_message,
    pack,
)

ARRIVED = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EXTRACT = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "Decompression",
            "Parameters": [{"ParameterName": "CompressionFormat", "ParameterValue": "GZIP"}],
        },
        {
            "Type": "CloudWatchLogProcessing",
            "Parameters": [{"ParameterName": "DataMessageExtraction", "ParameterValue": "true"}],
        },
        {"Type": "AppendDelimiterToRecord", "Parameters": []},
    ],
}
DECOMPRESS = {"Enabled": True, "Processors": EXTRACT["Processors"][:1]}  # type: ignore[index]  # It is a list.  # a list, see above


def record(data: bytes, arrived: datetime = ARRIVED) -> Record:
    return Record(data, arrived)


def logs(*messages: str) -> Record:
    events = [
        {"id": str(index), "timestamp": 1, "message": message} for index, message in enumerate(messages)
    ]
    return record(pack(data_message("111111111111", "group", "stream", "filter", events)))


def test_without_processors_a_record_is_written_as_it_is() -> None:
    assert Processors.of(None).process([record(b"a"), record(b"b")]).body == b"ab"


def test_processors_that_are_not_enabled_do_nothing() -> None:
    assert Processors.of(EXTRACT | {"Enabled": False}) == Processors()


def test_extraction_leaves_one_message_a_line() -> None:
    body = Processors.of(EXTRACT).process([logs("one", "two"), logs("three")]).body
    assert body == b"one\ntwo\nthree\n"


def test_records_are_not_separated_unless_the_stream_says_so() -> None:
    joined = EXTRACT | {"Processors": EXTRACT["Processors"][:2]}  # type: ignore[index]  # The table above holds a list there.
    assert Processors.of(joined).process([logs("one", "two"), logs("three")]).body == b"one\ntwothree"


def test_a_control_message_is_dropped_by_extraction() -> None:
    processed = Processors.of(EXTRACT).process([record(pack(control_message(1)))])
    assert (processed.body, processed.failures) == (b"", [])


def test_decompression_alone_keeps_the_envelope_and_the_control_message() -> None:
    body = Processors.of(DECOMPRESS).process([logs("one"), record(pack(control_message(1)))]).body
    first, end = json.JSONDecoder().raw_decode(body.decode())
    second, _ = json.JSONDecoder().raw_decode(body.decode()[end:])
    assert first["messageType"] == "DATA_MESSAGE"
    assert first["owner"] == "111111111111"
    assert [event["message"] for event in first["logEvents"]] == ["one"]
    assert second["logEvents"][0]["message"] == CONTROL_TEXT


@given(batches=st.lists(st.lists(st.from_regex(r"\A[^\n\r]+\Z"), min_size=1, max_size=5), max_size=5))
def test_every_message_comes_out_once_and_in_order(batches: list[list[str]]) -> None:
    body = Processors.of(EXTRACT).process([logs(*messages) for messages in batches]).body
    assert body.decode().split("\n")[:-1] == [message for messages in batches for message in messages]


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "BucketARN": "arn:aws:s3:::logs",
        "Prefix": "app/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "CompressionFormat": "GZIP",
        "ProcessingConfiguration": EXTRACT,
    } | changes


def test_a_batch_becomes_one_compressed_object_named_after_its_oldest_record() -> None:
    late = Record(logs("late").data, ARRIVED + timedelta(hours=3))
    (parcel,) = parcels("flume", "2", settings(), [late, logs("early")])
    assert parcel.key.startswith("app/2026/11/24/08/flume-2-2026-11-24-08-00-00-")
    assert parcel.key.endswith(".gz")
    assert gzip.decompress(parcel.body) == b"late\nearly\n"


def test_a_file_extension_takes_the_place_of_gz() -> None:
    (parcel,) = parcels("flume", "1", settings(FileExtension=".log.gz"), [logs("x")])
    assert parcel.key.endswith(".log.gz")


def test_without_decompression_a_log_record_is_compressed_twice_as_on_aws() -> None:
    (parcel,) = parcels("flume", "1", settings(ProcessingConfiguration=None), [logs("x")])
    assert json.loads(gzip.decompress(gzip.decompress(parcel.body)))["messageType"] == "DATA_MESSAGE"


def test_a_record_that_is_not_compressed_goes_to_the_error_prefix_and_the_others_arrive() -> None:
    bad = record(b"not gzip")
    data, errors = parcels("flume", "1", settings(), [logs("fine"), bad])
    assert gzip.decompress(data.body) == b"fine\n"
    assert errors.key.startswith("errors/decompression-failed/flume-1-")
    document = json.loads(errors.body)
    assert base64.b64decode(document["rawData"]) == b"not gzip"
    assert document["errorCode"] == "DecompressionFailed"
    assert document["arrivalTimestamp"] == int(ARRIVED.timestamp() * 1000)
    assert (data.records, errors.records) == ((logs("fine"),), (bad,))


def test_a_record_that_is_no_log_record_counts_as_a_processing_failure() -> None:
    _, errors = parcels("flume", "1", settings(), [record(gzip.compress(b'{"other": 1}'))])
    assert errors.key.startswith("errors/processing-failed/")


def test_equal_envelopes_give_equal_bytes() -> None:
    assert pack(control_message(7)) == pack(control_message(7)) != pack(control_message(8))
