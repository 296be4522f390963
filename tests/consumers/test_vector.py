"""Vector's TOML, held against its generated reference; its VRL is compiled and run by Vector's own compiler."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

import pytest
from vrl_python import VRLRuntime

from service.consumers import render

from .readings import reading

Table = Mapping[str, Any]
SOURCE: Final[Table] = {
    "type": "aws_s3",
    "region": str,
    "compression": ("auto", "gzip", "none", "zstd"),
    "acknowledgements": {"enabled": bool},
    "auth": {
        "access_key_id": str,
        "assume_role": str,
        "credentials_file": str,
        "external_id": str,
        "load_timeout_secs": int,
        "profile": str,
        "region": str,
        "secret_access_key": str,
        "session_name": str,
        "session_token": str,
    },
    "endpoint": str,
    "force_path_style": bool,
    "sqs": {
        "client_concurrency": int,
        "connect_timeout_seconds": int,
        "deferred": {"max_age_secs": int, "queue_url": str},
        "delete_failed_message": bool,
        "delete_message": bool,
        "max_number_of_messages": int,
        "operation_timeout_seconds": int,
        "poll_secs": int,
        "queue_url": str,
        "read_timeout_seconds": int,
        "visibility_timeout_secs": int,
    },
}
"""Options of the source; codecs, framing, multiline and TLS are left out, so using them here would need a new line."""
REMAP: Final[Table] = {
    "type": "remap",
    "inputs": list,
    "source": str,
    "drop_on_error": bool,
    "drop_on_abort": bool,
    "reroute_dropped": bool,
}
SECRET: Final[Table] = {"type": "directory", "path": str, "remove_trailing_whitespace": bool}
TOP: Final[Table] = {
    "acknowledgements": {"enabled": bool},
    "secret": dict,
    "sources": dict,
    "transforms": dict,
}


def check(found: Table, known: Table) -> None:
    """Raise for an option that is not documented, or a value of another type or outside its list."""
    for key, value in found.items():
        form = known[key]
        if isinstance(form, Mapping):
            check(value, form)
        elif isinstance(form, tuple):
            assert value in form, (key, value)
        elif isinstance(form, str):
            assert value == form
        else:
            assert type(value) is form, (key, value)


def configuration(kind: str) -> dict[str, Any]:
    """A text as Vector loads it: secrets are put in as text before anything is parsed ("Secrets")."""
    text = render(reading("vector", kind))
    plain = tomllib.loads(text)
    check(plain, TOP)
    [(backend, secret)] = plain["secret"].items()
    check(secret, SECRET)
    assert re.fullmatch(r"\w+", backend), "other names cannot be referred to"
    put_in = re.sub(rf"SECRET\[{backend}\.([\w./-]+)\]", lambda m: f"value of {m[1]}", text)
    document = tomllib.loads(put_in)
    for source in document["sources"].values():
        check(source, SOURCE)
    for transform in document.get("transforms", {}).values():
        check(transform, REMAP)
        assert set(transform["inputs"]) <= set(document["sources"])
    return document


def only(table: Table) -> Any:
    [value] = table.values()
    return value


def test_a_message_goes_only_when_the_sinks_have_answered_and_comes_back_when_one_refuses() -> None:
    document = configuration("cloudwatch")

    assert document["acknowledgements"] == {"enabled": True}
    sqs = only(document["sources"])["sqs"]
    assert sqs["delete_failed_message"] is False
    assert sqs["visibility_timeout_secs"] == 900


def test_the_role_is_taken_with_an_external_id_from_the_secret_store() -> None:
    auth = only(configuration("cloudwatch")["sources"])["auth"]

    assert auth["assume_role"].endswith(":role/logflume/trail-0123456789-siem")
    assert auth["external_id"] == "value of LOGFLUME_SIEM_EXTERNAL_ID"


@pytest.mark.parametrize(
    ("kind", "compression"), [("cloudwatch", "gzip"), ("cloudtrail", "gzip"), ("config", "auto")]
)
def test_objects_are_unpacked_by_what_is_known_of_them(kind: str, compression: str) -> None:
    assert only(configuration(kind)["sources"])["compression"] == compression


def test_lines_are_not_transformed() -> None:
    assert "transforms" not in configuration("cloudwatch")


@pytest.mark.parametrize(("kind", "records"), [("cloudtrail", "Records"), ("config", "configurationItems")])
def test_each_record_of_a_document_becomes_an_event(kind: str, records: str) -> None:
    event = {"message": json.dumps({records: [{"n": 1}, {"n": 2}]}), "object": "logs/x"}

    assert _remap(kind, event) == [{"n": 1}, {"n": 2}]


def test_a_digest_is_left_out_and_what_cannot_be_read_is_kept() -> None:
    """A program that aborts drops its event, one that fails does not, as drop_on_error is off ("remap" reference)."""
    transform = only(configuration("cloudtrail")["transforms"])

    assert transform["drop_on_error"] is False
    assert transform.get("drop_on_abort", True)
    with pytest.raises(Exception, match="abort"):
        _remap("cloudtrail", {"message": json.dumps({"digestStartTime": "2026-11-24T11:00:00Z"})})
    with pytest.raises(Exception, match="unable to parse json"):
        _remap("cloudtrail", {"message": "torn"})


def _remap(kind: str, event: dict[str, Any]) -> Any:
    program = only(configuration(kind)["transforms"])["source"]
    return VRLRuntime().execute(program, event).processed_event
