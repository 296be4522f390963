"""Times and states in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.web import words

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2, "just now"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (7300, "2 hours ago"),
        (90000, "1 day ago"),
        (-120, "in 2 minutes"),
    ],
)
def test_a_time_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    assert words.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_a_time_kept_as_text_reads_the_same() -> None:
    assert words.ago((NOW - timedelta(hours=3)).isoformat(), NOW) == "3 hours ago"
    assert words.exact(NOW.isoformat()) == "2026-11-24 12:00:00 UTC"
    assert words.ago(None) == "never"


def test_every_state_has_a_sign_and_a_word_of_its_own() -> None:
    for badges in (words.PHASES, words.STATES):
        assert all(badge.sign and badge.word for badge in badges.values())
        assert len({badge.word for badge in badges.values()}) == len(badges)


def test_a_condition_that_only_denies_another_is_not_shown() -> None:
    assert words.condition({"type": "Stalled", "status": "False"}) is None
    ready = words.condition({"type": "Ready", "status": "True"})
    assert ready is not None
    assert ready.sentence == "Everything you asked for is in place"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"create": 2, "same": 5}, "2 created"),
        ({"update": 1, "delete": 1}, "1 changed, 1 removed"),
        ({"same": 3}, "nothing had to change"),
        (None, ""),
    ],
)
def test_changes_are_told_in_words(counts: dict[str, int] | None, text: str) -> None:
    assert words.changes(counts) == text


@pytest.mark.parametrize(
    ("kind", "counts", "text"),
    [
        ("check", {"delete": 1}, "1 found gone"),
        ("check", {"same": 3}, "nothing was changed by hand"),
        ("preview", {"create": 2}, "2 to create"),
    ],
)
def test_what_only_looks_claims_no_change(kind: str, counts: dict[str, int], text: str) -> None:
    assert words.changes(counts, "succeeded", kind) == text
    assert words.changes({}, "failed", kind) == ""


def test_where_to_send_and_to_look_comes_first_and_consumers_have_a_place_of_their_own() -> None:
    found = words.outputs(
        {"stream": "s", "consumers": {"siem": {}}, "bucket": "b", "endpoint": "nlb", "replica_bucket": ""}
    )

    assert found == {"first": [("endpoint", "nlb"), ("bucket", "b")], "more": [("stream", "s")]}
    assert words.outputs({"consumers": {}}) == {}
