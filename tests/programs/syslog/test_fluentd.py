"""The configuration of Fluentd: one text for one configuration, read back by a reader that knows nothing of its writer."""

from __future__ import annotations

import pytest

from programs.syslog.fluentd import (
    Configuration,
    FileBuffer,
    HealthInput,
    S3Output,
    Section,
    SyslogInput,
    render,
)
from service.sandbox.collectors import script

CONFIGURATION = Configuration(
    (SyslogInput("udp"), SyslogInput("tcp"), HealthInput()),
    S3Output("logflume-edge", "eu-west-3", "logs/", FileBuffer("/var/lib/logflume/buffer", 60, 16000)),
)


def same(written: Section, seen: script.Section) -> bool:
    return (
        (written.name, written.argument, dict(written.params)) == (seen.name, seen.argument, seen.params)
        and len(written.sections) == len(seen.sections)
        and all(map(same, written.sections, seen.sections))
    )


def test_what_is_written_is_read_back() -> None:
    seen = script.parse(render(CONFIGURATION))
    assert len(seen) == 4
    assert all(map(same, CONFIGURATION.sections(), seen))


@pytest.mark.parametrize(
    "value", ["a b", "it's", "back\\slash", "#{Socket.gethostname}", '"quoted"', "#", ""]
)
def test_a_value_that_is_not_plain_is_read_back_as_it_was(value: str) -> None:
    output = S3Output("b", "r", "logs/", FileBuffer(value, 60, 1))
    text = render(Configuration((), output))
    [seen] = script.parse(text)
    assert seen.inner("buffer").params["path"] == value


def test_a_parameter_is_one_line() -> None:
    with pytest.raises(ValueError, match="one line"):
        render(Configuration((), S3Output("b\nc", "r", "logs/", FileBuffer("/b", 60, 1))))


def test_the_output_asks_for_nothing_but_to_put_objects_that_nobody_else_writes() -> None:
    [seen] = [one for one in script.parse(render(CONFIGURATION)) if one.name == "match"]
    for check in ("auto_create_bucket", "check_bucket", "check_object", "check_apikey_on_start"):
        assert seen.params[check] == "false"
    assert "%{uuid_flush}" in seen.params["s3_object_key_format"]
    assert "acl" not in seen.params
    assert seen.argument == "syslog.**"


def test_nothing_that_was_taken_in_is_thrown_away() -> None:
    [seen] = [one for one in script.parse(render(CONFIGURATION)) if one.name == "match"]
    buffer = seen.inner("buffer").params
    assert (buffer["@type"], buffer["overflow_action"], buffer["retry_forever"]) == ("file", "block", "true")
    assert buffer["flush_at_shutdown"] == "true"
