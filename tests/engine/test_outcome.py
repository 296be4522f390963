"""The engine's event log becomes steps, counts, outputs and findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service.engine.outcome import (
    SECRET_SIGNATURE,
    counts_of,
    drift_of,
    error_texts,
    outputs_of,
    plain,
    read_events,
    steps_of,
)

STACK = "urn:pulumi:s::logflume::pulumi:pulumi:Stack::logflume-s"
KEY = "urn:pulumi:s::logflume::logflume:store:LogStore$aws:kms/key:Key::key"


def done(urn: str, op: str, **meta: Any) -> dict[str, Any]:
    kind = urn.split("::")[2].rpartition("$")[2]
    return {"resOutputsEvent": {"metadata": {"urn": urn, "op": op, "type": kind, **meta}}}


def changed(op: str = "update") -> dict[str, Any]:
    return done(
        KEY,
        op,
        old={"inputs": {"enableKeyRotation": True, "tags": {"a.b": "1"}, "rules": [{"days": 1}]}},
        new={"inputs": {"enableKeyRotation": False, "tags": {"a.b": "2"}, "rules": [{"days": 2}]}},
        detailedDiff={"enableKeyRotation": {}, 'tags["a.b"]': {}, "rules[0].days": {}},
    )


def test_a_step_says_which_property_was_what() -> None:
    (step,) = steps_of([changed()])
    assert (step.type, step.name) == ("aws:kms/key:Key", "key")
    assert step.properties == (
        {"path": "enableKeyRotation", "old": True, "new": False},
        {"path": "rules[0].days", "old": 1, "new": 2},
        {"path": 'tags["a.b"]', "old": "1", "new": "2"},
    )


def test_stacks_components_and_providers_are_no_steps() -> None:
    virtual = [
        done(STACK, "create"),
        done("urn:pulumi:s::logflume::pulumi:providers:aws::log", "create"),
        done("urn:pulumi:s::logflume::logflume:store:LogStore::store", "create"),
    ]
    assert steps_of(virtual) == ()


def test_an_import_counts_as_created() -> None:
    other = KEY.replace("::key", "::other")
    assert counts_of(steps_of([done(KEY, "import"), done(other, "same")])) == {
        "create": 1,
        "update": 0,
        "delete": 0,
        "replace": 0,
        "same": 1,
    }


def test_bookkeeping_of_a_refresh_is_no_drift_and_a_deleted_resource_is() -> None:
    other = KEY.replace("::key", "::other")
    found = drift_of([done(KEY, "update", detailedDiff=None), done(other, "delete")])
    assert [(step.name, step.op) for step in found] == [("other", "delete")]
    assert [step.name for step in drift_of([changed()])] == ["key"]


def test_secret_outputs_are_masked() -> None:
    secret = {SECRET_SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    event = done(STACK, "update", new={"outputs": {"bucket": "b", "token": secret, "deep": [{"x": secret}]}})
    assert outputs_of([event]) == {"bucket": "b", "token": "[secret]", "deep": [{"x": "[secret]"}]}
    assert plain({"a": 1}) == {"a": 1}


def test_the_resources_own_error_comes_before_the_engines_summary() -> None:
    def said(message: str, **more: Any) -> dict[str, Any]:
        return {"diagnosticEvent": {"severity": "error", "message": message, **more}}

    assert error_texts([said("update failed"), said("creating key: api error X: y", urn=KEY)]) == [
        "key: creating key: api error X: y"
    ]
    assert error_texts([said("update failed"), said("no such plugin")]) == ["no such plugin"]


def test_a_line_that_was_cut_off_is_read_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    first, second = json.dumps({"summaryEvent": {}}), json.dumps({"cancelEvent": {}})
    log.write_text(first + "\n" + second[:5])
    events, offset = read_events(log)
    assert events == [{"summaryEvent": {}}]
    log.write_text(first + "\n" + second + "\n")
    assert read_events(log, offset)[0] == [{"cancelEvent": {}}]
    assert read_events(tmp_path / "none", 7) == ([], 7)


def test_what_our_own_plugin_made_is_a_resource_and_a_component_is_none() -> None:
    switches = (
        "urn:pulumi:s::logflume::logflume:source:SourceLogging$logflume:source:RdsLogExports::source-logging"
    )
    component = done("urn:pulumi:s::logflume::logflume:source:SourceLogging::source", "create")
    made = done(switches, "create", new={"custom": True})
    assert [step.name for step in steps_of([component, made])] == ["source-logging"]
