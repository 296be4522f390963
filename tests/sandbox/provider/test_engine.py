"""The real engine with the stand-in plugin: a small program made, left alone, changed by hand, and taken down."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi_aws import Provider
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.kms import Key
from pulumi_aws.s3 import Bucket, BucketPolicy, BucketServerSideEncryptionConfiguration

from service.engine.cli import find_pulumi
from service.sandbox.provider import write_plugin_folder
from service.settings import Settings
from tests.sandbox.provider.cases import clients_of
from tests.support.aws import policy
from tests.support.sandbox import LOG, Sandbox

pytestmark = pytest.mark.engine

BUCKET, GROUP = "engine-test-bucket", "/engine/test"


StackOf = Callable[[Callable[[], None]], automation.Stack]


def log_account() -> Provider:
    """The provider of the log account, as programs write it."""
    return Provider(
        "log",
        profile="logflume-log",
        region="eu-west-3",
        allowed_account_ids=[LOG],
        default_tags={"tags": {"managed-by": "logflume"}},
        skip_metadata_api_check=True,
    )


def program() -> None:
    """A store in small: a key whose ARN is an output, a bucket with settings, a log group; two of them secret or ignored."""
    options = pulumi.ResourceOptions(provider=log_account())
    key = Key("key", description=pulumi.Output.secret("logs"), enable_key_rotation=True, opts=options)
    bucket = Bucket("bucket", bucket=BUCKET, opts=options)
    BucketServerSideEncryptionConfiguration(
        "encryption",
        bucket=bucket.bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key.arn,
                }
            }
        ],
        opts=options,
    )
    document = policy(
        Effect="Allow",
        Principal={"AWS": [LOG]},
        Action=["s3:GetObject"],
        Resource=[f"arn:aws:s3:::{BUCKET}/*"],
    )
    BucketPolicy("policy", bucket=bucket.bucket, policy=document, opts=options)
    LogGroup("group", name=GROUP, retention_in_days=30, opts=options)
    pulumi.export("key", key.arn)
    pulumi.export("description", key.description)


MADE = 7
"""The stack, the provider and five resources."""


@pytest.fixture
def stack_of(config: str, tmp_path: Path) -> StackOf:
    """Makes a stack of a program, with its own state, plugin folder and AWS configuration."""
    write_plugin_folder(tmp_path / "plugin", sys.executable)
    (tmp_path / "aws.ini").write_text(config)
    for folder in ("work", "state", "home", "cli/bin"):
        (tmp_path / folder).mkdir(parents=True)
    plugins = {"providers": [{"name": "aws", "path": str(tmp_path / "plugin")}]}
    project = {"name": "logflume", "runtime": "python", "plugins": plugins}
    (tmp_path / "work" / "Pulumi.yaml").write_text(json.dumps(project))
    (tmp_path / "cli" / "bin" / "pulumi").symlink_to(find_pulumi(Settings()))
    environment = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "aws.ini"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    options = automation.LocalWorkspaceOptions(
        work_dir=str(tmp_path / "work"),
        pulumi_home=str(tmp_path / "home"),
        pulumi_command=automation.PulumiCommand(str(tmp_path / "cli")),
        env_vars=environment,
    )
    return lambda program: automation.create_stack("test", "logflume", program, opts=options)


def test_a_program_is_made_left_alone_seen_to_drift_and_taken_down(
    stack_of: StackOf, sandbox: Sandbox
) -> None:
    stack = stack_of(program)
    # A plan first: the key's ARN is unknown in it.
    assert stack.preview().change_summary == {automation.OpType.CREATE: MADE}
    made = stack.up()
    assert made.summary.resource_changes == {"create": MADE}
    assert made.outputs["key"].value.startswith(f"arn:aws:kms:eu-west-3:{LOG}:key/")
    assert made.outputs["description"].secret

    assert stack.up().summary.resource_changes == {"same": MADE}
    assert _drift(stack) == {}

    clients = clients_of(sandbox)
    clients("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    clients("s3").delete_bucket_policy(Bucket=BUCKET)
    assert _drift(stack) == {"group": ("update", ["retentionInDays"]), "policy": ("delete", [])}

    assert stack.up(refresh=True).summary.resource_changes == {"same": MADE - 2, "update": 1, "create": 1}
    assert _drift(stack) == {}

    stack.destroy()
    listed: Callable[..., Any] = clients("s3").list_buckets
    assert BUCKET not in [bucket["Name"] for bucket in listed()["Buckets"]]


def test_what_is_there_is_imported_and_brought_to_its_inputs(stack_of: StackOf, sandbox: Sandbox) -> None:
    clients = clients_of(sandbox)
    clients("logs").create_log_group(logGroupName="/engine/adopted")
    key = clients("kms").create_key(Description="adopted")["KeyMetadata"]["KeyId"]

    def adopting() -> None:
        provider = log_account()
        LogGroup(
            "group",
            name="/engine/adopted",
            retention_in_days=30,
            opts=pulumi.ResourceOptions(provider=provider, import_="/engine/adopted"),
        )
        Key("key", enable_key_rotation=True, opts=pulumi.ResourceOptions(provider=provider, import_=key))

    stack = stack_of(adopting)
    stack.up()
    [group] = clients("logs").describe_log_groups(logGroupNamePrefix="/engine/adopted")["logGroups"]
    assert group["retentionInDays"] == 30
    assert clients("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert stack.up().summary.resource_changes == {"same": 4}
    assert _drift(stack) == {}


def _drift(stack: automation.Stack) -> dict[str, tuple[str, list[str]]]:
    """What a refresh would change: logical name -> operation and paths."""
    found: dict[str, tuple[str, list[str]]] = {}

    def look(event: automation.EngineEvent) -> None:
        done = event.res_outputs_event
        if done is not None and done.metadata.op not in ("same", "refresh"):
            found[done.metadata.urn.rpartition("::")[2]] = (
                done.metadata.op,
                sorted(done.metadata.detailed_diff or {}),
            )

    stack.preview_refresh(on_event=look)
    return found
