"""Messages of both formats become records; what is neither is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.sandbox.collectors.syslog import event_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_an_old_message_takes_year_and_zone_from_the_instance() -> None:
    event = event_of(b"<6>Feb  8 12:00:00 192.168.0.1 fluentd[11111]: [error] Hello!", "syslog", NOW)
    assert event.tag == "syslog.kern.info"
    assert event.time == datetime(2026, 2, 8, 12, tzinfo=UTC).timestamp()
    assert event.record["pid"] == "11111"
    assert event.record["message"] == "[error] Hello!"


def test_a_new_message_says_its_own_time_and_data() -> None:
    event = event_of(
        b'<16>1 2026-02-28T12:00:00.003Z host app - ID47 [ex@32473 a="b\\]c"][y z="1"] Hello!', "syslog", NOW
    )
    assert event.tag == "syslog.mail.emerg"
    assert event.time == datetime(2026, 2, 28, 12, 0, 0, 3000, tzinfo=UTC).timestamp()
    assert event.record == {
        "host": "host",
        "ident": "app",
        "pid": "-",
        "msgid": "ID47",
        "extradata": '[ex@32473 a="b\\]c"][y z="1"]',
        "message": "Hello!",
        "facility": "mail",
        "severity": "emerg",
    }


@pytest.mark.parametrize(
    "line",
    [
        b"no priority",
        b"<999>Feb 28 12:00:00 host app: too high",
        b"<6>Feb 31 12:00:00 host app: no such day",
        b"<6>1 2026-02-28T12:00:00 host app - - - no zone",
        b"\xff\xfe",
    ],
)
def test_what_is_no_syslog_is_kept_as_it_came(line: bytes) -> None:
    event = event_of(line, "syslog", NOW)
    assert (event.tag, event.time) == ("syslog.unmatched", NOW.timestamp())
    assert event.record == {"unmatched_line": line.decode("utf-8", "replace")}
