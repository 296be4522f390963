"""What was acknowledged is there again after the process is gone, with the same names, keys and secrets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.sandbox.call import Credentials
from service.sandbox.journal import FILE_NAME, Change
from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox, start_sandbox


def build(sandbox: Sandbox) -> dict[str, Any]:
    """Make something of everything; what a restart has to bring back."""
    iam, kms, s3 = (sandbox.client(name, LOG) for name in ("iam", "kms", "s3"))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    s3.create_bucket(Bucket="kept-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="kept-1", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="kept-1", Key="a b/\u00e9", Body=b"\x00\xff", Metadata={"m": "1"})[
        "VersionId"
    ]
    upload = {"Bucket": "kept-1", "Key": "in-parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    iam.create_user(UserName="kept")
    iam.put_user_policy(
        UserName="kept",
        PolicyName="all",
        PolicyDocument=policy(Effect="Allow", Action="*", Resource="*"),
    )
    access = iam.create_access_key(UserName="kept")["AccessKey"]
    user = Credentials(access["AccessKeyId"], access["SecretAccessKey"], "")
    role = iam.create_role(RoleName="kept", AssumeRolePolicyDocument=trust(AWS=LOG))["Role"]["Arn"]
    session = sandbox.client("sts", "", credentials=user).assume_role(RoleArn=role, RoleSessionName="op-1")
    sqs = sandbox.client("sqs", LOG)
    queue = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    taken = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)["Messages"][0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=taken["ReceiptHandle"])
    return {
        "key": key, "sealed": sealed, "version": version, "user": user, "queue": queue,
        "session": session["Credentials"], "taken": taken["Body"],
    }  # fmt: skip


def assert_there(sandbox: Sandbox, built: dict[str, Any]) -> None:
    kms, s3, sqs = (sandbox.client(name, LOG) for name in ("kms", "s3", "sqs"))
    assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["Arn"] == built["key"]
    assert kms.decrypt(CiphertextBlob=built["sealed"])["Plaintext"] == b"secret"
    stored = s3.get_object(Bucket="kept-1", Key="a b/\u00e9")
    assert (stored["Body"].read(), stored["VersionId"]) == (b"\x00\xff", built["version"])
    assert stored["Metadata"] == {"m": "1"}
    assert s3.get_object(Bucket="kept-1", Key="in-parts")["Body"].read() == b"part"
    identity = sandbox.client("sts", "", credentials=built["user"]).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{LOG}:user/kept"
    session = built["session"]
    held = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    assert (
        sandbox.client("sts", "", credentials=held)
        .get_caller_identity()["Arn"]
        .endswith("assumed-role/kept/op-1")
    )
    left = sqs.receive_message(QueueUrl=built["queue"], MaxNumberOfMessages=10, VisibilityTimeout=0)[
        "Messages"
    ]
    assert [message["Body"] for message in left] == [{"one": "two", "two": "one"}[built["taken"]]]


@pytest.mark.parametrize("end", [Sandbox.stop, Sandbox.kill])
def test_everything_acknowledged_is_there_after_a_restart(tmp_path: Path, end: Any) -> None:
    first = start_sandbox(tmp_path)
    try:
        built = build(first)
    finally:
        end(first)
    for _ in range(2):  # A replay must not itself be written down again.
        size = (tmp_path / FILE_NAME).stat().st_size
        port = int(first.url.rsplit(":", 1)[1])
        again = start_sandbox(tmp_path, port=port)
        try:
            assert (tmp_path / FILE_NAME).stat().st_size == size
            assert_there(again, built)
        finally:
            assert again.stop() == 0


def test_a_torn_last_line_is_cut_off_and_the_rest_is_kept(tmp_path: Path) -> None:
    first = start_sandbox(tmp_path)
    try:
        first.client("sns", LOG).create_topic(Name="whole")
    finally:
        first.kill()
    with (tmp_path / FILE_NAME).open("ab") as journal:
        journal.write(b'{"time": 1, "seed": 2, "acc')
    second = start_sandbox(tmp_path)
    try:
        second.client("sns", LOG).create_topic(Name="after")
    finally:
        second.kill()
    third = start_sandbox(tmp_path)
    try:
        names = [
            topic["TopicArn"].rsplit(":", 1)[1] for topic in third.client("sns", LOG).list_topics()["Topics"]
        ]
        assert names == ["whole", "after"]
    finally:
        third.stop()


def test_a_change_that_cannot_be_made_any_more_does_not_keep_the_rest_from_coming_back(
    tmp_path: Path,
) -> None:
    first = start_sandbox(tmp_path)
    try:
        first.client("sns", LOG).create_topic(Name="before")
    finally:
        first.kill()
    [line] = (tmp_path / FILE_NAME).read_bytes().splitlines()
    kept = Change.from_line(line)
    impossible = replace(
        kept, incoming=replace(kept.incoming, body=b"Action=NoSuchAction&Version=2010-03-31")
    )
    later = replace(
        kept, incoming=replace(kept.incoming, body=kept.incoming.body.replace(b"before", b"after"))
    )
    (tmp_path / FILE_NAME).write_bytes(kept.line() + impossible.line() + later.line())
    second = start_sandbox(tmp_path)
    try:
        topics = second.client("sns", LOG).list_topics()["Topics"]
        assert [topic["TopicArn"].rsplit(":", 1)[1] for topic in topics] == ["before", "after"]
        assert "sandbox_change_lost" in (tmp_path / "sandbox.log").read_text()
    finally:
        second.stop()


def test_reads_and_refused_calls_leave_no_trace_and_no_secret_is_written(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path)
    try:
        sandbox.client("iam", LOG).create_role(RoleName="r", AssumeRolePolicyDocument=trust(AWS=LOG))
        size = (tmp_path / FILE_NAME).stat().st_size
        sandbox.client("iam", LOG).get_role(RoleName="r")
        sandbox.client("sts", PRODUCTION).get_caller_identity()
        create = sandbox.client("iam", LOG).create_role
        taken = refusal(create, RoleName="r", AssumeRolePolicyDocument=trust(AWS=LOG))
        malformed = refusal(create, RoleName="x", AssumeRolePolicyDocument="nonsense")
        assert (taken[0], malformed[0]) == ("EntityAlreadyExists", "MalformedPolicyDocument")
        written = (tmp_path / FILE_NAME).read_bytes()
        assert len(written) == size
        assert b"Signature=0" in written
    finally:
        sandbox.stop()
