"""Signatures as Standard Webhooks 1.0 has them ("Verifying webhook authenticity", symmetric scheme).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from .undelivered import Undelivered

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret."""


def headers(notice_id: str, at: int, body: bytes, secrets: str) -> dict[str, str]:
    """The three headers of a try at `at` (Unix seconds), signed with each of the secrets that stand in `secrets`.

    Raises:
        Undelivered: one of them is no secret as it should be.
    """
    signed = f"{notice_id}.{at}.".encode() + body
    marks = [hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets.split()]
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mark).decode()}" for mark in marks),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise Undelivered(f"the signing secret is not {PREFIX} and base64 of {SHORTEST} to {LONGEST} bytes")
    return key
