"""The shared journeys in two real AWS accounts, with the real plugin: opt-in, `make acceptance-aws`.

What it needs is in docs/operations.md ("Proving it on AWS"); where something is missing, nothing begins and all of it is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.acceptance.accounts import Accounts
from tests.journeys.shared import JOURNEYS

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    """Looked at before anything is made, tidied up afterwards."""
    found = Accounts.from_environment()
    found.look()
    try:
        yield found
    finally:
        found.tidy()


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_ends_well_in_real_accounts(accounts: Accounts, name: str) -> None:
    JOURNEYS[name](accounts, f"acceptance-{name}-{uuid.uuid4().hex[:6]}")
