"""The accounts of the preflight's tests, for every test of this folder."""

from __future__ import annotations

from tests.preflight.conftest import scene

__all__ = ["scene"]
