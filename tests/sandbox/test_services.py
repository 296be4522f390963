"""AWS services that act in their own name: known by their keys, let in by the policy of what they call on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto.s3.models import s3_backends

from service.sandbox import services
from service.sandbox.actions import asked_of
from service.sandbox.authoriser import authorise
from service.sandbox.call import Call, Principal
from tests.sandbox.calls import call
from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, REGION

CONFIG = "config.amazonaws.com"
SOURCE = f"arn:aws:config:{REGION}:{PRODUCTION}:*"
BUCKET = "kept-for-a-service"


def principal(service: str = CONFIG, source: str = SOURCE) -> Principal:
    """A service, found again by its key."""
    held = services.holder_of(services.credentials_of(service, source).access_key_id)
    assert held is not None
    return held[0]


def writing(who: Principal) -> Call:
    """A write as services send it."""
    put = call("s3", "PutObject", Bucket=BUCKET, Key="x", ACL="bucket-owner-full-control")
    return replace(put, account=who.account, principal=who)


@pytest.fixture(name="bucket")
def _bucket() -> Iterator[None]:
    """A bucket of the log account that lets AWS Config write for production."""
    backend = s3_backends[LOG]["aws"]
    made = backend.create_bucket(BUCKET, REGION)
    condition = {"StringEquals": {"aws:SourceAccount": PRODUCTION}, "ArnLike": {"aws:SourceArn": SOURCE}}
    made.policy = policy(
        Effect="Allow",
        Principal={"Service": CONFIG},
        Action="s3:PutObject",
        Resource=f"arn:aws:s3:::{BUCKET}/*",
        Condition=condition,
    ).encode()
    yield
    backend.delete_bucket(BUCKET)


def test_a_service_has_one_key_for_each_thing_it_acts_for() -> None:
    first, other = (services.credentials_of(CONFIG, arn) for arn in (SOURCE, SOURCE.replace("111", "444")))
    assert first == services.credentials_of(CONFIG, SOURCE)
    assert first.access_key_id != other.access_key_id
    assert services.holder_of("AKIANOBODYKNOWSTHIS0") is None
    assert (principal().source_arn, principal().source_account) == (SOURCE, PRODUCTION)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (principal(), True),
        (principal(service="cloudtrail.amazonaws.com"), False),
        (principal(source=SOURCE.replace(PRODUCTION, "444444444444")), False),
        (principal(source=SOURCE.replace(REGION, "eu-west-1")), False),
    ],
    ids=["itself", "another service", "for another account", "for another region"],
)
@pytest.mark.usefixtures("bucket")
def test_a_policy_lets_a_service_in_for_what_it_names(who: Principal, allowed: bool) -> None:
    refused = authorise(writing(who))
    assert (refused and refused.code) == (None if allowed else "AccessDenied")


def test_only_a_service_may_bring_an_access_list_without_an_action_of_its_own() -> None:
    role = Principal("role", LOG, f"arn:aws:sts::{LOG}:assumed-role/a/b", f"arn:aws:iam::{LOG}:role/a")
    actions = {who.kind: [each.action for each in asked_of(writing(who))] for who in (principal(), role)}
    assert actions == {"service": ["s3:PutObject"], "role": ["s3:PutObject", "s3:PutObjectAcl"]}
