"""One sandbox with deploy roles for the tests of this folder: each uses a source of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.preflight.scene import GROUP, Scene, ready
from tests.support.sandbox import PRODUCTION, running_sandbox


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two accounts that are ready, with one log group."""
    folder = tmp_path_factory.mktemp("preflight")
    with running_sandbox(folder / "sandbox") as sandbox:
        made = ready(sandbox, folder)
        made.root("logs", PRODUCTION).create_log_group(logGroupName=GROUP)
        yield made
