"""The accounts that the preflight's tests look at."""

from tests.preflight.conftest import scene

__all__ = ["scene"]
