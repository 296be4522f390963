"""Errors in the format of each service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import refusal
from tests.support.sandbox import LOG, Sandbox


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        (
            "logs",
            "put_account_policy",
            {"policyName": "p", "policyDocument": "{}", "policyType": "DATA_PROTECTION_POLICY"},
        ),
        ("iam", "simulate_custom_policy", {"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]}),
        ("cloudtrail", "lookup_events", {}),
        ("accessanalyzer", "list_analyzers", {}),
        ("config", "describe_conformance_packs", {}),
        ("s3", "get_bucket_analytics_configuration", {"Bucket": "not-played", "Id": "x"}),
        ("ec2", "describe_fleet_history", {"FleetId": "fleet-1", "StartTime": "2026-01-01"}),
    ],
)
def test_what_moto_does_not_play_is_an_aws_error_in_the_services_own_format(
    sandbox: Sandbox, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    call = getattr(sandbox.client(service, LOG), operation)
    assert refusal(call, **arguments) == ("NotImplemented", 501)
