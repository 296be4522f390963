"""Fluentd's source, read by a strict reader that stands in for Fluentd."""

from __future__ import annotations

import re

import pytest

from service.consumers import render

from .fluentd_reader import Section, read
from .readings import EXTERNAL_ID, keys_of_a_trail, keys_of_config, reading

ENVIRONMENT = {"LOGFLUME_SIEM_EXTERNAL_ID": EXTERNAL_ID}
PLUGINS_LIMIT = 256 * 2**20


def source(kind: str = "cloudwatch") -> Section:
    return read(render(reading("fluentd", kind)), ENVIRONMENT)


def test_nothing_makes_the_plugin_delete_a_message_that_it_has_not_read() -> None:
    found = source()

    assert found.sections["parse"].parameters == {"@type": "none"}
    assert found.parameters["decompression_size_limit"] > PLUGINS_LIMIT
    assert "skip_delete" not in found.sections["sqs"].parameters


def test_the_queue_is_asked_for_in_the_log_account_under_the_role() -> None:
    found = source()

    assert found.sections["sqs"].parameters["queue_name"] == "logflume-trail-0123456789-siem"
    assert found.sections["sqs"].parameters["queue_owner_aws_account_id"] == "222222222222"
    role = found.sections["assume_role_credentials"].parameters
    assert role["role_arn"].endswith(":role/logflume/trail-0123456789-siem")
    assert role["external_id"] == EXTERNAL_ID
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", role["role_session_name"]), "what STS takes"


def test_without_the_external_id_it_does_not_start() -> None:
    with pytest.raises(KeyError):
        read(render(reading("fluentd")), {})


def test_only_what_was_delivered_is_read() -> None:
    keys = source().parameters["match_regexp"]

    assert keys.search("logs/2026/11/24/12/a.gz")
    assert not keys.search("errors/processing-failed/logs/a.gz")


@pytest.mark.parametrize(("kind", "keys"), [("cloudtrail", keys_of_a_trail()), ("config", keys_of_config())])
def test_of_documents_those_with_records_alone_are_read(kind: str, keys: dict[str, bool]) -> None:
    pattern = source(kind).parameters["match_regexp"]

    assert {key: bool(pattern.search(key)) for key in keys} == keys


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("<source>\n  @type s3\n</source>", "lacks"),
        ("<source>\n  @type s3\n  s3_bucket b\n  s3_bucket b\n</source>", "second one"),
        ("<source>\n  @type s3\n  s3_bucket b\n  buckets b\n</source>", "unknown"),
        ("<source>\n  @type s3\n  s3_bucket b\n  store_as zip\n</source>", "zip is none of"),
        ("<source>\n  @type s3\n  s3_bucket b\n  decompression_size_limit much\n</source>", "no size"),
        ("<source>\n  @type s3\n  s3_bucket '#{ENV}'\n</source>", "stays as it is"),
        ("<source>\n  @type s3\n  <sqs>\n    queue_name q\n  </source>\n</source>", "closes"),
        ("<source>\n  @type s3\n  s3_bucket b", "not closed"),
        ("<match>\n</match>", "unknown"),
    ],
)
def test_the_reader_refuses_what_fluentd_would_not_do_as_written(wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(wrong, ENVIRONMENT)
