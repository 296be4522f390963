"""KMS: rotation period, what is told of a policy and a deletion, keys that are the same after a replay.

No RSA key is behind a symmetric one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import moto.kms.models
import moto.kms.responses
from moto.kms.models import Key, KmsBackend
from moto.kms.responses import KmsResponse
from moto.kms.utils import MASTER_KEY_LEN
from moto.moto_api._internal import mock_random

from service.sandbox.fixes import replaces

DEFAULT_ROTATION_DAYS = 365
"""https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html"""
DEFAULT_PENDING_DAYS = 30


@replaces(moto.kms.models, "generate_master_key")
def _master_key(_original: Callable[..., bytes]) -> bytes:
    """Follows from the request's seed, so that what was encrypted before a restart opens after it."""
    return mock_random.randbytes(MASTER_KEY_LEN)


@replaces(moto.kms.models, "generate_private_key")
def _private_key(original: Callable[..., Any], key_spec: str) -> Any:
    """moto makes an RSA pair, in some 50 ms, for symmetric keys too, where nothing can use it."""
    return None if key_spec == "SYMMETRIC_DEFAULT" else original(key_spec)


@replaces(moto.kms.responses, "validate_policy")
def _validate_policy(_original: Callable[..., None], _key: Key, _action: str) -> None:
    """moto reads key policies without principals and conditions; the authoriser decides."""


@replaces(moto.kms.responses, "_assert_default_policy")
def _assert_default_policy(original: Callable[..., None], policy_name: str | None) -> None:
    """The name may be left out: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html"""
    original(policy_name or "default")


def _take_arns(name: str) -> None:
    """Let a method of moto's backend that looks only for bare key ids take the ARN of a key."""

    @replaces(KmsBackend, name)
    def _by_any_name(
        original: Callable[..., Any], self: KmsBackend, key_id: str, *args: Any, **kw: Any
    ) -> Any:
        return original(self, self.get_key_id(key_id), *args, **kw)


for _name in ("cancel_key_deletion", "disable_key", "enable_key", "schedule_key_deletion"):
    _take_arns(_name)


@replaces(KmsResponse, "enable_key_rotation")
def _enable_key_rotation(original: Callable[..., str], self: KmsResponse) -> str:
    answer = original(self)
    key = _key(self)
    key.rotation_period = self._get_param("RotationPeriodInDays") or DEFAULT_ROTATION_DAYS
    return answer


@replaces(KmsResponse, "get_key_rotation_status")
def _get_key_rotation_status(original: Callable[..., str], self: KmsResponse) -> str:
    status: dict[str, Any] = json.loads(original(self))
    key = _key(self)
    status["KeyId"] = key.arn
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = key.rotation_period
    return json.dumps(status)


@replaces(KmsResponse, "get_key_policy")
def _get_key_policy(original: Callable[..., str], self: KmsResponse) -> str:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html (ResponseElements)"""
    answer: dict[str, Any] = json.loads(original(self))
    return json.dumps(answer | {"PolicyName": self._get_param("PolicyName") or "default"})


@replaces(KmsResponse, "schedule_key_deletion")
def _schedule_key_deletion(original: Callable[..., str], self: KmsResponse) -> str:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html (ResponseElements)"""
    answer: dict[str, Any] = json.loads(original(self))
    days = self._get_param("PendingWindowInDays") or DEFAULT_PENDING_DAYS
    more = {"KeyId": _key(self).arn, "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    return json.dumps(answer | more)


def _key(response: KmsResponse) -> Any:
    return response.kms_backend.describe_key(response._get_param("KeyId"))
