"""A log group takes and gives up its key."""

from __future__ import annotations

from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, REGION, Sandbox


def test_a_log_group_takes_a_key_and_gives_it_up(sandbox: Sandbox) -> None:
    logs = sandbox.client("logs", PRODUCTION)
    key = sandbox.client("kms", PRODUCTION).create_key()["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName="/sealed")
    logs.associate_kms_key(logGroupName="/sealed", kmsKeyId=key)
    [group] = logs.describe_log_groups(logGroupNamePrefix="/sealed")["logGroups"]
    assert group["kmsKeyId"] == key
    arn = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/sealed:*"
    logs.disassociate_kms_key(resourceIdentifier=arn)
    [group] = logs.describe_log_groups(logGroupNamePrefix="/sealed")["logGroups"]
    assert "kmsKeyId" not in group
    missing = refusal(logs.associate_kms_key, logGroupName="/missing", kmsKeyId=key)
    assert missing[0] == "ResourceNotFoundException"
