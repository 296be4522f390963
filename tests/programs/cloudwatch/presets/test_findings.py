"""What is said about a preset's wish before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from programs.findings import check
from tests.programs.cloudwatch.presets.specs import ALL, EKS, RDS, ROUTE53, preset_wish
from tests.programs.wishes import LOG, account


def codes(spec: dict[str, Any], **changes: Any) -> set[tuple[str, str, str]]:
    """Severity, code and field of each finding."""
    return {(one.severity, one.code, one.field) for one in check(preset_wish(spec, **changes))}


MYSQL = {**RDS, "engine": "mysql", "exports": ["error", "slowquery"]}
QUIET = {**EKS, "enable_at_source": False}


@pytest.mark.parametrize(
    ("spec", "finding"),
    [
        (ROUTE53, ("SUGGESTION", "crosses_regions", "/spec/zone")),
        (MYSQL, ("SUGGESTION", "database_writes_it", "/spec/exports/1")),
        (QUIET, ("WARNING", "types_not_switched", "/spec/types")),
        ({**RDS, "buffer_seconds": 1}, ("WARNING", "small_objects", "/spec/buffer_seconds")),
    ],
)
def test_a_doubtful_wish_says_where(spec: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in codes(spec)


@pytest.mark.parametrize("preset", ALL)
def test_a_plain_wish_is_not_refused(preset: str) -> None:
    assert not [code for severity, code, _ in codes(ALL[preset]) if severity == "ERROR"]


def test_what_does_not_apply_is_not_said() -> None:
    here = {"log": account("log", LOG, "us-east-1"), "replica_region": None}
    assert "crosses_regions" not in {code for _, code, _ in codes(ROUTE53, **here)}
    assert "database_writes_it" not in {code for _, code, _ in codes(RDS)}
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert "types_not_switched" not in {code for _, code, _ in codes({**QUIET, "types": everything})}
