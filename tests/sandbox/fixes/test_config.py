"""What moto forgets of AWS Config."""

from __future__ import annotations

import pytest

from tests.sandbox.delivery.recorders import LINKED_ROLE, SERVICE
from tests.support.sandbox import PRODUCTION, Sandbox


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []}),
        ({"recordingMode": {"recordingFrequency": "DAILY"}}, {"recordingFrequency": "DAILY"}),
    ],
    ids=["none", "daily"],
)
def test_a_recorder_keeps_its_mode_and_is_called_default_where_nothing_else_is_said(
    sandbox: Sandbox, given: dict[str, object], kept: dict[str, object]
) -> None:
    iam, config = (sandbox.client(name, PRODUCTION) for name in ("iam", "config"))
    linked = [role for role in iam.list_roles()["Roles"] if role["Arn"] == LINKED_ROLE]
    if not linked:
        made = iam.create_service_linked_role(AWSServiceName=SERVICE)["Role"]
        assert (made["RoleName"], made["Arn"]) == ("AWSServiceRoleForConfig", LINKED_ROLE)
    config.put_configuration_recorder(ConfigurationRecorder={"roleARN": LINKED_ROLE, **given})
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert (recorder["name"], recorder["recordingMode"]) == ("default", kept)
    config.delete_configuration_recorder(ConfigurationRecorderName="default")
