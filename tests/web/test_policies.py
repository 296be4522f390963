"""The drift policy on the pages: shown, changed, and refused where it makes no sense."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Engine

from service import db
from service.models import Source
from service.web import policies
from tests.web.conftest import Visitor
from tests.web.rows import field_errors, sources

WINDOW = {"start": "22:00", "end": "05:00", "zone": "Europe/Paris"}
POLICY: dict[str, Any] = {
    "mode": "repair",
    "every": "PT1H",
    "window": WINDOW,
    "ignore": [
        {"type": "*", "path": "tags.Owner"},
        {"type": "aws:s3/*", "path": "rules[*].status", "value": "Disabled"},
        {"type": "*", "path": "days", "value": None},
    ],
}


def test_the_fields_say_what_is_stored_and_give_it_back() -> None:
    fields = policies.shown(POLICY)
    assert fields["ignore"] == 'tags.Owner\naws:s3/* rules[*].status = "Disabled"\ndays = null'
    form = {f"/drift_policy/{name}": fields[name] for name in ("mode", "every", "ignore")}
    form |= {f"/drift_policy/window/{part}": WINDOW[part] for part in WINDOW}
    asked = policies.read(form, {})
    given = {
        **POLICY,
        "ignore": [{"path": "tags.Owner"}, *POLICY["ignore"][1:2], {"path": "days", "value": None}],
    }
    assert asked == given
    assert policies.read({}, POLICY) == POLICY, "what a form does not say stays"
    nothing = dict.fromkeys((f"/drift_policy/window/{part}" for part in WINDOW), "")
    assert policies.read(nothing, POLICY)["window"] is None


def change(requester: Visitor, asked: Source, **fields: str) -> Any:
    """Send the form of the source as it stands, with these fields of the policy."""
    page = requester.get(f"/sources/{asked.id}/edit").text
    version = re.search(r'name="version" value="([^"]*)"', page)
    assert version
    form = {
        "version": version[1].replace("&#34;", '"'),
        "/spec/log_groups": "\n".join(asked.spec["log_groups"]),
    }
    return requester.post(f"/sources/{asked.id}/edit", **(form | fields))


def test_the_policy_is_changed_in_the_form_and_told_on_the_page(
    engine: Engine, requester: Visitor, asked: Source
) -> None:
    answer = change(
        requester,
        asked,
        **{
            "/drift_policy/mode": "repair",
            "/drift_policy/every": "PT1H",
            "/drift_policy/window/start": "22:00",
            "/drift_policy/window/end": "05:00",
            "/drift_policy/window/zone": "Europe/Paris",
            "/drift_policy/ignore": "tags.Owner\naws:s3/* days = 7\n\n",
        },
    )
    assert answer.status_code == 200, answer.text
    (stored,) = sources(engine)
    assert (stored.drift_policy["mode"], stored.drift_policy["window"]) == ("repair", WINDOW)
    assert stored.drift_policy["ignore"][1] == {"type": "aws:s3/*", "path": "days", "value": 7}
    told = requester.get(f"/sources/{asked.id}").text
    assert "are put back; looked for every hour; from 22:00 to 05:00, Europe/Paris; 2 rules for what" in told


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"/drift_policy/every": "PT1M"}, "drift-every"),
        (
            {
                "/drift_policy/window/start": "22:00",
                "/drift_policy/window/end": "05:00",
                "/drift_policy/window/zone": "Mars",
            },
            "drift-window",
        ),
        ({"/drift_policy/ignore": "tags\na[b]"}, "drift-ignore"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field_and_what_was_typed_stays(
    requester: Visitor, asked: Source, fields: dict[str, str], where: str
) -> None:
    answer = change(requester, asked, **fields)
    assert answer.status_code == 422
    assert field_errors(answer.text, where)
    for typed in fields.values():
        assert typed in answer.text


def test_a_source_that_was_changed_by_hand_is_not_called_ready_in_the_list(
    engine: Engine, requester: Visitor, asked: Source
) -> None:
    with db.session(engine) as session:
        row = session.get_one(Source, asked.id)
        row.phase, row.conditions = (
            "ready",
            [{"type": "Drifted", "status": "True", "message": "changed outside"}],
        )
        session.add(row)
    listed = requester.get("/sources/rows").text
    assert "Changed by hand" in listed
    assert "</span>Ready</span>" not in listed
