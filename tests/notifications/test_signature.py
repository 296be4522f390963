"""Signatures are those of Standard Webhooks, by somebody else's arithmetic."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from service.notifications.signature import headers
from service.notifications.undelivered import Undelivered

KEY = b"0123456789abcdefghijklmn"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def test_the_signature_is_the_one_that_a_receiver_computes() -> None:
    sent = headers("id-1", 1674087231, b'{"a":1}', SECRET)
    mark = hmac.new(KEY, b'id-1.1674087231.{"a":1}', hashlib.sha256).digest()
    assert sent == {
        "webhook-id": "id-1",
        "webhook-timestamp": "1674087231",
        "webhook-signature": "v1," + base64.b64encode(mark).decode(),
    }


def test_the_specifications_own_example_is_signed_as_its_libraries_do() -> None:
    # The vector of the reference libraries' tests: test_webhooks.py of standard-webhooks.
    sent = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_replaced_both_sign() -> None:
    other = "whsec_" + base64.b64encode(KEY[::-1]).decode()
    both = headers("id", 1, b"{}", f"{SECRET} {other}")["webhook-signature"].split(" ")
    assert both == [headers("id", 1, b"{}", one)["webhook-signature"] for one in (SECRET, other)]
    assert both[0] != both[1]


@pytest.mark.parametrize(
    "secret",
    ["plain", "whsec_!!!!", "whsec_" + base64.b64encode(b"short").decode(), SECRET.removeprefix("whsec_")],
)
def test_a_secret_that_is_none_signs_nothing_and_is_not_repeated(secret: str) -> None:
    with pytest.raises(Undelivered) as refused:
        headers("id", 1, b"{}", secret)
    assert secret not in str(refused.value)
