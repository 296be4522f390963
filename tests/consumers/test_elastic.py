"""Filebeat's YAML, read without a second of any key and held against the input's reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml

from service.consumers import render

from .readings import keys_of_a_trail, keys_of_config, reading

DURATION: Final = re.compile(r"([0-9]+(ns|us|µs|ms|s|m|h))+")
SELECTOR: Final[Mapping[str, type]] = {
    "regex": str,
    "expand_event_list_from_field": str,
    "content_type": str,
    "parsers": list,
    "include_s3_metadata": list,
    "max_bytes": int,
    "buffer_size": int,
    "encoding": str,
}
KNOWN: Final[Mapping[str, type]] = {
    **{key: kind for key, kind in SELECTOR.items() if key != "regex"},
    "type": str,
    "id": str,
    "enabled": bool,
    "queue_url": str,
    "region": str,
    "default_region": str,
    "api_timeout": str,
    "visibility_timeout": str,
    "sqs.max_receive_count": int,
    "sqs.wait_time": str,
    "sqs.shutdown_grace_time": str,
    "number_of_workers": int,
    "file_selectors": list,
    "role_arn": str,
    "external_id": str,
    "credential_profile_name": str,
    "shared_credential_file": str,
    "assume_role.duration": str,
    "assume_role.expiry_window": str,
    "tags": list,
    "fields": dict,
    "fields_under_root": bool,
    "processors": list,
    "pipeline": str,
    "index": str,
    "keep_null": bool,
}
"""Options with a queue, from "AWS S3 input" of the Filebeat reference; those of polling a bucket are errors here."""


class OnceOnly(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, but a key that is there twice is an error, as YAML says and Filebeat does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys differ."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice: {keys}"
        return super().construct_mapping(node, deep)


def section(kind: str) -> dict[str, Any]:
    """The one input of a text; options that the reference does not have, or of another type, end the test."""
    document = yaml.load(render(reading("elastic", kind)), OnceOnly)  # noqa: S506 - a SafeLoader
    assert list(document) == ["filebeat.inputs"]
    [found] = document["filebeat.inputs"]
    _check(found, KNOWN)
    for selector in found.get("file_selectors", ()):
        _check(selector, SELECTOR)
        assert "regex" in selector
    return dict(found)


def _check(found: Mapping[str, Any], known: Mapping[str, type]) -> None:
    for key, value in found.items():
        assert type(value) is known[key], (key, value)
        if key.endswith(("timeout", "time", "duration")):
            assert DURATION.fullmatch(str(value)), (key, value)


def test_nothing_is_deleted_that_failed_and_nothing_comes_back_too_early() -> None:
    found = section("cloudwatch")

    assert found["type"] == "aws-s3"
    assert found["sqs.max_receive_count"] == -1
    assert found["visibility_timeout"] == "900s"
    assert found["role_arn"].endswith(":role/logflume/trail-0123456789-siem")


def test_the_external_id_comes_from_outside_and_is_insisted_on() -> None:
    """`${NAME:?message}` stops Filebeat where NAME is not set ("Use environment variables in the configuration")."""
    assert re.fullmatch(r"\$\{LOGFLUME_SIEM_EXTERNAL_ID:\?[^}]+\}", section("cloudwatch")["external_id"])


def test_lines_need_no_selector() -> None:
    assert "file_selectors" not in section("cloudwatch")


@pytest.mark.parametrize(
    ("kind", "keys", "records"),
    [("cloudtrail", keys_of_a_trail(), "Records"), ("config", keys_of_config(), "configurationItems")],
)
def test_documents_are_split_and_what_holds_no_records_is_left_out(
    kind: str, keys: dict[str, bool], records: str
) -> None:
    selectors = section(kind)["file_selectors"]

    assert {s["expand_event_list_from_field"] for s in selectors} == {records}
    read = {key: any(re.search(s["regex"], key) for s in selectors) for key in keys}
    assert read == keys
