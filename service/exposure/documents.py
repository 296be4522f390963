"""The policy documents of one source, gathered from the resources of its stack. Pure.

A resource is one of a checkpoint: `{"urn", "type", "inputs", "outputs", …}`. Documents are found by what they guard:
buckets, topics, queues and roles by their names in AWS, the two keys by their ARNs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.access.document import PolicyType
from service.access.evaluator import Policy

Resource = Mapping[str, Any]
_DOCUMENTS = ("policy", "assumeRolePolicy", "permissionsBoundary")
"""The inputs by which a resource of a stack says who may do what."""


@dataclass(frozen=True)
class RoleDocuments:
    """One role of the stack. `boundary` is the ARN of its permissions boundary; empty: it has none."""

    trust: Policy
    inline: tuple[Policy, ...] = ()
    boundary: str = ""


@dataclass(frozen=True)
class Documents:
    """Every guarded thing of a stack with its policy; None: nothing guards it but the policies of who asks."""

    buckets: Mapping[str, Policy | None] = field(default_factory=dict)
    keys: Mapping[str, Policy | None] = field(default_factory=dict)
    """By ARN."""
    key_arns: Mapping[str, str] = field(default_factory=dict)
    """ARN by logical name: `key` of the store, `replica-key` of the copy."""
    topics: Mapping[str, Policy | None] = field(default_factory=dict)
    queues: Mapping[str, Policy | None] = field(default_factory=dict)
    roles: Mapping[str, RoleDocuments] = field(default_factory=dict)

    @property
    def guards(self) -> tuple[tuple[Policy, PolicyType], ...]:
        """Every policy that names principals: of the things, and of who may take the roles."""
        things = (self.buckets, self.keys, self.topics, self.queues)
        of_things = [policy for found in things for policy in found.values() if policy is not None]
        trusts = [role.trust for role in self.roles.values()]
        return (*((policy, "resource") for policy in of_things), *((policy, "trust") for policy in trusts))


def resources_of(checkpoint: bytes | None) -> list[Resource]:
    """The resources of an engine's checkpoint; none of no checkpoint."""
    document = json.loads(checkpoint or b"{}")
    latest = (document.get("checkpoint") or {}).get("latest") or {}
    return list(latest.get("resources") or [])


def found(resources: Sequence[Resource], changes: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """The resources with what a check found in AWS instead: `changes` are `{"urn", "op", "properties": [{"path", "new"}]}`."""
    by_urn = {change["urn"]: change for change in changes}
    kept = []
    for resource in resources:
        change = by_urn.get(resource["urn"])
        if change is None:
            kept.append(resource)
        elif change["op"] != "delete":
            new = {p["path"]: p.get("new") for p in change["properties"] if p["path"] in _DOCUMENTS}
            kept.append({**resource, "inputs": {**resource.get("inputs", {}), **new}})
    return kept


def opens(change: Mapping[str, Any]) -> bool:
    """Whether a change found by a check bears on who may do what: a document, or a thing that is gone."""
    return change["op"] == "delete" or any(p["path"] in _DOCUMENTS for p in change["properties"])


def gather(resources: Iterable[Resource]) -> Documents:
    """The documents of these resources."""
    by_type: dict[str, list[Resource]] = {}
    for resource in resources:
        by_type.setdefault(resource["type"], []).append(resource)
    keys = by_type.get("aws:kms/key:Key", [])
    return Documents(
        buckets=_guarded(by_type, "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy", "bucket"),
        keys={_output(key, "arn"): _policy(f"policy of the key {_name(key)}", key) for key in keys},
        key_arns={_logical(key): _output(key, "arn") for key in keys},
        # Topics of alarms say nothing of logs.
        topics=_guarded(
            {**by_type, _TOPIC: [each for each in by_type.get(_TOPIC, []) if _logical(each) == "topic"]},
            _TOPIC,
            "aws:sns/topicPolicy:TopicPolicy",
            "arn",
        ),
        queues=_guarded(by_type, "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),
        roles={_name(role): _role(role, by_type) for role in by_type.get("aws:iam/role:Role", [])},
    )


_TOPIC = "aws:sns/topic:Topic"
_LINKS = {"bucket": "bucket", "arn": "arn", "queueUrl": "url"}
"""By which output a thing is named in its policy's resource."""


def _guarded(
    by_type: Mapping[str, list[Resource]], thing: str, policy: str, link: str
) -> dict[str, Policy | None]:
    policies = {_input(each, link): each for each in by_type.get(policy, [])}
    word = thing.rpartition(":")[2].lower()
    made = {}
    for each in by_type.get(thing, []):
        one = policies.get(_output(each, _LINKS[link]))
        made[_name(each)] = None if one is None else _policy(f"policy of the {word} {_name(each)}", one)
    return made


def _role(role: Resource, by_type: Mapping[str, list[Resource]]) -> RoleDocuments:
    name = _name(role)
    inline = [
        _policy(f"policy {_input(each, 'name')} of the role {name}", each)
        for each in by_type.get("aws:iam/rolePolicy:RolePolicy", [])
        if _input(each, "role") in (name, role.get("id"))
    ]
    return RoleDocuments(
        Policy(f"trust policy of the role {name}", _input(role, "assumeRolePolicy")),
        tuple(policy for policy in inline if policy is not None),
        _input(role, "permissionsBoundary"),
    )


def _policy(name: str, resource: Resource) -> Policy | None:
    text = _input(resource, "policy")
    return Policy(name, text) if text else None


def _name(resource: Resource) -> str:
    """Its name in AWS; of a key, which has none, the logical one."""
    return _input(resource, "name") or _input(resource, "bucket") or _logical(resource)


def _logical(resource: Resource) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _input(resource: Resource, name: str) -> str:
    return str((resource.get("inputs") or {}).get(name) or "")


def _output(resource: Resource, name: str) -> str:
    outputs = resource.get("outputs") or {}
    return str(outputs.get(name) or _input(resource, name))
