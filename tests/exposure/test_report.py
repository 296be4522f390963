"""Who can touch the logs of a source that was applied: just what is meant, of every kind, and nobody beside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from programs.wish import Wish
from service.access.evaluator import Effect, Policy
from service.exposure.documents import Documents
from service.exposure.intended import Intended
from service.exposure.principals import Principal, principals_of
from service.exposure.report import Report, Verdict, report
from service.exposure.why import statements, why
from tests.exposure.build import allowed, documents, report_of, setting
from tests.programs.everything import offers, wished
from tests.programs.wishes import LOG, PRODUCTION, READER, SECURITY, consumer, wish

WRITES = {"store.write-object", "store.overwrite-object"}
READS = {f"{thing}.{word}" for thing in ("store", "copy") for word in ("list", "read-object", "read-version")}


@pytest.fixture(scope="module")
def applied() -> Report:
    """The report on a cloudwatch source."""
    return report_of(wish())


def verdict(found: Report, principal: str, act: str) -> Verdict:
    return found.verdicts[principal, act]


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        *((name, "active") for name in offers()),
        ("cloudwatch/cloudwatch", "retired"),
        ("config/config", "retired"),
    ],
)
def test_what_is_allowed_is_what_is_meant_of_every_kind(name: str, stage: str) -> None:
    asked = wished(offers()[name], stage=stage)
    made, around = documents(asked), setting(asked)
    found, intended = report(around, made), Intended(around, made)
    wrong = [
        (principal.id, act.id)
        for principal in found.principals
        for act in found.acts
        if found.verdicts[principal.id, act.id].allowed != intended.allows(principal, act.id)
    ]
    assert wrong == []
    assert not [principal.id for principal in found.principals if principal.id.startswith("named:")]


def test_an_engineer_of_production_can_change_the_senders_roles_and_nothing_else(applied: Report) -> None:
    roles = {
        f"role:{who}.{what}" for who in ("writer", "feeder") for what in ("change-trust", "change-policy")
    }
    assert allowed(applied, "production:engineer") == roles
    assert allowed(applied, "production:root") == roles


def test_whoever_takes_the_writer_over_can_add_and_read_but_neither_delete_nor_change(
    applied: Report,
) -> None:
    can = allowed(applied, "delivery:taken-over")
    assert can >= WRITES | {"store.read-object", "key.decrypt"}
    words = {act.id: act.family for act in applied.acts if act.thing in ("store", "copy", "key", "copy-key")}
    assert {words[each] for each in can if each in words} == {"write", "read", "settings", "use key"}
    assert {each for each in can if words.get(each) == "settings"} == {"store.change-object-acl"}
    assert not [each for each in can if each.startswith(("copy", "queue", "topic"))]


def test_the_delivery_role_itself_reads_nothing(applied: Report) -> None:
    assert allowed(applied, "delivery:writer") >= WRITES
    assert "store.read-object" not in allowed(applied, "delivery:writer")


@pytest.mark.parametrize(
    "who", ["stranger", "anonymous", "delivery:another", "consumer:another", "delivery:feeder"]
)
def test_they_can_do_nothing_at_all(applied: Report, who: str) -> None:
    assert allowed(applied, who) == set()


def test_readers_read_the_store_and_its_copy(applied: Report) -> None:
    assert allowed(applied, f"reader:{READER}") == READS | {"key.decrypt", "copy-key.decrypt"}


def test_a_consumers_role_reads_through_its_own_queue(applied: Report) -> None:
    own = {"queue:elastic.receive", "queue:elastic.delete-message"}
    assert allowed(applied, "consumer:elastic") == own | {
        "store.read-object",
        "store.read-version",
        "key.decrypt",
    }


def test_the_external_id_is_what_lets_a_consumer_in(applied: Report) -> None:
    assert allowed(applied, "consumer:elastic:principal") == {"role:consumer:elastic.assume"}
    assert allowed(applied, "consumer:elastic:without-id") == set()


def test_the_log_accounts_own_root_writes_no_logs(applied: Report) -> None:
    for who in ("log:root", "log:engineer", "log:deploy"):
        assert not allowed(applied, who) & (WRITES | {"store.write-elsewhere", "copy.replicate-object"})
    denied = verdict(applied, "log:root", "store.write-object")
    assert denied.decision.effect is Effect.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("kind", "service"), [("cloudtrail/cloudtrail", "cloudtrail"), ("config/config", "config")]
)
def test_a_service_writes_for_this_source_and_for_nobody_else(kind: str, service: str) -> None:
    found = report_of(wished(offers()[kind]))
    assert allowed(found, f"service:{service}") >= WRITES | {"key.data-key"}
    assert allowed(found, f"service:{service}:elsewhere") == set()


def test_every_principal_is_asked_about_every_act(applied: Report) -> None:
    assert set(applied.verdicts) == {(who.id, act.id) for who in applied.principals for act in applied.acts}
    ids = [who.id for who in applied.principals]
    assert len(ids) == len(set(ids))
    assert len({act.id for act in applied.acts}) == len(applied.acts)


def test_a_denial_names_the_statement_that_denies(applied: Report) -> None:
    act = next(each for each in applied.acts if each.id == "store.delete-object")
    denied = verdict(applied, "production:engineer", act.id)
    assert [sid for _, sid in statements(denied.decision)] == ["DenyProduction"]
    assert why(act, denied).startswith("DenyProduction in the policy of the bucket logflume-payments-api-")


def test_an_allow_names_both_statements_that_were_needed(applied: Report) -> None:
    act = next(each for each in applied.acts if each.id == "store.write-object")
    written = verdict(applied, "delivery:writer", act.id)
    assert [sid for _, sid in statements(written.decision)] == ["WriteToTheStore", "Writer"]
    assert "WriteToTheStore" in why(act, written)
    assert "Writer in the policy of the bucket" in why(act, written)


@pytest.mark.parametrize(
    ("who", "act", "told"),
    [
        ("stranger", "store.read-object", "No statement of the policy of the bucket"),
        ("stranger", "role:writer.change-trust", "Nothing lets anybody in from outside the account."),
        ("log:deploy", "store.read-version", "None of its own policies allows it."),
        ("consumer:elastic:without-id", "role:consumer:elastic.assume", "lets nobody like it."),
        ("log:root", "role:replication.assume", "The root of an account can take no role."),
        ("log:root", "store.delete-policy", "The root of an account may do there what no policy denies."),
        ("log:root", "key.delete", "LogAccount in the policy of the key key allows it."),
    ],
)
def test_each_reason_has_its_sentence(applied: Report, who: str, act: str, told: str) -> None:
    asked = next(each for each in applied.acts if each.id == act)
    assert told in why(asked, verdict(applied, who, act))


def test_what_the_boundary_holds_back_is_said() -> None:
    asked = wish()
    found = report(setting(asked), wider(documents(asked), "s3:*"))
    act = next(each for each in found.acts if each.id == "store.delete-object")
    name = "consumer:elastic"
    assert not found.verdicts[name, act.id].allowed
    assert "boundary" in why(act, found.verdicts[name, act.id])


def test_without_its_boundary_a_widened_role_can_do_it() -> None:
    asked = wish()
    made = wider(documents(asked), "s3:*")
    open_roles = {name: replace(each, boundary="") for name, each in made.roles.items()}
    found = report(setting(asked), replace(made, roles=open_roles))
    assert "store.delete-object" in allowed(found, "consumer:elastic")


def wider(made: Documents, action: str) -> Documents:
    """Every role of the log account with one more inline policy."""
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    )
    more = {
        name: replace(each, inline=(*each.inline, Policy("by hand", text)))
        for name, each in made.roles.items()
        if name.endswith(("elastic", "replica"))
    }
    return replace(made, roles={**made.roles, **more})


def test_a_policy_that_cannot_be_read_rules_nothing_out() -> None:
    asked = wish()
    made = documents(asked)
    broken = {name: Policy("broken", "{}") for name in made.buckets}
    found = report(setting(asked), replace(made, buckets=broken))
    act = next(each for each in found.acts if each.id == "store.read-object")
    assert found.verdicts["anonymous", act.id].allowed
    assert "cannot be read" in why(act, found.verdicts["anonymous", act.id])


def test_accounts_that_read_are_asked_about_as_somebody_of_theirs() -> None:
    asked = wish(readers=(f"arn:aws:iam::{SECURITY}:root", f"arn:aws:iam::{SECURITY}:user/ann"))
    found = report_of(asked)
    assert allowed(found, f"reader:arn:aws:iam::{SECURITY}:root") >= READS
    assert allowed(found, f"reader:arn:aws:iam::{SECURITY}:user/ann") >= READS


@pytest.mark.parametrize(
    "changes",
    [
        {"readers": (f"arn:aws:iam::{LOG}:root", f"arn:aws:iam::{LOG}:role/auditor")},
        {"readers": (f"arn:aws:iam::{PRODUCTION}:role/auditor", f"arn:aws:iam::{PRODUCTION}:root")},
        {"consumers": (consumer("elastic", principal=f"arn:aws:iam::{SECURITY}:root"), consumer("splunk"))},
        {"readers": (), "consumers": (), "replica_region": None},
    ],
    ids=["readers of the log account", "readers of production", "consumers of a whole account", "nobody"],
)
def test_whoever_else_is_named_has_what_is_meant_and_no_more(changes: dict[str, Any]) -> None:
    asked = wish(**changes)
    made, around = documents(asked), setting(asked)
    found, intended = report(around, made), Intended(around, made)
    assert [(w.id, a.id) for w, a, _ in found.allowed() if not intended.allows(w, a.id)] == []


def test_nobody_around_a_source_is_taken_for_a_stranger() -> None:
    asked: Wish = wish(readers=("arn:aws:iam::999999999999:role/monitoring",))
    assert setting(asked).elsewhere == "888888888888"
    ids: list[Principal] = principals_of(setting(asked), Documents())
    assert "stranger" in {each.id for each in ids}


def test_nothing_built_is_nothing_to_touch() -> None:
    found = report(setting(wish()), Documents())
    assert found.acts == ()
    assert list(found.allowed()) == []
