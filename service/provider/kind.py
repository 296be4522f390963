"""What a resource type of the plugin is. Methods raise PluginError; botocore's errors are told as such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from service.plugin.server import Seen
from service.plugin.values import Values
from service.provider.aws import Aws

Failure = tuple[str, str]
"""Property and reason."""


class OwnResource(Protocol):
    """What the server asks of a resource type."""

    def check(self, inputs: Values) -> Iterator[Failure]:
        """What is wrong with the inputs."""

    def diff(self, old: Values, new: Values) -> dict[str, bool]:
        """The properties that differ, and whether that makes a new resource."""

    def id(self, inputs: Values) -> str:
        """The id of what these inputs make."""

    def planned(self, known: Values, inputs: Values) -> Values:
        """Outputs of a creation or an update that has not happened. `known` is empty for a creation."""

    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, after whatever has to be done."""

    def update(self, aws: Aws, known: Values, new: Values) -> Values:
        """The same for a change; `known` holds the last outputs."""

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:
        """The resource as it is, or None where there is none any more or nothing is known of it."""

    def delete(self, aws: Aws, known: Values) -> None:
        """Leave things as they were found; what is gone is left alone."""
