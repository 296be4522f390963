"""A form is made from a schema and read back, and no error gets lost between the two."""

from __future__ import annotations

from typing import Any

import pytest

from programs.kinds import KINDS, Offer
from service.errors import FieldError
from service.web import forms, offers, sent

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["groups"],
    "properties": {
        "groups": {
            "type": "array",
            "items": {"type": "string"},
            "title": "Groups",
            "description": "By name.",
        },
        "days": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
        "format": {"enum": ["lines", "envelope"], "type": "string", "default": "lines"},
        "create": {"type": "boolean", "default": False},
        "pattern": {"type": "string", "maxLength": 4, "default": "", "advanced": True},
        "tiers": {
            "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Tier"}}, {"type": "null"}],
            "default": None,
        },
    },
    "$defs": {"Tier": {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer"}}}},
}
SENT = {
    "/spec/groups": "a\r\n b \r\n\r\n",
    "/spec/days": "7",
    "/spec/format": "envelope",
    "/spec/create": "on",
}


def field(
    name: str, values: dict[str, Any] | None = None, errors: tuple[FieldError, ...] = ()
) -> forms.Field:
    return next(f for f in forms.fields_of(SCHEMA, values or {}, errors) if f.name == f"/spec/{name}")


def test_each_type_gets_its_widget() -> None:
    widgets = {f.name: f.widget for f in forms.fields_of(SCHEMA, {})}

    assert widgets == {
        "/spec/groups": "lines",
        "/spec/days": "number",
        "/spec/format": "select",
        "/spec/create": "checkbox",
        "/spec/pattern": "text",
        "/spec/tiers": "rows",
    }


def test_bounds_help_and_defaults_come_from_the_schema() -> None:
    days, groups = field("days"), field("groups")

    assert (days.minimum, days.maximum, days.value) == (1, 9, "5")
    assert (groups.label, groups.help, groups.required) == ("Groups", "By name.", True)
    assert field("pattern").max_length == 4
    assert dict(field("format").options) == {"lines": "lines", "envelope": "envelope"}


def test_a_sent_form_becomes_the_object() -> None:
    assert sent.read(SCHEMA, SENT) == {"groups": ["a", "b"], "days": 7, "format": "envelope", "create": True}


def test_an_unticked_box_is_false_and_not_the_default() -> None:
    assert sent.read(SCHEMA, {})["create"] is False


def test_what_is_no_number_stays_text_and_is_shown_again() -> None:
    read = sent.read(SCHEMA, {"/spec/days": "soon"})

    assert read["days"] == "soon"
    assert field("days", read).value == "soon"


def test_a_number_that_no_database_holds_stays_text() -> None:
    assert sent.read(SCHEMA, {"/spec/days": "9" * 5000})["days"] == "9" * 5000


def test_empty_rows_are_dropped_and_all_empty_means_the_default() -> None:
    assert "tiers" not in sent.read(SCHEMA, {"/spec/tiers/0/days": "", "/spec/tiers/1/days": ""})
    assert sent.read(SCHEMA, {"/spec/tiers/0/days": "", "/spec/tiers/1/days": "30"})["tiers"] == [
        {"days": 30}
    ]


def test_stored_rows_are_shown_with_empty_ones_under_them() -> None:
    rows = field("tiers", {"tiers": [{"days": 30}]}).value

    assert [row[0].value for row in rows] == ["30", "", ""]
    assert [row[0].name for row in rows][:2] == ["/spec/tiers/0/days", "/spec/tiers/1/days"]
    assert not any(part.required for row in rows for part in row)


def test_an_error_inside_a_list_is_told_at_the_list_with_its_line() -> None:
    wrong = (FieldError("/spec/groups/1", "no such group"), FieldError("/spec/days", "too many"))

    assert field("groups", errors=wrong).errors == ("Line 2: no such group",)
    assert field("groups", errors=wrong).described_by == "field-spec-groups-errors field-spec-groups-help"
    assert field("days", errors=wrong).errors == ("too many",)


def test_a_field_of_a_similar_name_does_not_take_the_error() -> None:
    assert forms.errors_at([FieldError("/spec/days_more", "x")], "/spec/days") == ()


def test_an_advanced_field_with_an_error_is_not_folded_away() -> None:
    assert field("pattern").advanced
    assert not field("pattern", errors=(FieldError("/spec/pattern", "too long"),)).advanced


def test_errors_of_no_field_are_shown_above_the_form() -> None:
    errors = [FieldError("", "All wrong."), FieldError("/kind", "Unknown."), FieldError("/spec/days", "x")]

    assert forms.elsewhere(errors, ["/spec/days"]) == ("All wrong.", "kind: Unknown.")


def test_a_fixed_value_is_sent_along_and_not_shown_as_a_wish() -> None:
    schema = {"properties": {"preset": {"const": "rds"}, "days": {"type": "integer"}}}

    [hidden, _] = forms.fields_of(schema, {})
    assert (hidden.widget, hidden.value) == ("hidden", "rds")
    assert sent.read(schema, {"/spec/days": "3"}) == {"preset": "rds", "days": 3}
    assert forms.told(schema, {"preset": "rds", "days": 3}) == [("Days", 3)]


def test_known_entries_of_a_list_are_boxes() -> None:
    schema = {
        "properties": {"logs": {"type": "array", "items": {"enum": ["audit", "error"]}, "default": ["error"]}}
    }

    [boxes] = forms.fields_of(schema, {})
    assert (boxes.widget, boxes.value) == ("choices", ["error"])
    assert sent.read(schema, {"/spec/logs/audit": "on"}) == {"logs": ["audit"]}
    assert sent.read(schema, {}) == {"logs": []}


def test_numbers_of_a_list_are_numbers_again() -> None:
    schema = {"properties": {"ports": {"type": "array", "items": {"type": "integer"}}}}

    assert sent.read(schema, {"/spec/ports": "514\r\nsix\r\n"}) == {"ports": [514, "six"]}


LOCK: dict[str, Any] = {
    "properties": {
        "lock": {
            "anyOf": [{"$ref": "#/$defs/Lock"}, {"type": "null"}],
            "default": None,
            "title": "Object Lock",
        }
    },
    "$defs": {
        "Lock": {
            "type": "object",
            "required": ["days"],
            "properties": {
                "mode": {"enum": ["SOFT", "HARD"], "default": "SOFT"},
                "days": {"type": "integer"},
            },
        }
    },
}


def test_an_object_that_may_be_left_out_is_there_when_its_box_is_ticked() -> None:
    [group] = forms.fields_of(LOCK, {})
    assert (group.widget, group.present, group.present_name) == ("group", False, "/spec/lock/-")
    assert [part.required for part in group.value] == [False, False], (
        "an empty one must not hold the form back"
    )

    filled = {"/spec/lock/mode": "HARD", "/spec/lock/days": "7"}
    assert sent.read(LOCK, filled) == {}
    assert sent.read(LOCK, filled | {"/spec/lock/-": "on"}) == {"lock": {"mode": "HARD", "days": 7}}
    assert forms.fields_of(LOCK, {"lock": {"mode": "HARD", "days": 7}})[0].present


def test_an_error_inside_an_object_is_told_at_its_field_alone() -> None:
    [group] = forms.fields_of(LOCK, {"lock": {"mode": "SOFT"}}, [FieldError("/spec/lock/days", "needed")])

    assert group.errors == ()
    assert [part.errors for part in group.value] == [(), ("needed",)]


def test_an_error_inside_a_row_is_told_at_its_field_and_one_of_the_row_at_the_list() -> None:
    wrong = (FieldError("/spec/tiers/0/days", "too early"), FieldError("/spec/tiers/0", "not colder"))
    tiers = field("tiers", {"tiers": [{"days": 1}]}, wrong)

    assert tiers.errors == ("Line 1: not colder",)
    assert tiers.value[0][0].errors == ("too early",)


def test_what_is_told_of_an_object_is_labels_and_values() -> None:
    assert forms.told(LOCK, {"lock": {"mode": "HARD", "days": 7}}) == [
        ("Object Lock", [("Days", 7), ("Mode", "HARD")])
    ]


def test_what_must_be_said_comes_first_and_what_is_folded_away_last() -> None:
    schema = {
        "required": ["c"],
        "properties": {"a": {"type": "string", "advanced": True}, "b": {"type": "string"}, "c": {}},
    }

    assert [f.name for f in forms.fields_of(schema, {})] == ["/spec/c", "/spec/b", "/spec/a"]


def test_an_empty_row_with_boxes_and_choices_is_still_empty() -> None:
    schema = {
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}}},
        "$defs": {
            "Row": {
                "type": "object",
                "properties": {
                    "kind": {"const": "data"},
                    "on": {"type": "boolean", "default": True},
                    "mode": {"enum": ["a", "b"], "default": "a"},
                    "values": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
    }

    assert sent.read(schema, as_sent(forms.fields_of(schema, {}))) == {}
    row = {"kind": "data", "on": False, "mode": "b", "values": ["x", "y"]}
    assert sent.read(schema, as_sent(forms.fields_of(schema, {"rows": [row]}))) == {"rows": [row]}


def test_emptying_what_has_a_default_means_none() -> None:
    schema = {"properties": {"hours": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 24}}}

    assert sent.read(schema, {"/spec/hours": ""}) == {"hours": None}
    assert sent.read(schema, {}) == {}


def as_sent(fields: list[forms.Field]) -> dict[str, str]:
    """What a browser sends of these fields as they are drawn."""
    found: dict[str, str] = {}
    for f in fields:
        match f.widget:
            case "rows":
                found |= as_sent([part for row in f.value for part in row])
            case "group":
                found |= as_sent(f.value) | ({f.present_name: "on"} if f.present else {})
            case "choices":
                found |= {f"{f.name}/{value}": "on" for value in f.value}
            case "checkbox":
                found |= {f.name: "on"} if f.value else {}
            case _:
                found[f.name] = str(f.value)
    return found


def round_trip(offer: Offer, **more: Any) -> None:
    """What was drawn and sent back is what was stored."""
    spec = offer.spec_model.model_validate({**offer.example, **more})
    schema, stored = offer.json_schema, spec.model_dump(mode="json")

    again = sent.read(schema, as_sent(forms.fields_of(schema, stored)))
    assert offer.spec_model.model_validate(again) == spec


@pytest.mark.parametrize("choice", offers.choices(), ids=lambda choice: choice.query)
def test_the_form_of_each_offer_reads_back_as_it_was(choice: offers.Choice) -> None:
    assert choice.offer is not None
    round_trip(choice.offer)


def test_every_setting_of_a_store_reads_back_as_it_was() -> None:
    tiers = [{"days": 30, "storage_class": "GLACIER"}]
    lock = {"mode": "COMPLIANCE", "days": 90}
    round_trip(KINDS["cloudwatch"], tiers=tiers, object_lock=lock, silence_hours=24, replicate=False)
