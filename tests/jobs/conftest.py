"""The world of the jobs, for every test of this folder."""

from __future__ import annotations

from tests.jobs.world import world

__all__ = ["world"]
