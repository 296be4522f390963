"""The 27 questions that decide whether a sandbox tells who may do what as AWS does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from service.sandbox.call import Credentials
from tests.sandbox.iam_scene import BUCKET, Scene, allow, arn_of, build
from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, running_sandbox


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_sandbox(tmp_path_factory.mktemp("iam")) as sandbox:
        yield build(sandbox)


Ask = Callable[[Scene], Any]


def s3(account: str, role: str, operation: str, session_policy: str | None = None, **more: Any) -> Ask:
    """An S3 call on the log bucket as a role."""

    def asked(scene: Scene) -> Any:
        client = scene.client("s3", account, role, session_policy)
        return getattr(client, operation)(Bucket=BUCKET, **more)

    return asked


def put(account: str, role: str, session_policy: str | None = None) -> Ask:
    return s3(account, role, "put_object", session_policy, Key="asked", Body=b"x")


def delete(account: str, role: str) -> Ask:
    return s3(account, role, "delete_object", Key="asked")


def get(account: str, role: str) -> Ask:
    return s3(account, role, "get_object", Key="there")


def call(role: str, service: str, operation: str, **more: Any) -> Ask:
    """A call of another service as a role of production."""
    return lambda scene: getattr(scene.client(service, PRODUCTION, role), operation)(**more)


def assume(role: str, target: str) -> Ask:
    return call(role, "sts", "assume_role", RoleArn=target, RoleSessionName="asked")


def signed_by(service: str, credentials: Credentials, operation: str) -> Ask:
    return lambda scene: getattr(scene.sandbox.client(service, "", credentials=credentials), operation)()


OPEN_POLICY = policy(
    Effect="Allow", Principal={"AWS": PRODUCTION}, Action="s3:*", Resource=f"arn:aws:s3:::{BUCKET}"
)
TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
NOT_S3 = ("AccessDeniedException", 400)
DENIED = ("AccessDenied", 403)

QUESTIONS: list[tuple[str, Ask, tuple[str, int] | None]] = [
    ("the Firehose role puts: both sides allow", put(PRODUCTION, "fh"), None),
    ("the Firehose role deletes", delete(PRODUCTION, "fh"), DENIED),
    ("the Firehose role reads what its own policy does not give", get(PRODUCTION, "fh"), DENIED),
    ("a role named by the bucket alone puts", put(PRODUCTION, "fhnoid"), DENIED),
    ("the other account's administrator puts", put(PRODUCTION, "engadmin"), DENIED),
    ("the other account's administrator deletes", delete(PRODUCTION, "engadmin"), DENIED),
    ("the other account's administrator reads", get(PRODUCTION, "engadmin"), DENIED),
    (
        "the other account's administrator rewrites the bucket policy",
        s3(PRODUCTION, "engadmin", "put_bucket_policy", Policy=OPEN_POLICY),
        DENIED,
    ),
    (
        "the other account's administrator deletes the bucket policy",
        s3(PRODUCTION, "engadmin", "delete_bucket_policy"),
        DENIED,
    ),
    ("a reader reads: both sides allow", get(PRODUCTION, "engro"), None),
    ("a reader writes", put(PRODUCTION, "engro"), DENIED),
    ("the log account's administrator puts", put(LOG, "ladmin"), None),
    ("the log account's administrator deletes against the Deny", delete(LOG, "ladmin"), DENIED),
    ("break-glass deletes", delete(LOG, "breakglass"), None),
    (
        "a boundary stops what the role's own policy gives",
        s3(LOG, "lbound", "put_bucket_tagging", Tagging=TAGS),
        DENIED,
    ),
    ("inside the boundary it goes", put(LOG, "lbound"), None),
    ("a Deny whose condition never holds stops nothing", put(LOG, "lnever"), None),
    ("a session policy narrows its session", put(LOG, "ladmin", allow("s3:GetObject")), DENIED),
    (
        "describe a stream",
        call("eng2", "firehose", "describe_delivery_stream", DeliveryStreamName="scene"),
        None,
    ),
    (
        "delete a stream",
        call("eng2", "firehose", "delete_delivery_stream", DeliveryStreamName="scene"),
        NOT_S3,
    ),
    ("delete a log group", call("eng2", "logs", "delete_log_group", logGroupName="/scene"), NOT_S3),
    ("describe log groups", call("eng2", "logs", "describe_log_groups"), None),
    ("assume a role that does not trust the caller", assume("eng2", arn_of(LOG, "ladmin")), DENIED),
    (
        "an administrator assumes a role that does not trust him",
        assume("engadmin", arn_of(LOG, "ladmin")),
        DENIED,
    ),
    ("who am I", call("engadmin", "sts", "get_caller_identity"), None),
    (
        "an unknown key",
        signed_by("s3", Credentials("AKIANOBODYKNOWSTHIS0", "x", ""), "list_buckets"),
        ("InvalidAccessKeyId", 403),
    ),
    (
        "a wrong secret",
        signed_by("s3", Credentials(LOG, "wrong", ""), "list_buckets"),
        ("SignatureDoesNotMatch", 403),
    ),
]


def test_there_are_27_questions() -> None:
    assert len(QUESTIONS) == 27


@pytest.mark.parametrize(
    ("ask", "refusal"), [(ask, refusal) for _, ask, refusal in QUESTIONS], ids=[q[0] for q in QUESTIONS]
)
def test_a_question_is_answered_as_aws_answers_it(
    scene: Scene, ask: Ask, refusal: tuple[str, int] | None
) -> None:
    try:
        ask(scene)
        answered = None
    except ClientError as error:
        answered = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert answered == refusal
