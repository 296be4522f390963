"""Who is asked about: every class of principal that is near the logs of a source, and the worst of each. Pure.

Of somebody who is none of ours, the policies of their own account are not known: they are assumed to allow everything
(`ASSUMED`). The roles of the source are asked about with the policies that they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from programs.names import role_arn
from service.access.evaluator import Policy
from service.access.request import Caller
from service.exposure.acts import roles_of
from service.exposure.documents import Documents
from service.exposure.services import Acting, acting
from service.exposure.setting import Setting

Side = Literal["production", "delivery", "services", "log account", "readers", "consumers", "others"]
ASSUMED = Policy(
    "its own policies (assumed: everything)",
    '{"Version":"2012-10-17","Statement":{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}}',
)
_KEY_ID = re.compile(r"key/[0-9A-Za-z-]+")


@dataclass(frozen=True)
class Principal:
    """Somebody who may ask for something. `context` holds the condition keys that they bring along."""

    id: str
    title: str
    side: Side
    caller: Caller
    identity: tuple[Policy, ...] = (ASSUMED,)
    boundary: Policy | None = None
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def assumed(self) -> bool:
        """Whether what its own account lets it do is a guess, and the widest."""
        return ASSUMED in self.identity


def principals_of(setting: Setting, documents: Documents) -> list[Principal]:
    """Everybody, from the production account outwards."""
    return [
        *_production(setting),
        *_delivery(setting, documents),
        *(_service(each, setting) for each in acting(setting, documents)),
        *_log_account(setting, documents),
        *_readers(setting),
        *_consumers(setting, documents),
        *_others(setting),
    ]


def role(arn: str) -> Caller:
    """A session of a role."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    return Caller("role", account, f"arn:aws:sts::{account}:assumed-role/{name}/session", role_arn=arn)


def root(account: str) -> Caller:
    """The root user of an account."""
    return Caller("root", account, f"arn:aws:iam::{account}:root")


def caller_of(arn: str) -> Caller:
    """Who a policy means by an ARN; by an account, a role of it that the account lets do everything."""
    account, name = arn.split(":")[4], arn.split(":", 5)[5]
    if name.startswith("user/"):
        return Caller("user", account, arn)
    return role(f"arn:aws:iam::{account}:role/anybody" if name == "root" else arn)


def _engineer(id: str, title: str, side: Side, account: str) -> Principal:
    return Principal(id, title, side, role(f"arn:aws:iam::{account}:role/engineer"))


def _production(setting: Setting) -> Iterator[Principal]:
    account = setting.production
    yield _engineer("production:engineer", "Engineer with * in the production account", "production", account)
    yield Principal("production:root", "Root of the production account", "production", root(account), ())
    yield _deploy("production:deploy", "logflume's deploy role in production", "production", setting, account)


def _deploy(id: str, title: str, side: Side, setting: Setting, account: str) -> Principal:
    return Principal(
        id, title, side, role(role_arn(account, "logflume-deploy")), identity=setting.deploy(account)
    )


def _delivery(setting: Setting, documents: Documents) -> Iterator[Principal]:
    """The roles that send, as they are; the writer's as somebody could make it who administers production; another source's."""
    titles = {"writer": "This source's delivery role", "feeder": "The role that feeds the stream"}
    for word, title in titles.items():
        account, name = roles_of(setting).get(word, ("", ""))
        if name in documents.roles:
            yield _own(f"delivery:{word}", title, "delivery", setting, documents, account, name)
    writer = setting.writer_role
    if writer is None or writer not in documents.roles:
        return
    arn = role_arn(setting.production, writer)
    yield Principal(
        "delivery:taken-over",
        "This source's delivery role, taken over by production's administrators",
        "delivery",
        role(arn),
    )
    yield _of_another("delivery:another", "Another source's delivery role", "delivery", setting, arn, ())


def _own(
    id: str, title: str, side: Side, setting: Setting, documents: Documents, account: str, name: str
) -> Principal:
    """A role of the stack with the policies that it has there."""
    kept = documents.roles[name]
    bounded = kept.boundary == setting.boundary_arn(account)
    boundary = setting.boundary(account) if bounded else None
    return Principal(id, title, side, role(role_arn(account, name)), kept.inline, boundary)


def _of_another(
    id: str, title: str, side: Side, setting: Setting, arn: str, inline: tuple[Policy, ...]
) -> Principal:
    """The same role of another source: with the same policies in its own names, or all that the boundary leaves it."""
    own = tuple(Policy(each.name, _elsewhere(each.text, setting)) for each in inline)
    account = arn.split(":")[4]
    caller = role(_elsewhere(arn, setting))
    return Principal(id, title, side, caller, own or (ASSUMED,), setting.boundary(account))


def _elsewhere(text: str, setting: Setting) -> str:
    """A text about this source as it would be about another, whose bucket and keys are others too, taken over or not."""
    label = setting.names.label
    theirs = text.replace(setting.names.bucket_arn, f"arn:aws:s3:::logflume-{label}")
    return _KEY_ID.sub("key/another", theirs).replace(label, f"another-{label}")


def _service(service: Acting, setting: Setting) -> Principal:
    caller = Caller("service", services=frozenset({service.name}))
    whose = "this source" if service.ours else f"another account ({setting.elsewhere})"
    return Principal(
        f"service:{service.word}" + ("" if service.ours else ":elsewhere"),
        f"{service.title}, acting for {whose}",
        "services",
        caller,
        (),
        context=service.context,
    )


def _log_account(setting: Setting, documents: Documents) -> Iterator[Principal]:
    account = setting.log
    yield _engineer("log:engineer", "Administrator with * in the log account", "log account", account)
    yield Principal("log:root", "Root of the log account (break-glass)", "log account", root(account), ())
    yield _deploy("log:deploy", "logflume's deploy role in the log account", "log account", setting, account)
    name = setting.names.replication_role
    if name in documents.roles:
        yield _own(
            "log:replication",
            "The role that copies to the second region",
            "log account",
            setting,
            documents,
            account,
            name,
        )


def _readers(setting: Setting) -> Iterator[Principal]:
    for arn in setting.wish.readers:
        who = f"Anybody with * in the account {arn.split(':')[4]}" if arn.endswith(":root") else arn
        yield Principal(f"reader:{arn}", f"Reader: {who}", "readers", caller_of(arn))


def _consumers(setting: Setting, documents: Documents) -> Iterator[Principal]:
    for consumer in setting.wish.consumers:
        name = setting.names.consumer(consumer.name).role
        id, title = f"consumer:{consumer.name}", f"Consumer {consumer.name}"
        if name in documents.roles:
            yield _own(id, f"{title}: its role", "consumers", setting, documents, setting.log, name)
        who = Principal(
            f"{id}:principal", f"{title}: who takes its role", "consumers", caller_of(consumer.principal)
        )
        if consumer.external_id is None:
            yield who
            continue
        yield replace(
            who, title=f"{who.title}, with the external id", context={"sts:ExternalId": consumer.external_id}
        )
        yield replace(who, id=f"{id}:without-id", title=f"{who.title}, without the external id")
    yield from _another_consumer(setting, documents)


def _another_consumer(setting: Setting, documents: Documents) -> Iterator[Principal]:
    for consumer in setting.wish.consumers[:1]:
        mine = setting.names.consumer(consumer.name)
        if mine.role in documents.roles:
            inline = documents.roles[mine.role].inline
            yield _of_another(
                "consumer:another",
                "A consumer's role of another source",
                "consumers",
                setting,
                mine.role_arn,
                inline,
            )


def _others(setting: Setting) -> Iterator[Principal]:
    number = setting.elsewhere
    yield _engineer("stranger", f"Somebody with * in another account ({number})", "others", number)
    yield Principal("anonymous", "Anybody, not signed in", "others", Caller("anonymous"), ())
