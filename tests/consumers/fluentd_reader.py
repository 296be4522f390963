"""A strict reader of Fluentd configuration, for one `<source>` of the `s3` input.

It stands in for Fluentd, which is a Ruby gem that the machines this is built on cannot have. The grammar is that of "Config file
syntax" (Fluentd documentation, v1); parameters and types are the `config_param`s of fluent-plugin-s3's in_s3.rb. It is stricter
than Fluentd: what Fluentd only warns of (a parameter that nobody uses) or passes over (a parameter written twice) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_OPEN: Final = re.compile(r"<(\w+)>")
_CLOSE: Final = re.compile(r"</(\w+)>")
_PARAMETER: Final = re.compile(r"(@?\w+)\s+(\S.*)")
_RUBY: Final = re.compile(r"#\{(.*?)\}")
_FETCH: Final = re.compile(r"ENV\.fetch\('(\w+)'\)")
_UNITS: Final = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass
class Section:
    """One directive: its parameters, and the sections in it."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)


def read(text: str, environment: Mapping[str, str]) -> Section:
    """The one section of a text.

    Raises:
        ValueError: the grammar is broken, something is unknown or there twice, a value is not of its type,
            or a required one is missing.
        KeyError: Ruby asks for an environment variable that is not set.
    """
    root = Section("")
    open_: list[Section] = [root]
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line and not line.startswith("#"):
            _line(open_, line, number, environment)
    if len(open_) > 1:
        raise ValueError(f"<{open_[-1].name}> is not closed")
    [source] = root.sections.values()
    return source


def _line(open_: list[Section], line: str, number: int, environment: Mapping[str, str]) -> None:
    here = open_[-1]
    if begins := _OPEN.fullmatch(line):
        if begins[1] not in _INSIDE[here.name] or begins[1] in here.sections:
            raise ValueError(f"line {number}: <{begins[1]}> is unknown in <{here.name}>, or a second one")
        here.sections[begins[1]] = Section(begins[1])
        open_.append(here.sections[begins[1]])
    elif ends := _CLOSE.fullmatch(line):
        if ends[1] != here.name:
            raise ValueError(f"line {number}: </{ends[1]}> closes <{here.name}>")
        missing = _REQUIRED.get(here.name, set()) - here.parameters.keys()
        if missing:
            raise ValueError(f"line {number}: <{here.name}> lacks {sorted(missing)}")
        open_.pop()
    elif parameter := _PARAMETER.fullmatch(line):
        key, value = parameter.groups()
        if key not in _TYPES.get(here.name, {}) or key in here.parameters:
            raise ValueError(f"line {number}: {key} is unknown in <{here.name}>, or a second one")
        here.parameters[key] = _TYPES[here.name][key](_value(value, environment))
    else:
        raise ValueError(f"line {number}: neither a section nor a parameter: {line}")


def _value(text: str, environment: Mapping[str, str]) -> str:
    """Ruby runs in double quotes alone; the only Ruby read here fetches an environment variable."""
    if text.startswith('"'):
        if not text.endswith('"') or '"' in text[1:-1]:
            raise ValueError(f"not one string: {text}")
        return _RUBY.sub(lambda found: _fetched(found[1], environment), text[1:-1])
    if "#{" in text:
        raise ValueError(f"Ruby outside of double quotes stays as it is: {text}")
    return text


def _fetched(ruby: str, environment: Mapping[str, str]) -> str:
    asked = _FETCH.fullmatch(ruby)
    if asked is None:
        raise ValueError(f"Ruby that is not read here: {ruby}")
    return environment[asked[1]]


def _size(text: str) -> int:
    found = re.fullmatch(r"([0-9]+)([kmgt]?)", text)
    if found is None:
        raise ValueError(f"no size: {text}")
    return int(found[1]) * _UNITS[found[2]]


def _bool(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _one_of(*values: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if text not in values:
            raise ValueError(f"{text} is none of {values}")
        return text

    return checked


_STORES: Final = ("gzip", "json", "text", "lzo", "lzma2", "gzip_command")
_TYPES: Final[Mapping[str, Mapping[str, Callable[[str], Any]]]] = {
    "source": {
        "@type": _one_of("s3"),
        "@id": str,
        "@label": str,
        "tag": str,
        "s3_bucket": str,
        "s3_region": str,
        "store_as": _one_of(*_STORES),
        "match_regexp": re.compile,
        "decompression_size_limit": _size,
        "add_object_metadata": _bool,
        "check_apikey_on_start": _bool,
        "proxy_uri": str,
    },
    "assume_role_credentials": {
        "role_arn": str,
        "role_session_name": str,
        "policy": str,
        "duration_seconds": int,
        "external_id": str,
    },
    "sqs": {
        "queue_name": str,
        "queue_owner_aws_account_id": str,
        "skip_delete": _bool,
        "wait_time_seconds": int,
        "retry_error_interval": int,
        "event_bridge_mode": _bool,
    },
    "parse": {"@type": _one_of("none", "json", "syslog", "regexp", "ltsv", "csv", "tsv", "msgpack")},
}
_INSIDE: Final[Mapping[str, set[str]]] = {
    "": {"source"},
    "source": {"assume_role_credentials", "sqs", "parse"},
    "assume_role_credentials": set(),
    "sqs": set(),
    "parse": set(),
}
_REQUIRED: Final[Mapping[str, set[str]]] = {
    "source": {"@type", "s3_bucket"},
    "assume_role_credentials": {"role_arn", "role_session_name"},
    "sqs": {"queue_name"},
    "parse": {"@type"},
}
