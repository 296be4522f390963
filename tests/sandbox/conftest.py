"""One sandbox for the tests of this folder, and a way to start more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.aws import trust
from tests.support.sandbox import PRODUCTION, REGION, Sandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox shared by the session: tests use names of their own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def writer(sandbox: Sandbox) -> str:
    """ARN of a role Firehose and CloudWatch Logs may assume."""
    role = sandbox.client("iam", PRODUCTION).create_role(
        RoleName="shared-writer",
        Path="/logflume/",
        AssumeRolePolicyDocument=trust(Service=["firehose.amazonaws.com", f"logs.{REGION}.amazonaws.com"]),
    )
    return str(role["Role"]["Arn"])
