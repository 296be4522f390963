"""What the programs write for Fluentd is read back as it was meant, by a reader that knows nothing of the programs."""

from __future__ import annotations

import pytest

from service.sandbox.collectors.script import Section, Unreadable, parse, read
from tests.sandbox.collectors.places import script


def test_user_data_says_what_fluentd_does_and_which_hook_waits_for_it() -> None:
    seen = read(script("flume", 60))
    assert seen is not None
    assert [one.inner("transport").argument for one in seen.sources("syslog")] == ["udp", "tcp"]
    assert seen.output.params["s3_bucket"] == "flume"
    assert seen.output.inner("buffer").seconds("timekey", 0) == 60
    assert (seen.constants["GROUP"], seen.constants["HOOK"]) == ("flume", "flush")


def test_user_data_without_fluentd_is_none_of_ours() -> None:
    assert read("#!/bin/sh\necho hello\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "<source>\n  @type syslog\n",
        "</source>\n",
        "port 5140\n",
        "<source>\n  port 5140\n  port 5141\n</source>\n",
        "<source>\n  tag 'open\n</source>\n",
        '<source>\n  tag "#{Socket.gethostname}"\n</source>\n',
        "<source>\n  port 5140 # a comment\n</source>\n",
    ],
)
def test_what_fluentd_would_not_take_or_the_stand_in_does_not_play_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("2m", 120), ("1h", 3600), ("1d", 86400)]
)
def test_times_have_units(text: str, seconds: int) -> None:
    assert Section("buffer", params={"timekey": text}).seconds("timekey", 1) == seconds


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable):
        Section("buffer", params={"timekey": "soon"}).seconds("timekey", 1)
