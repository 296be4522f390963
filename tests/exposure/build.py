"""The documents of a source as its program registers them, without an engine."""

from __future__ import annotations

import gzip
import json

from sqlmodel import Session

from programs import program_for
from programs.deploy.spec import BootstrapSpec
from programs.wish import Wish
from service import queries
from service.environments import Environment
from service.exposure.documents import Documents, Resource, gather, resources_of
from service.exposure.report import Report, report
from service.exposure.setting import Setting
from service.models import Checkpoint, Source
from service.wish import wish_of
from tests.programs.recording import Registered, run
from tests.programs.wishes import KEY_ARN, REPLICA_KEY_ARN

_KEYS = {"key": KEY_ARN, "replica-key": REPLICA_KEY_ARN}


def setting(wish: Wish) -> Setting:
    """A wish in an environment that lets its bucket be taken over, if it asks for one."""
    adopted = wish.spec.adopt_bucket
    production, log = (
        BootstrapSpec.model_validate(
            {
                "side": side,
                "account_id": access.account_id,
                "region": access.region,
                "profile": access.profile,
                "service_principal": "",
                "external_id": "",
                "adoptable_buckets": () if adopted is None else (adopted,),
            }
        )
        for side, access in (("production", wish.production), ("log", wish.log))
    )
    return Setting(wish, production, log)


def resources(found: dict[str, Registered]) -> list[Resource]:
    """What a program registered, as a checkpoint has it; ARNs and URLs are those that the mocks make up."""
    return [
        {
            "urn": f"urn:pulumi:stack::logflume::{one.type}::{one.name}",
            "type": one.type,
            "inputs": one.inputs,
            "outputs": {"arn": _KEYS.get(one.name, f"arn:{one.name}"), "url": f"https://{one.name}"},
        }
        for one in found.values()
    ]


def documents(wish: Wish) -> Documents:
    """The documents that the program of a wish writes."""
    return gather(resources(run(program_for(wish))[0]))


def report_of(wish: Wish) -> Report:
    """Who can touch the logs of a wish that was applied."""
    return report(setting(wish), documents(wish))


def allowed(found: Report, principal: str) -> set[str]:
    """Ids of what a principal may do."""
    return {act.id for who, act, _ in found.allowed() if who.id == principal}


def built(session: Session, source: Source, environment: Environment) -> None:
    """What a worker stores of a source whose program has run."""
    made = resources(run(program_for(wish_of(source, environment)))[0])
    state = json.dumps({"checkpoint": {"latest": {"resources": made}}}).encode()
    checkpoint = Checkpoint(source_id=source.id, token=1, body=gzip.compress(state))
    session.add(checkpoint)
    session.flush()
    source.checkpoint_id = checkpoint.id
    source.stack = {"generation": 1, "updated_at": "2026-11-24T10:00:00+00:00"}


def open_by_hand(session: Session, source: Source, arn: str) -> None:
    """As a check stores a bucket policy to which somebody was added."""
    policy = next(
        each
        for each in resources_of(queries.checkpoint(session, source))
        if each["urn"].endswith("::bucket-policy")
    )
    written = json.loads(policy["inputs"]["policy"])
    written["Statement"].append(
        {
            "Sid": "ByHand",
            "Effect": "Allow",
            "Principal": {"AWS": arn},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{policy['inputs']['bucket']}/*",
        }
    )
    properties = [{"path": "policy", "old": None, "new": json.dumps(written)}]
    change = {"urn": policy["urn"], "op": "update", "properties": properties}
    source.drift = {
        "checked_at": "2026-11-24T11:00:00+00:00",
        "drifted": True,
        "access": {"changes": [change]},
    }
