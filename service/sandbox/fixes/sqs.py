"""SQS: setting one attribute keeps the queue's policy, every attribute is read back, and the server never sleeps inside moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sqs.models import Message, Queue, SQSBackend

from service.sandbox.fixes import replaces


@replaces(Queue, "_set_attributes")
def _set_attributes(
    original: Callable[..., None], self: Queue, attributes: dict[str, Any], now: float | None = None
) -> None:
    kept = getattr(self, "_policy_json", {})
    original(self, attributes, now)
    if "Policy" not in attributes:
        self._policy_json = kept


_told: Any = Queue.__dict__["attributes"]


def _attributes(self: Queue) -> dict[str, Any]:
    """moto keeps which queues may use this one as their dead-letter queue, and never says so."""
    told: dict[str, Any] = _told.__get__(self)
    allowed = getattr(self, "redrive_allow_policy", None)
    return {**told, "RedriveAllowPolicy": allowed} if allowed else told


Queue.attributes = property(_attributes)  # type: ignore[method-assign,assignment]  # A property takes the place of one.


@replaces(SQSBackend, "receive_message")
def _receive_message(
    original: Callable[..., list[Message]],
    self: SQSBackend,
    queue_name: str,
    count: int,
    _wait: int,
    *args: Any,
) -> list[Message]:
    """Answer at once: the emulator waits for messages outside the lock that moto runs under."""
    return original(self, queue_name, count, 0, *args)
