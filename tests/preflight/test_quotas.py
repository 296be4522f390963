"""Check 16: the accounts have room for what a source is made of."""

from __future__ import annotations

from typing import Any

import pytest

from service.preflight import quotas
from service.preflight.view import View
from tests.preflight.scene import Scene


def _quota(view: View, monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    client = view.log("service-quotas", quotas.GLOBAL)
    monkeypatch.setattr(client, "get_service_quota", lambda **_: {"Quota": {"Value": value}})


def test_buckets_have_room_in_a_new_account(scene: Scene) -> None:
    assert list(quotas.buckets(scene.view())) == []


@pytest.mark.parametrize(
    ("free", "severity", "code"), [(1, "ERROR", "quota_used_up"), (2, "WARNING", "quota_nearly_used")]
)
def test_a_store_and_its_copy_take_two_buckets(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, free: int, severity: str, code: str
) -> None:
    view = scene.view()
    used = len(view.log("s3").list_buckets()["Buckets"])
    _quota(view, monkeypatch, used + free)
    [found] = quotas.buckets(view)
    assert (found.severity, found.code, found.field) == (severity, code, "/environment")
    assert f"has {used} of {used + free} buckets; this source takes 2 more" in found.message


def test_a_source_that_has_its_buckets_takes_no_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    view = scene.view()
    there = [{"Name": view.names.bucket}, {"Name": view.names.replica}]
    monkeypatch.setattr(view.log("s3"), "list_buckets", lambda: {"Buckets": there})
    _quota(view, monkeypatch, 2)
    assert list(quotas.buckets(view)) == []


@pytest.mark.parametrize("side", ["production", "log"])
def test_roles_run_out_like_anything_else(scene: Scene, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    view = scene.view()
    assert list(quotas.roles(view)) == []
    iam: Any = getattr(view, side)("iam")
    full = {"SummaryMap": {"Roles": 1000, "RolesQuota": 1000}}
    monkeypatch.setattr(iam, "get_account_summary", lambda: full)
    [found] = quotas.roles(view)
    assert (found.severity, found.code) == ("ERROR", "quota_used_up")
    assert f"The {side} account" in found.message
