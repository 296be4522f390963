"""AWS Config: a recorder, its channel, and whether it records. An account has one of each: what an earlier case left goes."""

from __future__ import annotations

from tests.sandbox.provider.cases.case import Case, Clients, Values, bucket
from tests.support.aws import policy, trust
from tests.support.sandbox import LOG

SERVICE = "config.amazonaws.com"
TYPES = ["AWS::S3::Bucket", "AWS::SNS::Topic"]


def _cleared(clients: Clients, name: str) -> Values:
    """No recorder and no channel, and two roles for one."""
    config = clients("config")
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        config.delete_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    for channel in config.describe_delivery_channels()["DeliveryChannels"]:
        config.delete_delivery_channel(DeliveryChannelName=channel["name"])
    roles = [
        clients("iam").create_role(RoleName=role, AssumeRolePolicyDocument=trust(Service=SERVICE))["Role"][
            "Arn"
        ]
        for role in (name, f"{name}-other")
    ]
    return {"name": name, "role": roles[0], "other_role": roles[1]}


def _recorder(clients: Clients, name: str) -> Values:
    """A recorder, and buckets that let AWS Config in."""
    made = _cleared(clients, name)
    clients("config").put_configuration_recorder(
        ConfigurationRecorder={"name": name, "roleARN": made["role"]}
    )
    for each in (name, f"{name}-other"):
        bucket(clients, each)
        grant = policy(
            Effect="Allow",
            Principal={"Service": SERVICE},
            Action="s3:PutObject",
            Resource=f"arn:aws:s3:::{each}/*",
            Condition={"StringEquals": {"AWS:SourceAccount": LOG}},
        )
        clients("s3").put_bucket_policy(Bucket=each, Policy=grant)
    return made


def _channel(clients: Clients, name: str) -> Values:
    made = _recorder(clients, name)
    _put_channel(clients, name)
    return made


def _put_channel(clients: Clients, name: str, **more: object) -> None:
    clients("config").put_delivery_channel(DeliveryChannel={"name": name, "s3BucketName": name, **more})


def _put_recorder(clients: Clients, names: Values, **more: object) -> None:
    clients("config").put_configuration_recorder(
        ConfigurationRecorder={"name": names["name"], "roleARN": names["role"], **more}
    )


CASES = (
    Case(
        "aws:cfg/recorder:Recorder",
        needs=_cleared,
        inputs=lambda n: {
            "name": n["name"],
            "roleArn": n["role"],
            "recordingGroup": {"allSupported": False, "resourceTypes": TYPES},
            "recordingMode": {
                "recordingFrequency": "DAILY",
                "recordingModeOverride": {"recordingFrequency": "CONTINUOUS", "resourceTypes": TYPES[:1]},
            },
        },
        change=lambda n: {
            "roleArn": n["other_role"],
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        },
        changed=(
            "recordingGroup.allSupported",
            "recordingGroup.includeGlobalResourceTypes",
            "recordingGroup.resourceTypes",
            "roleArn",
        ),
        by_hand=lambda c, n, _: _put_recorder(
            c, n, recordingGroup={"resourceTypes": TYPES[:1]}, recordingMode={"recordingFrequency": "DAILY"}
        ),
        drifted="recordingGroup.resourceTypes",
        replace={"name": "another"},
    ),
    Case(
        "aws:cfg/deliveryChannel:DeliveryChannel",
        needs=_recorder,
        inputs=lambda n: {
            "name": n["name"],
            "s3BucketName": n["name"],
            "s3KeyPrefix": "logs",
            "snapshotDeliveryProperties": {"deliveryFrequency": "Six_Hours"},
        },
        change=lambda n: {
            "s3BucketName": f"{n['name']}-other",
            "snapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
        },
        changed=("s3BucketName", "snapshotDeliveryProperties.deliveryFrequency"),
        by_hand=lambda c, n, _: _put_channel(
            c, n["name"], configSnapshotDeliveryProperties={"deliveryFrequency": "Six_Hours"}
        ),
        drifted="s3KeyPrefix",
        replace={"name": "another"},
    ),
    Case(
        "aws:cfg/recorderStatus:RecorderStatus",
        needs=_channel,
        inputs=lambda n: {"name": n["name"], "isEnabled": True},
        change=lambda _: {"isEnabled": False},
        changed=("isEnabled",),
        by_hand=lambda c, n, _: c("config").stop_configuration_recorder(ConfigurationRecorderName=n["name"]),
        drifted="isEnabled",
        replace={"name": "another"},
    ),
)
