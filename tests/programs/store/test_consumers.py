"""A consumer's role: its own queue, the announced objects, and nothing that is another's."""

from __future__ import annotations

import pytest

from programs import program_for
from programs.names import names_of
from programs.store.consumers import reader_permissions, reader_trust
from programs.store.spec import Consumer
from service.access.request import Caller
from tests.programs.asking import may, role
from tests.programs.recording import run
from tests.programs.wishes import KEY_ARN, LOG, REGION, consumer, wish

NAMES = names_of(wish())
SPLUNK, ELASTIC = (Consumer.model_validate(consumer(name)) for name in ("splunk", "elastic"))
MINE = NAMES.consumer("elastic")
READING = role(LOG, MINE.role_arn)
OBJECT = f"{NAMES.bucket_arn}/logs/2026/11/24/08/x.gz"
THROUGH_S3 = {
    "kms:ViaService": f"s3.{REGION}.amazonaws.com",
    "kms:EncryptionContext:aws:s3:arn": NAMES.bucket_arn,
}


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("sqs:ReceiveMessage", MINE.queue_arn, True),
        ("sqs:DeleteMessage", MINE.queue_arn, True),
        ("sqs:ReceiveMessage", NAMES.consumer("splunk").queue_arn, False),
        ("sqs:ReceiveMessage", NAMES.proof_queue_arn, False),
        ("sqs:ReceiveMessage", MINE.dead_letters_arn, False),
        ("sqs:SendMessage", MINE.queue_arn, False),
        ("sqs:PurgeQueue", MINE.queue_arn, False),
        ("s3:GetObject", OBJECT, True),
        ("s3:GetObjectVersion", OBJECT, True),
        ("s3:GetObject", f"{NAMES.bucket_arn}/errors/x", False),
        ("s3:GetObject", f"{NAMES.bucket_arn}-other/logs/x", False),
        ("s3:PutObject", OBJECT, False),
        ("s3:DeleteObject", OBJECT, False),
        ("kms:Decrypt", KEY_ARN, True),
        ("kms:GenerateDataKey", KEY_ARN, False),
    ],
)
def test_it_reads_its_own_and_changes_nothing(action: str, resource: str, allowed: bool) -> None:
    permissions = reader_permissions(ELASTIC, NAMES, MINE, KEY_ARN)
    assert may(READING, action, resource, LOG, identity=permissions, context=THROUGH_S3) is allowed


def test_the_key_is_of_no_use_outside_the_bucket() -> None:
    permissions = reader_permissions(ELASTIC, NAMES, MINE, KEY_ARN)
    assert not may(READING, "kms:Decrypt", KEY_ARN, LOG, identity=permissions)


@pytest.mark.parametrize(
    ("external_id", "allowed"), [("elastic-id", True), ("splunk-id", False), ("", False)]
)
def test_the_role_is_taken_by_its_principal_with_its_external_id(external_id: str, allowed: bool) -> None:
    context = {"sts:ExternalId": external_id} if external_id else {}
    for caller, known in ((role("333333333333", ELASTIC.principal), True), (STRANGER, False)):
        found = may(
            caller,
            "sts:AssumeRole",
            MINE.role_arn,
            LOG,
            resource_policy=reader_trust(ELASTIC),
            trust=True,
            context=context,
        )
        assert found is (allowed and known)


def test_splunks_add_on_sends_no_external_id_so_its_role_asks_for_none() -> None:
    caller = role("333333333333", SPLUNK.principal)
    mine = NAMES.consumer("splunk").role_arn
    assert may(caller, "sts:AssumeRole", mine, LOG, resource_policy=reader_trust(SPLUNK), trust=True)

    with pytest.raises(ValueError, match="sends no external_id"):
        Consumer.model_validate(consumer("splunk", external_id="splunk-id"))
    with pytest.raises(ValueError, match="external_id is missing"):
        Consumer.model_validate({**consumer("elastic"), "external_id": None})


def test_an_external_id_is_not_printed() -> None:
    assert "elastic-id" not in repr(ELASTIC)


def test_the_bucket_is_looked_at_only_by_those_who_do_so() -> None:
    """Fluentd's plugin and Splunk's add-on; the others never list it."""
    looking = set()
    for type_ in ("splunk", "elastic", "vector", "fluentd"):
        mine = NAMES.consumer(type_)
        allowed = reader_permissions(Consumer.model_validate(consumer(type_)), NAMES, mine, KEY_ARN)
        if may(role(LOG, mine.role_arn), "s3:ListBucket", NAMES.bucket_arn, LOG, identity=allowed):
            looking.add(type_)
    assert looking == {"splunk", "fluentd"}


STRANGER: Caller = role("333333333333", "arn:aws:iam::333333333333:role/other")


def test_another_consumer_changes_nothing_for_those_that_are_there() -> None:
    one = run(program_for(wish(consumers=(consumer("elastic"),))))[0]
    two = run(program_for(wish(consumers=(consumer("elastic"), consumer("splunk")))))[0]
    assert {name: two[name] for name in one} == one
    assert all("splunk" in name for name in two.keys() - one.keys())


def test_splunk_gets_the_envelope_whose_signature_it_checks_and_the_others_get_what_s3_wrote() -> None:
    made = run(program_for(wish()))[0]
    assert made["splunk-subscription"].inputs["rawMessageDelivery"] is False
    assert made["elastic-subscription"].inputs["rawMessageDelivery"] is True
    assert (SPLUNK.raw, ELASTIC.raw) == (False, True)


@pytest.mark.parametrize("name", ["proof", "replica", "Splunk", "s", "a-b", "toolongforarole"])
def test_a_name_that_would_clash_or_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Consumer.model_validate({**consumer("splunk"), "name": name})


def test_two_consumers_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        wish(consumers=(consumer("elastic"), consumer("elastic", external_id="other")))
