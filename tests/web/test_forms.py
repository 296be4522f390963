"""A form is made from a schema and read back, and no error gets lost between the two."""

from __future__ import annotations

from typing import Any

from programs.cloudwatch.spec import CloudWatchSpec
from service.errors import FieldError
from service.web import forms

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
    assert forms.read(SCHEMA, SENT) == {"groups": ["a", "b"], "days": 7, "format": "envelope", "create": True}


def test_an_unticked_box_is_false_and_not_the_default() -> None:
    assert forms.read(SCHEMA, {})["create"] is False


def test_what_is_no_number_stays_text_and_is_shown_again() -> None:
    read = forms.read(SCHEMA, {"/spec/days": "soon"})

    assert read["days"] == "soon"
    assert field("days", read).value == "soon"


def test_a_number_that_no_database_holds_stays_text() -> None:
    assert forms.read(SCHEMA, {"/spec/days": "9" * 5000})["days"] == "9" * 5000


def test_empty_rows_are_dropped_and_all_empty_means_the_default() -> None:
    assert "tiers" not in forms.read(SCHEMA, {"/spec/tiers/0/days": "", "/spec/tiers/1/days": ""})
    assert forms.read(SCHEMA, {"/spec/tiers/0/days": "", "/spec/tiers/1/days": "30"})["tiers"] == [
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


def test_the_form_of_the_real_kind_reads_back_as_it_was() -> None:
    spec = CloudWatchSpec.model_validate(
        {"log_groups": ["/a", "/b"], "tiers": [{"days": 30, "storage_class": "GLACIER"}]}
    )
    schema, stored = CloudWatchSpec.model_json_schema(), spec.model_dump(mode="json")
    sent: dict[str, str] = {}
    for f in forms.fields_of(schema, stored):
        for part in [p for row in f.value for p in row] if f.widget == "rows" else [f]:
            if part.widget != "checkbox" or part.value:
                sent[part.name] = str(part.value)

    assert CloudWatchSpec.model_validate(forms.read(schema, sent)) == spec
