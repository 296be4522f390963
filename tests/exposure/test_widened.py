"""What somebody changes by hand is told of when it lets somebody in, and only then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from programs import program_for
from programs.documents import allow, document, render
from programs.names import names_of
from programs.wish import Wish
from service.exposure.documents import Resource
from service.exposure.widened import Seen, seen
from tests.exposure.build import resources, setting
from tests.programs.recording import run
from tests.programs.wishes import LOG, PRODUCTION, wish

WISH = wish()
NAMES = names_of(WISH)
OUTSIDE = "444444444444"
THIEF = f"arn:aws:iam::{OUTSIDE}:role/thief"


@pytest.fixture(scope="module")
def stack() -> list[Resource]:
    """The resources of an applied source."""
    return resources(run(program_for(WISH))[0])


def one(stack: list[Resource], name: str) -> Resource:
    return next(each for each in stack if each["urn"].endswith(f"::{name}"))


def changed(stack: list[Resource], name: str, member: str, text: str) -> dict[str, Any]:
    """What a check finds where the document of a resource was changed by hand."""
    properties = [{"path": member, "old": None, "new": text}]
    return {"urn": one(stack, name)["urn"], "op": "update", "properties": properties}


def with_statement(
    stack: list[Resource], name: str, member: str = "policy", **statement: Any
) -> dict[str, Any]:
    written = json.loads(one(stack, name)["inputs"][member])
    added = {"Sid": "ByHand", "Effect": "Allow", **statement}
    return changed(stack, name, member, render({**written, "Statement": [*written["Statement"], added]}))


def without_statement(stack: list[Resource], name: str, sid: str) -> dict[str, Any]:
    written = json.loads(one(stack, name)["inputs"]["policy"])
    kept = [each for each in written["Statement"] if each["Sid"] != sid]
    assert len(kept) < len(written["Statement"])
    return changed(stack, name, "policy", render({**written, "Statement": kept}))


def opened(stack: list[Resource], *changes: dict[str, Any], asked: Wish = WISH) -> set[tuple[str, str]]:
    return {(each.principal, each.act) for each in seen(setting(asked), stack, changes).openings}


OBJECTS = f"{NAMES.bucket_arn}/*"


def test_an_untouched_source_lets_nobody_in(stack: list[Resource]) -> None:
    assert seen(setting(WISH), stack, []) == Seen((), ())


def test_a_principal_that_is_named_by_hand_is_told_by_its_arn(stack: list[Resource]) -> None:
    change = with_statement(
        stack, "bucket-policy", Principal={"AWS": THIEF}, Action="s3:GetObject", Resource=OBJECTS
    )
    found = seen(setting(WISH), stack, [change])
    assert {(each.principal, each.act) for each in found.openings} == {
        (f"named:{THIEF}", "store.read-object")
    }
    assert THIEF in found.message
    assert "ByHand in the policy of the bucket" in found.message
    [finding] = found.findings
    assert (finding["severity"], finding["code"]) == ("WARNING", "access_widened")
    assert THIEF in finding["message"]


def test_everybody_is_a_stranger_and_anybody(stack: list[Resource]) -> None:
    change = with_statement(stack, "bucket-policy", Principal="*", Action="s3:GetObject", Resource=OBJECTS)
    found = opened(stack, change)
    assert {("stranger", "store.read-object"), ("anonymous", "store.read-object")} <= found
    assert ("production:engineer", "store.read-object") in found


def test_an_organisation_that_is_let_in_is_told(stack: list[Resource]) -> None:
    change = with_statement(
        stack,
        "bucket-policy",
        Principal="*",
        Action="s3:GetObject",
        Resource=OBJECTS,
        Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
    )
    [(who, act)] = opened(stack, change)
    assert "o-1234567890" in who
    assert act == "store.read-object"


def test_a_role_of_the_log_account_that_could_do_nothing_before_is_told(stack: list[Resource]) -> None:
    arn = f"arn:aws:iam::{LOG}:role/intern"
    change = with_statement(
        stack, "bucket-policy", Principal={"AWS": arn}, Action="s3:DeleteObject*", Resource=OBJECTS
    )
    assert opened(stack, change) == {
        (f"named:{arn}", "store.delete-object"),
        (f"named:{arn}", "store.delete-version"),
    }


def test_a_narrow_place_and_a_condition_that_the_caller_chooses_are_seen_through(
    stack: list[Resource],
) -> None:
    change = with_statement(
        stack,
        "bucket-policy",
        Principal={"AWS": THIEF},
        Action="s3:GetObject",
        Resource=f"{NAMES.bucket_arn}/elsewhere/2026-*",
        Condition={"StringEquals": {"s3:ExistingObjectTag/public": "yes"}},
    )
    assert opened(stack, change) == {(f"named:{THIEF}", "store.read-object")}


def test_without_the_deny_the_log_accounts_administrators_can_write(stack: list[Resource]) -> None:
    found = opened(stack, without_statement(stack, "bucket-policy", "DenyOtherWriters"))
    assert ("log:engineer", "store.write-object") in found
    assert ("log:root", "store.write-object") in found


def test_a_bucket_policy_that_is_gone_opens_the_store_to_its_own_account(stack: list[Resource]) -> None:
    urn = one(stack, "bucket-policy")["urn"]
    found = opened(stack, {"urn": urn, "op": "delete", "properties": []})
    assert ("log:engineer", "store.write-object") in found
    assert not [who for who, _ in found if who in ("stranger", "anonymous", "production:engineer")]


def test_a_key_that_somebody_may_use_is_told(stack: list[Resource]) -> None:
    change = with_statement(
        stack, "key", Principal={"AWS": f"arn:aws:iam::{OUTSIDE}:root"}, Action="kms:Decrypt", Resource="*"
    )
    assert {act for _, act in opened(stack, change)} == {"key.decrypt"}


def test_a_queue_that_anybody_may_read_is_told(stack: list[Resource]) -> None:
    queue = NAMES.consumer("elastic").queue_arn
    change = with_statement(
        stack, "elastic-queue-policy", Principal="*", Action="sqs:ReceiveMessage", Resource=queue
    )
    assert ("anonymous", "queue:elastic.receive") in opened(stack, change)


def test_a_service_that_acts_for_somebody_else_is_told(stack: list[Resource]) -> None:
    text = render(
        document(
            allow(
                "Bucket", ["sns:Publish"], Principal={"Service": "s3.amazonaws.com"}, Resource=NAMES.topic_arn
            )
        )
    )
    assert opened(stack, changed(stack, "topic-policy", "policy", text)) == {
        ("service:s3:elsewhere", "topic.publish")
    }


def test_a_service_that_is_let_in_for_one_account_is_told(stack: list[Resource]) -> None:
    change = with_statement(
        stack,
        "topic-policy",
        Principal={"Service": "ses.amazonaws.com"},
        Action="sns:Publish",
        Resource=NAMES.topic_arn,
        Condition={"StringEquals": {"aws:SourceAccount": OUTSIDE}},
    )
    [(who, act)] = opened(stack, change)
    assert "ses.amazonaws.com" in who
    assert OUTSIDE in who
    assert act == "topic.publish"


def test_a_role_that_others_may_take_is_told(stack: list[Resource]) -> None:
    change = with_statement(
        stack, "elastic-role", "assumeRolePolicy", Principal={"AWS": THIEF}, Action="sts:AssumeRole"
    )
    assert opened(stack, change) == {(f"named:{THIEF}", "role:consumer:elastic.assume")}


def test_an_external_id_that_is_no_longer_asked_for_is_told(stack: list[Resource]) -> None:
    written = json.loads(one(stack, "elastic-role")["inputs"]["assumeRolePolicy"])
    for statement in written["Statement"]:
        statement.pop("Condition")
    change = changed(stack, "elastic-role", "assumeRolePolicy", render(written))
    assert ("consumer:elastic:without-id", "role:consumer:elastic.assume") in opened(stack, change)


def test_what_only_narrows_opens_nothing(stack: list[Resource]) -> None:
    shut = with_statement(
        stack, "bucket-policy", Effect="Deny", Principal="*", Action="s3:*", Resource=OBJECTS
    )
    readers = without_statement(stack, "key", "Readers")
    assert opened(stack, shut, readers) == set()


def test_what_bears_on_nobody_is_left_out(stack: list[Resource]) -> None:
    rotation = {"path": "enableKeyRotation", "old": True, "new": False}
    change = {"urn": one(stack, "key")["urn"], "op": "update", "properties": [rotation]}
    assert seen(setting(WISH), stack, [change]) == Seen((), ())


def test_a_message_names_a_few_and_counts_the_rest(stack: list[Resource]) -> None:
    arns = [f"arn:aws:iam::{OUTSIDE}:role/r{number}" for number in range(9)]
    change = with_statement(
        stack, "bucket-policy", Principal={"AWS": arns}, Action="s3:Get*", Resource=OBJECTS
    )
    found = seen(setting(WISH), stack, [change])
    assert len(found.findings) == 9
    assert found.message.endswith("And 5 more.")


def test_production_stays_out_whatever_is_allowed_by_hand(stack: list[Resource]) -> None:
    change = with_statement(
        stack,
        "bucket-policy",
        Principal={"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
        Action="s3:*",
        Resource=[NAMES.bucket_arn, OBJECTS],
    )
    found = {act for who, act in opened(stack, change) if who == "production:engineer"}
    assert found == {"store.list", "store.read-object", "store.read-version"}
