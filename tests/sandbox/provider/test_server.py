"""How the plugin answers the engine where something is wrong, and what it refuses."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from service.plugin.values import from_struct, to_struct
from service.sandbox.provider import PLUGIN_NAME, write_plugin_folder
from tests.sandbox.provider.cases import clients_of
from tests.support.aws import policy, trust
from tests.support.plugin import Live, Plugin, aws_config, running_plugin, urn
from tests.support.sandbox import LOG, PRODUCTION, REPLICA_REGION, SECURITY, Sandbox

BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def told(call: Any, *arguments: Any, **named: Any) -> str:
    """The text of the error a call ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **named)
    return str(caught.value.details())


def test_the_plugin_reports_the_version_of_the_sdk(plugin: Plugin) -> None:
    info = plugin.stub.GetPluginInfo(empty_pb2.Empty())
    assert info.version == importlib.metadata.version("pulumi-aws")


def test_unknown_types_and_functions_are_named(plugin: Plugin) -> None:
    assert "aws:ec2/instance:Instance" in told(plugin.check, "aws:ec2/instance:Instance", {})
    request = provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion", args=to_struct({}))
    assert "aws:index/getRegion:getRegion" in told(plugin.stub.Invoke, request)


def test_an_error_of_aws_is_told_as_the_real_provider_tells_it(plugin: Plugin, sandbox: Sandbox) -> None:
    location = {"LocationConstraint": "eu-west-3"}
    sandbox.client("s3", PRODUCTION).create_bucket(
        Bucket="taken-by-another", CreateBucketConfiguration=location
    )
    inputs = plugin.checked(BUCKET, {"bucket": "taken-by-another"})
    text = told(plugin.create, BUCKET, inputs)
    assert text.startswith(
        "creating S3 Bucket (taken-by-another): operation error S3: CreateBucket, https response error "
    )
    assert "StatusCode: 409" in text
    assert "api error BucketAlreadyExists: " in text


def test_a_role_that_exists_is_not_adopted(plugin: Plugin, sandbox: Sandbox) -> None:
    document = trust(Service="firehose.amazonaws.com")
    clients_of(sandbox)("iam").create_role(RoleName="there-already", AssumeRolePolicyDocument=document)
    inputs = plugin.checked("aws:iam/role:Role", {"name": "there-already", "assumeRolePolicy": document})
    assert "api error EntityAlreadyExists: " in told(plugin.create, "aws:iam/role:Role", inputs)


def test_a_half_made_object_is_reported_with_what_it_lacks(plugin: Plugin) -> None:
    # S3 keeps tags that start with `aws:` to itself, and says so when the bucket has been made already.
    inputs = plugin.checked(BUCKET, {"bucket": "half-made", "tags": {"aws:mine": "no"}})
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(BUCKET, inputs)
    metadata = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    packed: any_pb2.Any = status.details[0]
    assert packed.Unpack(detail)
    assert detail.id == "half-made"
    assert "PutBucketTagging" in detail.reasons[0]
    lacking = Live(detail.id, from_struct(detail.properties), from_struct(detail.inputs))
    assert [change.path for change in plugin.diff(BUCKET, lacking, inputs)] == ["tags"]
    # The engine keeps the inputs it asked for. An update without a difference must not pass for a repair.
    asked_for = Live(detail.id, lacking.outputs, inputs)
    assert "PutBucketTagging" in told(plugin.update, BUCKET, asked_for, inputs)
    wanted = plugin.checked(BUCKET, {"bucket": "half-made", "tags": {"mine": "yes"}})
    assert plugin.update(BUCKET, asked_for, wanted)["tags"] == {"mine": "yes", "managed-by": "logflume"}


@pytest.mark.parametrize(("name", "first"), [("kept", True), ("other", False)])
def test_the_old_object_goes_first_where_the_new_one_needs_its_name(
    plugin: Plugin, name: str, first: bool
) -> None:
    old = {"name": "kept", "logGroupClass": "STANDARD"}
    news = {"name": name, "logGroupClass": "INFREQUENT_ACCESS"}
    request = provider_pb2.DiffRequest(urn=urn(GROUP), old_inputs=to_struct(old), news=to_struct(news))
    answer = plugin.stub.Diff(request)
    assert "logGroupClass" in answer.replaces
    assert answer.deleteBeforeReplace is first


def test_ignored_changes_are_none(plugin: Plugin) -> None:
    live = Live("g", {}, {"name": "g", "retentionInDays": 30, "tags": {"a": "1"}})
    news = {"name": "g", "retentionInDays": 90, "tags": {"a": "2"}}
    assert [change.path for change in plugin.diff(GROUP, live, news, ignore=("tags",))] == ["retentionInDays"]


def test_tags_all_holds_the_default_tags_too(plugin: Plugin) -> None:
    inputs = plugin.checked(GROUP, {"name": "tagged", "tags": {"team": "payments"}})
    _, outputs = plugin.create(GROUP, inputs)
    assert outputs["tagsAll"] == {"team": "payments", "managed-by": "logflume"}


def test_a_forced_bucket_is_emptied_before_it_is_deleted(plugin: Plugin, sandbox: Sandbox) -> None:
    s3 = clients_of(sandbox)("s3")
    made = []
    for name, force in (("kept-full", False), ("made-empty", True)):
        inputs = plugin.checked(BUCKET, {"bucket": name, "forceDestroy": force})
        id, outputs = plugin.create(BUCKET, inputs)
        made.append(Live(id, outputs, inputs))
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=name, Key="a", Body=b"1")
        s3.put_object(Bucket=name, Key="a", Body=b"2")
    assert "api error BucketNotEmpty: " in told(plugin.delete, BUCKET, made[0])
    plugin.delete(BUCKET, made[1])
    assert plugin.read(BUCKET, "made-empty") is None


def test_an_account_that_is_not_allowed_is_refused(config: str, tmp_path: Path) -> None:
    with running_plugin(tmp_path, config) as plugin:
        text = told(plugin.configure, profile="logflume-log", allowedAccountIds=f'["{PRODUCTION}"]')
    assert text == f"AWS account ID not allowed: {LOG}"


def test_an_endpoint_that_is_not_on_this_machine_is_refused(tmp_path: Path) -> None:
    # An address of TEST-NET-1 (RFC 5737): even a plugin that tried could reach nobody.
    config = aws_config("http://192.0.2.1:80", **{"logflume-log": LOG})
    with running_plugin(tmp_path, config) as plugin:
        text = told(plugin.configure, profile="logflume-log", region="eu-west-3")
    assert "refuses to talk to http://192.0.2.1:80" in text


def test_without_an_endpoint_aws_itself_is_refused(tmp_path: Path) -> None:
    config = aws_config("", **{"logflume-log": LOG}).replace("endpoint_url = \n", "")
    with running_plugin(tmp_path, config) as plugin:
        text = told(plugin.configure, profile="logflume-log", region="eu-west-3")
    assert "refuses to talk to https://sts.eu-west-3.amazonaws.com" in text


def test_a_profile_that_assumes_a_role_acts_in_its_account(sandbox: Sandbox, tmp_path: Path) -> None:
    iam = clients_of(sandbox)("iam")
    statement = {"Effect": "Allow", "Principal": {"AWS": SECURITY}, "Action": "sts:AssumeRole"}
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    role = iam.create_role(
        RoleName="deploy", AssumeRolePolicyDocument=policy({**statement, "Condition": condition})
    )
    iam.put_role_policy(
        RoleName="deploy", PolicyName="all", PolicyDocument=policy(Effect="Allow", Action="*", Resource="*")
    )
    security = sandbox.client("iam", SECURITY)
    security.create_user(UserName="service")
    security.put_user_policy(
        UserName="service",
        PolicyName="assume",
        PolicyDocument=policy(Effect="Allow", Action="sts:AssumeRole", Resource="*"),
    )
    key = security.create_access_key(UserName="service")["AccessKey"]
    config = (
        f"[profile base]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
        f"[profile deploy]\nregion = eu-west-3\nendpoint_url = {sandbox.url}\nsource_profile = base\n"
        f"role_arn = {role['Role']['Arn']}\nexternal_id = agreed\nrole_session_name = test\n"
    )
    with running_plugin(tmp_path, config) as plugin:
        plugin.configure(profile="deploy", allowedAccountIds=f'["{LOG}"]')
        _, outputs = plugin.create(GROUP, plugin.checked(GROUP, {"name": "made-by-the-role"}))
    assert outputs["arn"] == f"arn:aws:logs:eu-west-3:{LOG}:log-group:made-by-the-role"


def test_a_profile_that_is_not_there_is_named(config: str, tmp_path: Path) -> None:
    with running_plugin(tmp_path, config) as plugin:
        assert "logflume-elsewhere" in told(plugin.configure, profile="logflume-elsewhere")


def test_an_argument_of_the_provider_that_is_not_implemented_is_named(plugin: Plugin) -> None:
    request = provider_pb2.CheckRequest(news=to_struct({"assumeRoles": "[]"}))
    answer = plugin.stub.CheckConfig(request)
    assert "assumeRoles" in answer.failures[0].reason


def test_a_cancelled_plugin_stops_waiting(config: str, tmp_path: Path) -> None:
    token = "aws:kms/alias:Alias"
    with running_plugin(tmp_path, config) as plugin:
        plugin.configure(profile="logflume-log", region="eu-west-3")
        # A key that never comes is waited for, as one that was made a moment ago is.
        inputs = plugin.checked(
            token, {"name": "alias/never", "targetKeyId": "11111111-2222-3333-4444-555555555555"}
        )
        timer = threading.Timer(0.3, plugin.cancel)
        timer.start()
        text = told(plugin.create, token, inputs)
        timer.join()
    assert "cancelled by the engine" in text


def test_a_plugin_ends_when_the_engine_is_gone(tmp_path: Path) -> None:
    write_plugin_folder(tmp_path, sys.executable)
    script = str(tmp_path / PLUGIN_NAME)
    # A parent that starts the plugin as the engine does, tells its id, and waits to be killed.
    source = (
        "import subprocess, sys\n"
        f"plugin = subprocess.Popen([{script!r}, 'engine'], stdout=subprocess.PIPE, start_new_session=True)\n"
        "plugin.stdout.readline()\n"
        "print(plugin.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        plugin = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    plugin.wait(timeout=10)
    assert not plugin.is_running()


def test_a_second_provider_of_the_same_profile_works_in_its_own_region(
    config: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    kind = "aws:kms/key:Key"
    with running_plugin(tmp_path, config) as replica:
        replica.configure(profile="logflume-log", region=REPLICA_REGION, skipMetadataApiCheck="true")
        _, key = replica.create(kind, replica.checked(kind, {}))
        replica.create(BUCKET, replica.checked(BUCKET, {"bucket": "in-the-second-region"}))
    assert str(key["arn"]).startswith(f"arn:aws:kms:{REPLICA_REGION}:{LOG}:key/")
    assert key["region"] == REPLICA_REGION
    s3 = sandbox.client("s3", LOG, REPLICA_REGION)
    assert s3.get_bucket_location(Bucket="in-the-second-region")["LocationConstraint"] == REPLICA_REGION
