"""Idempotency-Key: the same key and the same request get the same answer, for 24 hours, per caller."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from .auth import Caller
from .errors import IdempotencyKeyInUse, IdempotencyKeyReused
from .models import IdempotencyKey, now

KEPT = timedelta(hours=24)
LONGEST = 200


def once(
    request: Request,
    session: Session,
    caller: Caller,
    key: str | None,
    body: Any,
    answer: Callable[[], Response],
) -> Response:
    """Answer, or repeat the answer that this key got before. Key and answer are stored with what the answer reports,
    so a request that was refused leaves its key free.

    Raises:
        IdempotencyKeyReused: the key came with another request.
        IdempotencyKeyInUse: the first request with this key has not been answered yet.
    """
    if key is None:
        return answer()
    fingerprint = _fingerprint(request, body)
    _claim(session, caller, key)
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - KEPT))
    known = session.exec(
        select(IdempotencyKey).where(IdempotencyKey.principal == caller.name, IdempotencyKey.key == key)
    ).first()
    if known is not None:
        if known.fingerprint != fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key came with another request; take a new one.")
        return JSONResponse(known.body, known.status or 200, headers=known.headers)
    response = answer()
    headers = {name: response.headers[name] for name in ("location", "etag") if name in response.headers}
    stored = json.loads(bytes(response.body))
    session.add(
        IdempotencyKey(
            principal=caller.name,
            key=key,
            fingerprint=fingerprint,
            status=response.status_code,
            headers=headers,
            body=stored,
        )
    )
    session.flush()
    return response


def _claim(session: Session, caller: Caller, key: str) -> None:
    """Take the key until the transaction ends; a second request that comes meanwhile is told so, not kept waiting."""
    number = int.from_bytes(hashlib.sha256(f"{caller.name}\n{key}".encode()).digest()[:8], "big", signed=True)
    taken = (
        session.connection()
        .execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number})
        .scalar()
    )
    if not taken:
        raise IdempotencyKeyInUse(
            "The first request with this Idempotency-Key is still running.", retry_after=1
        )


def _fingerprint(request: Request, body: Any) -> str:
    canonical = json.dumps([request.method, request.url.path, body], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
