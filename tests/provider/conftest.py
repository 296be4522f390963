"""A sandbox, and our own plugin configured for its production account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service import provider
from tests.support.plugin import Plugin, aws_config, running_plugin
from tests.support.sandbox import PRODUCTION, REGION, Sandbox, running_sandbox

PROFILE = "logflume-production"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox shared by the session: tests use names of their own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def plugin(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    """The plugin, as the programs configure it."""
    config = aws_config(sandbox.url, **{PROFILE: PRODUCTION})
    with running_plugin(tmp_path_factory.mktemp("plugin"), config, provider) as running:
        running.configure(profile=PROFILE, region=REGION, allowedAccountIds=f'["{PRODUCTION}"]')
        yield running
