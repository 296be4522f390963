"""Keys keep their rotation period, and tell of their policy and their deletion as AWS does."""

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


def test_the_policy_of_a_key_is_told_with_its_name(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_policy(KeyId=key)["PolicyName"] == "default"


def test_a_deletion_is_told_with_the_arn_of_the_key_and_its_state(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    key = kms.create_key()["KeyMetadata"]
    told = kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert (told["KeyId"], told["KeyState"], told["PendingWindowInDays"]) == (
        key["Arn"],
        "PendingDeletion",
        30,
    )
