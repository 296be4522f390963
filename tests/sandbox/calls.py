"""Calls as the emulator hands them to the authoriser, without a server."""

from __future__ import annotations

from typing import Any

from service.sandbox.actions import asked_of
from service.sandbox.call import Call, Principal
from tests.support.sandbox import PRODUCTION, REGION

ROOT = Principal("root", PRODUCTION, f"arn:aws:iam::{PRODUCTION}:root")


def call(service: str, operation: str, **params: Any) -> Call:
    """A call of production's root."""
    return Call(service, operation, PRODUCTION, REGION, ROOT, params, secure=True, headers={})


def asked(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    """Every action and its resource that such a call needs."""
    return [(each.action, each.resource) for each in asked_of(call(service, operation, **params))]
