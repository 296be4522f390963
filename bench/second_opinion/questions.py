"""Who may do what with a store that a program has made: its roles, an engineer, an administrator, asked by trying."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from bench.second_opinion.compare import Call
from bench.second_opinion.played import Made
from service.sandbox.call import Credentials
from tests.sandbox.iam_scene import allow, build, credentials_of, user_key
from tests.sandbox.test_authoriser import QUESTIONS
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

Client = Callable[[str], Any]
ROLE = "aws:iam/role:Role"


def scene_questions(place: Sandbox) -> Iterator[Call]:
    """The 27 questions of the sandbox's own tests."""
    scene = build(place)
    for name, ask, _ in QUESTIONS:
        yield _asked(name, lambda ask=ask: ask(scene))


def store_questions(place: Sandbox, made: dict[str, Made]) -> Iterator[Call]:
    """Everybody who might, and everything he might do, with the store of a source."""
    objects = _store_of(made)
    put_there(place, objects["bucket"])
    for who, client in _everybody(place, made):
        for what, ask in _ACTIONS.items():
            yield _asked(f"{who}: {what}", lambda ask=ask, client=client: ask(client, objects))


def empty(place: Sandbox, bucket: str) -> None:
    """Take away what the questions have put into a bucket."""
    s3 = place.client("s3", LOG)
    found = s3.list_object_versions(Bucket=bucket)
    for version in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def put_there(place: Sandbox, bucket: str) -> None:
    """An object to ask for. The bucket's policy, which lets nobody put but the writers, is away meanwhile."""
    s3 = place.client("s3", LOG)
    written = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="logs/there", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=written)


def _store_of(made: dict[str, Made]) -> dict[str, str]:
    def first(token: str, output: str) -> str:
        found = [one for one in made.values() if one.token == token and one.aws.region == REGION]
        return min(str(one.outputs[output]) for one in found)

    return {
        "bucket": first("aws:s3/bucket:Bucket", "bucket"),
        "key": first("aws:kms/key:Key", "arn"),
        "queue": first("aws:sqs/queue:Queue", "url"),
        "topic": first("aws:sns/topic:Topic", "arn"),
    }


_ACTIONS: dict[str, Callable[[Client, dict[str, str]], Any]] = {
    "puts an object": lambda c, o: c("s3").put_object(Bucket=o["bucket"], Key="logs/asked", Body=b"x"),
    "reads an object": lambda c, o: c("s3").get_object(Bucket=o["bucket"], Key="logs/there"),
    "deletes an object": lambda c, o: c("s3").delete_object(Bucket=o["bucket"], Key="logs/asked"),
    "lists": lambda c, o: c("s3").list_objects_v2(Bucket=o["bucket"]),
    "reads the bucket policy": lambda c, o: c("s3").get_bucket_policy(Bucket=o["bucket"]),
    "tags the bucket": lambda c, o: c("s3").put_bucket_tagging(
        Bucket=o["bucket"], Tagging={"TagSet": [{"Key": "asked", "Value": "1"}]}
    ),
    "makes a data key": lambda c, o: c("kms").generate_data_key(KeyId=o["key"], KeySpec="AES_256"),
    "describes the key": lambda c, o: c("kms").describe_key(KeyId=o["key"]),
    "receives a message": lambda c, o: c("sqs").receive_message(QueueUrl=o["queue"]),
    "sends a message": lambda c, o: c("sqs").send_message(QueueUrl=o["queue"], MessageBody="asked"),
    "publishes": lambda c, o: c("sns").publish(TopicArn=o["topic"], Message="asked"),
}


def _everybody(place: Sandbox, made: dict[str, Made]) -> Iterator[tuple[str, Client]]:
    for who, account in (("engineer of production", PRODUCTION), ("administrator of the log account", LOG)):
        held = user_key(place, account, who.replace(" ", "-"), allow("*"))
        yield who, _as(place, account, held)
    for name, role in made.items():
        if role.token == ROLE:
            account = role.outputs["arn"].split(":")[4]
            yield f"role {name}", _as(place, account, _taken(place, account, role))


def _taken(place: Sandbox, account: str, role: Made) -> Credentials:
    """A session of a role, whatever its trust policy says: root lets the operator of its account in first."""
    operator = place.client("iam", account)
    trusted = {"AWS": f"arn:aws:iam::{account}:root"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}],
    }
    operator.update_assume_role_policy(RoleName=role.outputs["name"], PolicyDocument=json.dumps(document))
    held = user_key(place, account, f"op-{role.outputs['name']}"[:64], allow("sts:AssumeRole"))
    sts = place.client("sts", account, credentials=held)
    return credentials_of(sts.assume_role(RoleArn=role.outputs["arn"], RoleSessionName="asked"))


def _as(place: Sandbox, account: str, held: Credentials) -> Client:
    return lambda service: place.client(service, account, credentials=held)


def _asked(question: str, ask: Callable[[], Any]) -> Call:
    try:
        ask()
        code = ""
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
    return Call(question, "question", question, {}, code, {})
