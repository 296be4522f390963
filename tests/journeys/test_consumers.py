"""Those who read a store: each by a role and a queue of its own, and in nobody's way."""

from __future__ import annotations

import gzip
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.consumers.readings import EXTERNAL_ID
from tests.journeys.conftest import database
from tests.journeys.delivered import arrived, objects, write
from tests.journeys.pasted import lines, read_once
from tests.journeys.people import Person, person
from tests.support.aws import policy, refusal
from tests.support.deployment import LOG, SECURITY, Deployment, deployed, eventually

pytestmark = pytest.mark.engine

GROUP = "/aws/lambda/payments-read"
LAKE = f"arn:aws:iam::{SECURITY}:user/lake"
TRIES = 5
Outputs = dict[str, Any]
Call = Callable[[Person, Outputs], Any]


@pytest.fixture(scope="module")
def running(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A logflume of this module alone: its environment gets another consumer."""
    home = tmp_path_factory.mktemp("consumers")
    with database(database_template) as url, deployed(home, url) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def security(running: Deployment) -> Person:
    """Somebody of the security account, whom the sandbox's consumers trust."""
    return person(running, SECURITY, "analyst", policy(Effect="Allow", Action="*", Resource="*"))


@pytest.fixture(scope="module")
def lake(running: Deployment) -> Person:
    """The one user of the security account that the added consumer trusts."""
    return person(running, SECURITY, "lake", policy(Effect="Allow", Action="sts:AssumeRole", Resource="*"))


@pytest.fixture(scope="module")
def before(running: Deployment) -> Outputs:
    """The outputs of a source before a consumer is added; nothing is done to it by itself."""
    source = running.ready(running.request("read")["id"])
    body = {key: source[key] for key in ("name", "environment", "kind", "team", "spec")}
    path = f"/v1/sources/{source['id']}"
    assert running.api("PUT", path, {**body, "suspended": True}, If_Match="*").status_code == 200
    return dict(running.stack(source["id"])["outputs"]) | {"id": source["id"]}


@pytest.fixture(scope="module")
def added(running: Deployment, lake: Person, before: Outputs) -> dict[str, Any]:
    """What the plan, the apply and the others' resources said when `lake` was added."""
    others = described(running, before)
    path = running.home / "environments.toml"
    consumer = (
        '[[environments.default.consumers]]\nname = "lake"\ntype = "vector"\n'
        f'principal = "{lake.arn}"\nexternal_id = "{EXTERNAL_ID}"\n\n'
    )
    marker = "[[environments.default.consumers]]"
    path.write_text(path.read_text().replace(marker, consumer + marker, 1))
    for name in ("web", "worker-0"):
        running.processes[name].send_signal(signal.SIGHUP)
    eventually(lambda: listed(running, before).get("lake"), "the consumer is configured")
    plan = running.operate(before["id"], "preview")
    apply = running.operate(before["id"], "apply")
    after = dict(running.stack(before["id"])["outputs"]) | {"id": before["id"]}
    return {"others": others, "plan": plan, "apply": apply, "outputs": after}


@pytest.fixture(scope="module")
def outputs(running: Deployment, added: dict[str, Any]) -> Outputs:
    """The outputs with the added consumer, and one delivered object."""
    found: Outputs = added["outputs"]
    write(running, GROUP, "s", ["a line"])
    arrived(running, found["bucket"], "a line")
    return found


def listed(running: Deployment, found: Outputs) -> dict[str, str]:
    """Status of each consumer."""
    body = running.api("GET", f"/v1/sources/{found['id']}/consumers").json()
    return {item["name"]: item["status"] for item in body["items"]}


def described(running: Deployment, found: Outputs) -> dict[str, Any]:
    """Everything that is of the first two consumers, as AWS tells it."""
    sqs, iam, sns = (running.aws(service, LOG) for service in ("sqs", "iam", "sns"))
    told: dict[str, Any] = {}
    for name in ("splunk", "elastic"):
        made = found["consumers"][name]
        role = made["role_arn"].rpartition("/")[2]
        told[name] = {
            "queue": sqs.get_queue_attributes(QueueUrl=made["queue_url"], AttributeNames=["All"])[
                "Attributes"
            ],
            "dead": sqs.get_queue_attributes(QueueUrl=made["dead_letters_url"], AttributeNames=["All"])[
                "Attributes"
            ],
            "role": iam.get_role(RoleName=role)["Role"],
            "permissions": iam.get_role_policy(RoleName=role, PolicyName="read-the-store")["PolicyDocument"],
        }
    told["topic"] = sns.get_topic_attributes(TopicArn=found["topic_arn"])["Attributes"]["Policy"]
    told["bucket"] = running.aws("s3", LOG).get_bucket_policy(Bucket=found["bucket"])["Policy"]
    return told


# Adding one


def test_adding_a_consumer_only_creates(added: dict[str, Any]) -> None:
    assert {step["op"] for step in added["plan"]["plan"]} == {"create"}
    assert all("lake" in step["urn"] for step in added["plan"]["plan"])
    changes = added["apply"]["changes"]
    assert (changes["update"], changes["delete"], changes["replace"]) == (0, 0, 0)
    assert changes["create"] == len(added["plan"]["plan"])


def test_the_others_are_as_they_were(running: Deployment, added: dict[str, Any]) -> None:
    assert described(running, added["outputs"]) == added["others"]


def test_it_is_pending_and_then_ready(running: Deployment, before: Outputs, outputs: Outputs) -> None:
    assert set(before["consumers"]) == {"splunk", "elastic"}
    assert listed(running, outputs) == {"splunk": "ready", "elastic": "ready", "lake": "ready"}


# Who may take the role, and what it may do


def test_the_role_is_its_principals_with_the_external_id_alone(
    security: Person, lake: Person, outputs: Outputs
) -> None:
    role = outputs["consumers"]["lake"]["role_arn"]
    assert lake.arn == LAKE

    for who, said in ((lake, "wrong"), (lake, None), (security, EXTERNAL_ID)):
        assert refusal(lambda w=who, s=said: w.as_role(role, s)) == ("AccessDenied", 403)
    assert lake.as_role(role, EXTERNAL_ID).arn.startswith(f"arn:aws:sts::{LOG}:assumed-role/")


def key_of(running: Deployment, found: Outputs) -> str:
    """Some delivered object."""
    return next(iter(objects(running, found["bucket"])))


@pytest.fixture
def reading(lake: Person, outputs: Outputs) -> Person:
    """The added consumer in its role."""
    return lake.as_role(outputs["consumers"]["lake"]["role_arn"], EXTERNAL_ID)


def test_it_reads_objects_and_versions_and_handles_its_queue(
    running: Deployment, reading: Person, outputs: Outputs
) -> None:
    bucket, key = outputs["bucket"], key_of(running, outputs)
    s3, sqs = reading.client("s3"), reading.client("sqs")
    queue_url = outputs["consumers"]["lake"]["queue_url"]

    got = s3.get_object(Bucket=bucket, Key=key)
    assert gzip.decompress(got["Body"].read())
    assert s3.get_object(Bucket=bucket, Key=key, VersionId=got["VersionId"])["ETag"] == got["ETag"]
    name = queue_url.rpartition("/")[2]
    assert sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=LOG)["QueueUrl"] == queue_url
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["MessageRetentionPeriod"]) == ("900", "1209600")
    message = sqs.receive_message(QueueUrl=queue_url)["Messages"][0]
    sqs.change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert "a line" in lines(read_once(reading, queue_url))


FORBIDDEN: dict[str, Call] = {
    "receive from another's queue": lambda r, o: r.client("sqs").receive_message(
        QueueUrl=o["consumers"]["elastic"]["queue_url"]
    ),
    "receive from its dead letters": lambda r, o: r.client("sqs").receive_message(
        QueueUrl=o["consumers"]["lake"]["dead_letters_url"]
    ),
    "receive from our own queue": lambda r, o: r.client("sqs").receive_message(QueueUrl=o["proof_queue_url"]),
    "send": lambda r, o: r.client("sqs").send_message(
        QueueUrl=o["consumers"]["lake"]["queue_url"], MessageBody="x"
    ),
    "purge": lambda r, o: r.client("sqs").purge_queue(QueueUrl=o["consumers"]["lake"]["queue_url"]),
    "publish": lambda r, o: r.client("sns").publish(TopicArn=o["topic_arn"], Message="x"),
    "write an object": lambda r, o: r.client("s3").put_object(Bucket=o["bucket"], Key="logs/x", Body=b"x"),
    "delete an object": lambda r, o: r.client("s3").delete_object(Bucket=o["bucket"], Key=o["key"]),
    "list the bucket": lambda r, o: r.client("s3").list_objects_v2(Bucket=o["bucket"]),
    "read what was not announced": lambda r, o: r.client("s3").get_object(Bucket=o["bucket"], Key="errors/x"),
    "read the copy": lambda r, o: r.client("s3", "eu-west-1").get_object(
        Bucket=o["replica_bucket"], Key=o["key"]
    ),
    "change the policy": lambda r, o: r.client("s3").delete_bucket_policy(Bucket=o["bucket"]),
    "encrypt": lambda r, o: r.client("kms").encrypt(KeyId=o["key_arn"], Plaintext=b"x"),
    "make a role": lambda r, _: r.client("iam").create_role(
        RoleName="x", AssumeRolePolicyDocument=policy(Effect="Deny", Principal="*", Action="sts:AssumeRole")
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_it_does_nothing_else(running: Deployment, reading: Person, outputs: Outputs, what: str) -> None:
    known = outputs | {"key": key_of(running, outputs)}
    code, status = refusal(lambda: FORBIDDEN[what](reading, known))
    assert code.startswith(("AccessDenied", "AuthorizationError")), code
    assert status in (400, 403)


def test_the_key_decrypts_nothing_that_s3_did_not_ask_for(
    running: Deployment, reading: Person, outputs: Outputs
) -> None:
    blob = running.aws("kms", LOG).encrypt(KeyId=outputs["key_arn"], Plaintext=b"x")["CiphertextBlob"]
    assert refusal(reading.client("kms").decrypt, CiphertextBlob=blob) == ("AccessDeniedException", 400)


# What cannot be read


def test_a_message_that_is_never_deleted_ends_among_the_dead_letters(
    running: Deployment, reading: Person, outputs: Outputs
) -> None:
    made, sqs = outputs["consumers"]["lake"], reading.client("sqs")
    running.aws("sqs", LOG).send_message(QueueUrl=made["queue_url"], MessageBody="poison")

    def poison() -> list[str] | None:
        got = sqs.receive_message(QueueUrl=made["queue_url"], VisibilityTimeout=0, MaxNumberOfMessages=10)
        return [m["Body"] for m in got.get("Messages", []) if m["Body"] == "poison"] or None

    for _ in range(TRIES):
        assert eventually(poison, "the message comes back", 20) == ["poison"]
    assert poison() is None, "the sixth time it is gone"
    dead = running.aws("sqs", LOG).receive_message(QueueUrl=made["dead_letters_url"], WaitTimeSeconds=1)
    assert [message["Body"] for message in dead["Messages"]] == ["poison"]
