"""What receivers get."""

from __future__ import annotations

import json
from typing import get_args

from service.notifications.payloads import _SAYS, payload, slack
from service.subscriptions import Event
from tests.notifications.conftest import START, notice


def test_json_has_type_time_and_data() -> None:
    told = notice()
    assert json.loads(payload(told)) == {
        "id": told.id,
        "type": "source.stalled",
        "timestamp": START.isoformat(),
        "data": told.data,
    }


def test_a_line_for_slack_says_which_source_what_and_why() -> None:
    text = json.loads(slack(notice()))
    assert text == {"text": "*pay* (default, team payments) has stalled: No more."}


def test_nothing_in_a_line_mentions_anybody_or_makes_a_link() -> None:
    told = notice()
    told.data["condition"]["message"] = "<!channel> & <https://evil.example|click>"
    text = json.loads(slack(told))["text"]
    assert text.endswith("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;")
    assert "<" not in text


def test_an_operation_that_waits_is_told_with_who_asked() -> None:
    asked = {
        "id": "o1",
        "kind": "purge",
        "generation": 2,
        "requested_by": "ops",
        "message": "Waits until another operator approves it.",
    }
    told = notice(
        event="operation.awaiting_approval", data={"source": notice().data["source"], "operation": asked}
    )
    text = json.loads(slack(told))["text"]
    assert text.endswith(
        "waits for an approval: purge asked for by ops: Waits until another operator approves it."
    )


def test_there_are_words_for_every_event() -> None:
    assert set(_SAYS) == set(get_args(Event))
