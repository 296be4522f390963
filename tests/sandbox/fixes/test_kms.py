"""Keys keep their rotation period."""

from __future__ import annotations

from tests.support.sandbox import LOG, Sandbox


def test_the_rotation_period_of_a_key_is_kept(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
