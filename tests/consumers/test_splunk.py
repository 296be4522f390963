"""Splunk's stanza, read with configparser at its strictest and held against the add-on's own specification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from configparser import ConfigParser
from typing import Final

import pytest

from service.consumers import render

from .readings import reading

FLAG, ANY, NUMBER = "[01]", ".+", "[0-9]+"
DECODERS = (
    "CloudTrail|Config|S3AccessLogs|ELBAccessLogs|CloudFrontAccessLogs|AmazonSecurityLake"
    "|TransitGatewayFlowLogs|CustomLogs"
)
KNOWN: Final[Mapping[str, str]] = {
    "aws_account": ANY,
    "aws_iam_role": ANY,
    "using_dlq": FLAG,
    "sqs_queue_url": r"https?://\S+",
    "sqs_queue_region": r"[a-z]{2}(-[a-z]+)+-\d",
    "sqs_batch_size": "[1-9]|10",
    "s3_file_decoder": DECODERS,
    "private_endpoint_enabled": FLAG,
    "sqs_private_endpoint_url": ANY,
    "s3_private_endpoint_url": ANY,
    "sts_private_endpoint_url": ANY,
    "use_raw_hec": ANY,
    "sqs_sns_validation": FLAG,
    "parse_firehose_error_data": FLAG,
    "parse_csv_with_header": FLAG,
    "parse_csv_with_delimiter": ANY,
    "metric_index_flag": FLAG,
    # Of every modular input (inputs.conf.spec of Splunk Enterprise).
    "sourcetype": ANY,
    "index": ANY,
    "interval": NUMBER,
    "disabled": FLAG,
}
"""Keys of `[aws_sqs_based_s3://<name>]` in the add-on's README/inputs.conf.spec, and what their values look like."""
REQUIRED: Final = {
    "aws_account",
    "sqs_queue_url",
    "sqs_queue_region",
    "s3_file_decoder",
    "sourcetype",
    "index",
}
"""From the add-on's REST handler for these inputs."""


def stanza(kind: str, **spec: str) -> Mapping[str, str]:
    """The one stanza of a text; a key that is unknown, written twice or has a value of another form ends the test."""
    parser = ConfigParser(strict=True, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # Keys of Splunk tell cases apart.
    parser.read_string(render(reading("splunk", kind, **spec)))
    [name] = parser.sections()
    assert re.fullmatch(r"aws_sqs_based_s3://[\w-]+", name)
    found = dict(parser[name])
    assert found.keys() >= REQUIRED
    for key, value in found.items():
        assert re.fullmatch(KNOWN[key], value), (key, value)
    return found


@pytest.mark.parametrize(
    ("kind", "decoder", "sourcetype"),
    [
        ("cloudwatch", "CustomLogs", "logflume:lines"),
        ("syslog", "CustomLogs", "logflume:lines"),
        ("cloudtrail", "CloudTrail", "aws:cloudtrail"),
        ("config", "Config", "aws:config"),
    ],
)
def test_each_kind_is_read_by_its_decoder(kind: str, decoder: str, sourcetype: str) -> None:
    found = stanza(kind)

    assert (found["s3_file_decoder"], found["sourcetype"]) == (decoder, sourcetype)


def test_api_calls_that_come_through_firehose_are_no_files_of_cloudtrail() -> None:
    assert stanza("cloudtrail", preset="ecr")["s3_file_decoder"] == "CustomLogs"


def test_signatures_are_checked_as_the_queue_gets_envelopes_and_the_dead_letters_are_insisted_on() -> None:
    found = stanza("cloudwatch")

    assert (found["sqs_sns_validation"], found["using_dlq"]) == ("1", "1")
    assert found["sqs_queue_url"].endswith("/logflume-trail-0123456789-siem")


def test_lines_come_with_the_props_that_keep_them_whole() -> None:
    """The comment at the end is a stanza of props.conf once its marks are taken away."""
    text = render(reading("splunk"))
    props = ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    props.read_string(text[text.index("#     [") :].replace("#     ", ""))

    assert dict(props["logflume:lines"]) == {
        "should_linemerge": "false",
        "line_breaker": r"([\r\n]+)",
        "truncate": "0",
    }


def test_nothing_asks_for_an_external_id_as_the_add_on_has_none() -> None:
    assert "EXTERNAL_ID" not in render(reading("splunk"))
