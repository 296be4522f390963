"""A configured plugin for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin import Plugin, aws_config, running_plugin
from tests.support.sandbox import LOG, PRODUCTION, Sandbox


@pytest.fixture(scope="session")
def config(sandbox: Sandbox) -> str:
    """An AWS config file with both profiles that programs name."""
    return aws_config(sandbox.url, **{"logflume-production": PRODUCTION, "logflume-log": LOG})


@pytest.fixture(scope="session")
def plugin(config: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    """The plugin of the log account, with default tags."""
    with running_plugin(tmp_path_factory.mktemp("plugin"), config) as running:
        running.configure(
            profile="logflume-log",
            region="eu-west-3",
            allowedAccountIds=f'["{LOG}"]',
            defaultTags='{"tags": {"managed-by": "logflume"}}',
            skipMetadataApiCheck="true",
        )
        yield running
