"""Reads the user data of an instance: the configuration it writes for Fluentd, and the constants it sets. Pure.

Syntax of the configuration: "Configuration File Syntax", Fluentd documentation. A reader of its own, not the writer of the
programs: what the programs write must stand on its own.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

_HEREDOC = re.compile(
    r"^cat >/etc/fluent/fluentd\.conf <<'(?P<end>\w+)'\n(?P<text>.*?)^(?P=end)$", re.M | re.S
)
_CONSTANT = re.compile(r"^readonly (?P<name>\w+)=(?P<value>.*)$", re.M)
_OPENS = re.compile(r"<(?P<name>[a-z_]+)(?:\s+(?P<argument>[^>]*?))?\s*>")
_ESCAPE = re.compile(r"\\([\\'])")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Unreadable(ValueError):
    """The user data or its configuration says something that is not understood."""


@dataclass
class Section:
    """`<name argument>` with its parameters and sections."""

    name: str
    argument: str = ""
    params: dict[str, str] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)

    def inner(self, name: str) -> Section:
        """The section of that name; an empty one where there is none."""
        return next((one for one in self.sections if one.name == name), Section(name))

    def seconds(self, name: str, otherwise: int) -> int:
        """A parameter of type `time`.

        Raises:
            Unreadable: it is none.
        """
        match = re.fullmatch(r"(\d+)([smhd]?)", self.params.get(name, str(otherwise)))
        if match is None:
            raise Unreadable(f"{name} is no time: {self.params[name]}")
        return int(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Script:
    """What a start-up script is read for."""

    config: tuple[Section, ...]
    constants: dict[str, str]

    def sources(self, kind: str) -> list[Section]:
        """The `<source>` sections with this `@type`."""
        return [one for one in self.config if one.name == "source" and one.params.get("@type") == kind]

    @property
    def output(self) -> Section:
        """The one `<match>` that writes to S3.

        Raises:
            Unreadable: there is none, or another than one.
        """
        found = [one for one in self.config if one.name == "match"]
        if len(found) != 1 or found[0].params.get("@type") != "s3":
            raise Unreadable("there must be one <match>, of @type s3")
        return found[0]


def read(user_data: str) -> Script | None:
    """The script; None where it configures no Fluentd.

    Raises:
        Unreadable: the configuration is none that Fluentd would take.
    """
    found = _HEREDOC.search(user_data)
    if found is None:
        return None
    constants = {match["name"]: shlex.split(match["value"])[0] for match in _CONSTANT.finditer(user_data)}
    return Script(tuple(parse(found["text"])), constants)


def parse(text: str) -> list[Section]:
    """The sections of a configuration file.

    Raises:
        Unreadable: with the line that is not understood.
    """
    root = Section("")
    open_sections = [root]
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if words == f"</{open_sections[-1].name}>":
            open_sections.pop()
        elif opened := _OPENS.fullmatch(words):
            section = Section(opened["name"], opened["argument"] or "")
            open_sections[-1].sections.append(section)
            open_sections.append(section)
        else:
            name, value = _parameter(words, number, open_sections[-1])
            open_sections[-1].params[name] = value
    if len(open_sections) != 1:
        raise Unreadable(f"<{open_sections[-1].name}> is not closed")
    return root.sections


def _parameter(words: str, number: int, section: Section) -> tuple[str, str]:
    name, _, value = words.partition(" ")
    value = value.strip()
    if not section.name or not re.fullmatch(r"@?[a-z0-9_]+", name) or name in section.params:
        raise Unreadable(f"line {number}: {words}")
    if value.startswith("'"):
        if len(value) < 2 or not value.endswith("'"):
            raise Unreadable(f"line {number}: a quote is not closed")
        return name, _ESCAPE.sub(r"\1", value[1:-1])
    if value.startswith('"') or " #" in value:
        raise Unreadable(
            f"line {number}: the stand-in reads neither embedded Ruby nor comments behind a value"
        )
    return name, value
