"""One sandbox for the tests of this folder, and a way to start more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox shared by the session: tests use names of their own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
