"""Keys, roles, streams and log groups."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values, bucket, grant, key
from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, REGION


def _role(clients: Clients, name: str) -> Values:
    clients("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com")
    )
    arn = clients("iam").create_policy(PolicyName=f"{name}-p", PolicyDocument=_allow("s3:GetObject"))[
        "Policy"
    ]["Arn"]
    return {"name": name, "policy_arn": arn}


def _stream_parts(clients: Clients, name: str) -> Values:
    role = clients("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com")
    )
    clients("iam").put_role_policy(RoleName=name, PolicyName="write", PolicyDocument=_allow("s3:*"))
    return {**bucket(clients, name), "role": role["Role"]["Arn"]}


def _group(clients: Clients, name: str) -> Values:
    clients("logs").create_log_group(logGroupName=name)
    return {"name": name}


def _group_with_stream(clients: Clients, name: str) -> Values:
    parts = _stream_parts(clients, name)
    role = clients("iam").create_role(
        RoleName=f"{name}-cwl", AssumeRolePolicyDocument=trust(Service="logs.amazonaws.com")
    )
    clients("iam").put_role_policy(
        RoleName=f"{name}-cwl", PolicyName="put", PolicyDocument=_allow("firehose:*")
    )
    stream = clients("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={"RoleARN": parts["role"], "BucketARN": f"arn:aws:s3:::{name}"},
    )
    return {**_group(clients, name), "stream": stream["DeliveryStreamARN"], "role": role["Role"]["Arn"]}


def _allow(*actions: str, resource: str = "*") -> str:
    return policy(Effect="Allow", Action=[*actions], Resource=[resource])


def _put_interval(clients: Clients, names: Values, seconds: int) -> None:
    firehose = clients("firehose")
    stream = firehose.describe_delivery_stream(DeliveryStreamName=names["name"])["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=names["name"],
        CurrentDeliveryStreamVersionId=stream["VersionId"],
        DestinationId=stream["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"BufferingHints": {"IntervalInSeconds": seconds, "SizeInMBs": 5}},
    )


def _extended(names: Values, **settings: Any) -> Values:
    return {
        "bucketArn": f"arn:aws:s3:::{names['name']}",
        "roleArn": names["role"],
        "bufferingInterval": 60,
        "bufferingSize": 5,
        "compressionFormat": "GZIP",
        "prefix": "logs/!{timestamp:yyyy/MM/dd}/",
        "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "fileExtension": ".gz",
        "processingConfiguration": {
            "enabled": True,
            "processors": [
                {
                    "type": "Decompression",
                    "parameters": [{"parameterName": "CompressionFormat", "parameterValue": "GZIP"}],
                }
            ],
        },
        **settings,
    }


CASES = (
    Case(
        "aws:kms/key:Key",
        inputs=lambda _: {
            "description": "logs",
            "policy": grant("*", "kms:*"),
            "enableKeyRotation": True,
            "rotationPeriodInDays": 180,
            "deletionWindowInDays": 7,
            "tags": TAGS,
        },
        change=lambda _: {
            "description": "logs of payments",
            "rotationPeriodInDays": 365,
            "policy": grant("*", "kms:*", "kms:Decrypt"),
            "tags": {},
        },
        changed=("description", "policy", "rotationPeriodInDays", "tags.team"),
        by_hand=lambda c, _, id: c("kms").disable_key_rotation(KeyId=id),
        drifted="enableKeyRotation",
        replace={"multiRegion": True},
    ),
    Case(
        "aws:kms/alias:Alias",
        needs=key,
        inputs=lambda n: {"name": f"alias/{n['name']}", "targetKeyId": n["key"]},
        change=lambda n: {"targetKeyId": f"arn:aws:kms:{REGION}:{LOG}:key/{n['other_key']}"},
        changed=("targetKeyId",),
        by_hand=lambda c, n, id: c("kms").update_alias(AliasName=id, TargetKeyId=n["key"]),
        drifted="targetKeyId",
        replace={"name": "alias/another"},
    ),
    Case(
        "aws:iam/role:Role",
        needs=_role,
        inputs=lambda n: {
            "name": f"{n['name']}-made",
            "path": "/logflume/",
            "assumeRolePolicy": trust(Service=["firehose.amazonaws.com"]),
            "permissionsBoundary": n["policy_arn"],
            "tags": TAGS,
        },
        change=lambda _: {
            "assumeRolePolicy": trust(Service="logs.amazonaws.com"),
            "description": "writes logs",
            "maxSessionDuration": 7200,
        },
        changed=("assumeRolePolicy", "description", "maxSessionDuration"),
        by_hand=lambda c, _, id: c("iam").delete_role_permissions_boundary(RoleName=id),
        drifted="permissionsBoundary",
        replace={"path": "/elsewhere/"},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        needs=_role,
        inputs=lambda n: {"role": n["name"], "name": "write", "policy": _allow("s3:PutObject")},
        change=lambda _: {"policy": _allow("s3:PutObject", "s3:GetObject")},
        changed=("policy",),
        by_hand=lambda c, n, _: c("iam").put_role_policy(
            RoleName=n["name"], PolicyName="write", PolicyDocument=_allow("s3:*")
        ),
        drifted="policy",
        replace={"name": "another"},
    ),
    Case(
        "aws:iam/policy:Policy",
        inputs=lambda n: {
            "name": n["name"],
            "path": "/logflume/",
            "policy": _allow("s3:PutObject"),
            "tags": TAGS,
        },
        change=lambda _: {"policy": _allow("s3:PutObject", "s3:GetObject"), "tags": {"team": "orders"}},
        changed=("policy", "tags.team"),
        by_hand=lambda c, _, id: c("iam").create_policy_version(
            PolicyArn=id, PolicyDocument=_allow("s3:*"), SetAsDefault=True
        ),
        drifted="policy",
        replace={"description": "another"},
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        needs=_role,
        inputs=lambda n: {"role": n["name"], "policyArn": n["policy_arn"]},
        change=lambda _: {},
        changed=(),
        by_hand=lambda c, n, _: c("iam").detach_role_policy(RoleName=n["name"], PolicyArn=n["policy_arn"]),
        drifted="",
        replace={"policyArn": f"arn:aws:iam::{LOG}:policy/another"},
    ),
    Case(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        needs=_stream_parts,
        inputs=lambda n: {
            "name": n["name"],
            "destination": "extended_s3",
            "extendedS3Configuration": _extended(n),
            "serverSideEncryption": {"enabled": True},
            "tags": TAGS,
        },
        change=lambda n: {
            "extendedS3Configuration": _extended(n, bufferingInterval=120, fileExtension=".json.gz"),
            "tags": {"team": "orders"},
        },
        changed=(
            "extendedS3Configuration.bufferingInterval",
            "extendedS3Configuration.fileExtension",
            "tags.team",
        ),
        by_hand=lambda c, n, _: _put_interval(c, n, 900),
        drifted="extendedS3Configuration.bufferingInterval",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda n: {"name": f"/flume/{n['name']}", "retentionInDays": 30, "tags": TAGS},
        change=lambda _: {"retentionInDays": 90, "tags": {"team": "orders"}},
        changed=("retentionInDays", "tags.team"),
        by_hand=lambda c, _, id: c("logs").delete_retention_policy(logGroupName=id),
        drifted="retentionInDays",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/logStream:LogStream",
        needs=_group,
        inputs=lambda n: {"logGroupName": n["name"], "name": "delivery"},
        change=lambda _: {},
        changed=(),
        by_hand=lambda c, n, id: c("logs").delete_log_stream(logGroupName=n["name"], logStreamName=id),
        drifted="",
        replace={"name": "another"},
        import_id=lambda n, id: f"{n['name']}:{id}",
    ),
    Case(
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        needs=_group_with_stream,
        inputs=lambda n: {
            "logGroup": n["name"],
            "name": "flume",
            "filterPattern": "",
            "destinationArn": n["stream"],
            "roleArn": n["role"],
        },
        change=lambda _: {"filterPattern": "ERROR"},
        changed=("filterPattern",),
        by_hand=lambda c, n, _: c("logs").put_subscription_filter(
            logGroupName=n["name"],
            filterName="flume",
            filterPattern="WARN",
            destinationArn=n["stream"],
            roleArn=n["role"],
        ),
        drifted="filterPattern",
        replace={"name": "another"},
    ),
)
