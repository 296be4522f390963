"""What counts as a difference, and how inputs are rebuilt from what is there."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.catalog.schema import (
    UNKNOWN,
    Prop,
    block,
    flag,
    json_text,
    list_of,
    number,
    set_of,
    text,
)
from service.sandbox.provider.diff import Change, as_written, compare, ignoring, inputs_from

PROPS = {
    "name": text(replaces=True),
    "note": text(),
    "policy": json_text(),
    "days": number(default=30),
    "on": flag(),
    "chosen": text(computed=True),
    "kept": flag(default=False, local=True),
    "tags": Prop("map"),
    "rule": block({"days": number(), "mode": text(replaces=True), "chosen": text(computed=True)}),
    "events": set_of(text()),
    "steps": set_of(block({"days": number(), "to": text()})),
    "rules": list_of(block({"id": text(), "days": number()}), key="id"),
    "order": list_of(text()),
}
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["a", "b"],'
    ' "Principal": {"AWS": ["111111111111"]}}]}'
)
SAME_POLICY = (
    '{"Statement":{"Action":["b","a"],"Principal":{"AWS":"arn:aws:iam::111111111111:root"},'
    '"Effect":"Allow"},"Version":"2012-10-17"}'
)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(change.path, change.kind, change.replaces) for change in compare(PROPS, old, new)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"note": ""}, {}),
        ({"on": False}, {}),
        ({"tags": {}}, {}),
        ({"rule": {"days": 0}}, {}),
        ({"policy": POLICY}, {"policy": SAME_POLICY}),
        ({"chosen": "by AWS"}, {}),
        ({"events": ["a", "b"]}, {"events": ["b", "a"]}),
        ({"rules": [{"id": "a", "days": 1}, {"id": "b"}]}, {"rules": [{"id": "b"}, {"id": "a", "days": 1}]}),
        ({"rule": {"days": 1, "chosen": "by AWS"}}, {"rule": {"days": 1}}),
    ],
)
def test_what_means_the_same_is_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert changes(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"name": "a"}, {"name": "b"}, [("name", "update", True)]),
        ({}, {"note": "n"}, [("note", "add", False)]),
        ({"note": "n"}, {}, [("note", "delete", False)]),
        ({"policy": POLICY}, {"policy": POLICY.replace("Allow", "Deny")}, [("policy", "update", False)]),
        ({"days": 30}, {"days": UNKNOWN}, [("days", "update", False)]),
        ({}, {"days": UNKNOWN}, [("days", "add", False)]),
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "2", "c-d": "3"}},
         [("tags.a", "update", False), ("tags.b", "delete", False), ('tags["c-d"]', "add", False)]),
        ({"rule": {"days": 1, "mode": "x"}}, {"rule": {"days": 2, "mode": "y"}},
         [("rule.days", "update", False), ("rule.mode", "update", True)]),
        ({"order": ["a", "b"]}, {"order": ["b", "a"]}, [("order[0]", "update", False), ("order[1]", "update", False)]),
        ({"steps": [{"days": 1, "to": "x"}, {"days": 2, "to": "y"}]}, {"steps": [{"days": 2, "to": "y"}, {"days": 3, "to": "x"}]},
         [("steps[1].days", "update", False)]),
        ({"rules": [{"id": "a", "days": 1}]}, {"rules": [{"id": "b", "days": 1}, {"id": "a", "days": 2}]},
         [("rules[1].days", "update", False), ("rules[0]", "add", False)]),
    ],
)  # fmt: skip
def test_a_change_is_told_by_its_path(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    assert changes(old, new) == expected


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (["tags"], ["rules[0].days"]),
        (["tags.a"], ["rules[0].days"]),
        (["rules[0].days"], ["tags.a"]),
        (["rules[*].days"], ["tags.a"]),
        (["rules"], ["tags.a"]),
        (["tag", "rules[0].day"], ["tags.a", "rules[0].days"]),
    ],
)
def test_ignored_paths_take_what_is_below_them_along(ignored: list[str], left: list[str]) -> None:
    found = [Change("tags.a", "update", False), Change("rules[0].days", "update", False)]
    assert [change.path for change in ignoring(iter(found), ignored)] == left


def test_inputs_keep_the_words_of_the_program_while_the_meaning_is_the_same() -> None:
    written = {"policy": POLICY, "events": ["b", "a"], "days": 30}
    live = {"policy": SAME_POLICY, "events": ["a", "b"], "days": 30, "chosen": "by AWS"}
    assert as_written(PROPS, written, live) == written


def test_inputs_show_what_differs_where_it_differs() -> None:
    written = {"rules": [{"id": "a", "days": 1}, {"id": "b", "days": 2}], "note": "n", "kept": True}
    live = {"rules": [{"id": "b", "days": 9}, {"id": "a", "days": 1}, {"id": "c"}], "tags": {"by": "hand"}}
    assert as_written(PROPS, written, live) == {
        "rules": [{"id": "a", "days": 1}, {"id": "b", "days": 9}, {"id": "c"}],
        "kept": True,
        "tags": {"by": "hand"},
    }


def test_an_import_takes_all_that_is_there() -> None:
    live = {"name": "a", "note": "", "days": 0, "chosen": "by AWS", "arn": "arn:…"}
    assert inputs_from(PROPS, live) == {"name": "a", "days": 0, "chosen": "by AWS", "kept": False}
