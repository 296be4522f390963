"""Whatever may be asked for, AWS takes what is built, and nobody is let in who is not meant to be.

Policies are held against AWS by their size, names by their length, lifecycles by S3's rules.

The sandbox's catalogue and refusals judge, which were written from AWS's documentation and not from the programs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from programs import program_for
from programs.wish import Wish
from service.exposure.documents import gather
from service.exposure.intended import Intended
from service.exposure.report import report
from service.plugin.values import UNKNOWN
from service.sandbox.catalog import resource_types
from service.sandbox.catalog.bucket_lifecycle import BucketLifecycle
from service.sandbox.provider.operations import check
from service.sandbox.refusals.lifecycle import bad_lifecycle
from tests.exposure.build import resources, setting
from tests.programs.everything import PolicyText, account, policies_in, policies_of
from tests.programs.recording import Registered, run
from tests.programs.specs import offers, wishes
from tests.programs.wishes import LOG, PRODUCTION, wish
from tests.sandbox.calls import call

MOST = {
    "BucketPolicy policy": 20_480,
    "Key policy": 32_768,
    "Policy policy": 6_144,
    "QueuePolicy policy": 8_192,
    "Role assumeRolePolicy": 2_048,
    "TopicPolicy policy": 30_720,
    "LogResourcePolicy policyDocument": 5_120,
}
"""Characters of one document. "Bucket policies" (S3 guide), PutKeyPolicy (KMS API reference), "IAM and AWS STS quotas" (managed
policies; a trust policy's default), "Amazon SQS policy quotas", "Policy quotas" (SNS guide), "CloudWatch Logs quotas"."""
INLINE = 10_240
"""Characters of all inline policies of a role together ("IAM and AWS STS quotas")."""
RECORDED = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""Each example runs a whole program, which takes a second: so few of them, and none to make a failing one smaller."""


@pytest.mark.parametrize("name", offers())
@RECORDED
@given(data=st.data())
def test_whatever_is_asked_for_aws_takes_what_is_built_and_nobody_else_is_let_in(
    name: str, data: st.DataObject
) -> None:
    asked = data.draw(wishes(name))
    found = run(program_for(asked))[0]
    assert oversized(list(policies_of(found))) == []
    assert refused(found) == []
    assert let_in(asked, found) == []


@pytest.mark.parametrize(("side", "number"), [("production", PRODUCTION), ("log", LOG)])
def test_what_makes_an_account_ready_fits(side: str, number: str) -> None:
    from programs.deploy.bootstrap import bootstrap_program

    assert oversized(policies_in(bootstrap_program(account(side, number)))) == []


def let_in(asked: Wish, found: dict[str, Registered]) -> list[tuple[str, str]]:
    """Who can do what they are not meant to, by the documents of what is built."""
    around, documents = setting(asked), gather(resources(found))
    intended = Intended(around, documents)
    allowed = report(around, documents).allowed()
    return [(who.id, act.id) for who, act, _ in allowed if not intended.allows(who, act.id)]


def oversized(policies: list[PolicyText]) -> list[str]:
    """The documents that are too long, alone or with the others of their role."""
    inline = [policy for policy in policies if policy.kind == "RolePolicy policy"]
    of_roles: Counter[str] = Counter()
    for policy in inline:
        of_roles[str(policy.resource.inputs["role"])] += len(policy.text)
    alone = [
        f"{policy.resource.name}: {len(policy.text)}"
        for policy in policies
        if policy not in inline and len(policy.text) > MOST[policy.kind]
    ]
    return alone + [f"inline of {role}: {size}" for role, size in of_roles.items() if size > INLINE]


def refused(found: dict[str, Registered]) -> list[str]:
    """What the catalogue and S3's rules of lifecycles have against the inputs of resources."""
    catalogue = resource_types()
    made_up = {f"{resource.name}-id" for resource in found.values()}
    reasons = []
    for resource in found.values():
        if resource.type in catalogue:
            given = whole(resource.inputs, made_up)
            kept, failures = check(catalogue[resource.type], {}, given, {}, resource.name, b"seed")
            reasons += [f"{resource.name}.{failure.path}: {failure.reason}" for failure in failures]
            reasons += lifecycle_refused(resource, kept)
    return reasons


def lifecycle_refused(resource: Registered, kept: dict[str, Any]) -> list[str]:
    if resource.type != BucketLifecycle.token:
        return []
    denial = bad_lifecycle(call("s3", "PutBucketLifecycleConfiguration", Bucket="b", **lifecycle(kept)))
    return [f"{resource.name}: {denial.message}"] if denial else []


def lifecycle(kept: dict[str, Any]) -> dict[str, Any]:
    """The inputs as the API takes them, as the stand-in plugin sends them."""
    sent: dict[str, Any] = {}

    class Aws:
        def call(self, _service: str, _operation: str, **params: Any) -> dict[str, Any]:
            sent.update(params)
            return {}

    BucketLifecycle().put(Aws(), {}, kept)  # type: ignore[arg-type]  # the one method that is used
    return {"LifecycleConfiguration": sent["LifecycleConfiguration"]}


def whole(value: Any, made_up: set[str]) -> Any:
    """Whole numbers, for protobuf knows only those with a point; an id or ARN that the mocks made up is not known yet."""
    if isinstance(value, dict):
        return {name: whole(inner, made_up) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner, made_up) for inner in value]
    if isinstance(value, str) and (value in made_up or re.match(r"arn:(?!aws)", value)):
        return UNKNOWN
    return int(value) if isinstance(value, float) and value.is_integer() else value


def test_the_judges_see_what_is_wrong() -> None:
    def registered(type: str, **inputs: Any) -> Registered:
        return Registered(type, "x", "", "", inputs, False, False, frozenset())

    text = json.dumps({"Statement": ["x" * 20_480]})
    assert oversized([PolicyText(registered("aws:s3/bucketPolicy:BucketPolicy"), "policy", text)])
    role = registered("aws:iam/rolePolicy:RolePolicy", role="r")
    half = json.dumps({"Statement": ["x" * 6_000]})
    assert oversized([PolicyText(role, "policy", half)] * 2)
    bad = {
        "rule": {"id": "r", "status": "Enabled", "transitions": [{"days": 5, "storageClass": "STANDARD_IA"}]}
    }
    lifecycles = registered(BucketLifecycle.token, bucket="b-b", rules=[bad["rule"]])
    queue = registered("aws:sqs/queue:Queue", name="q" * 81)
    assert len(refused({"a": lifecycles, "b": queue})) == 2
    asked = wish()
    found = run(program_for(asked))[0]
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = found["key"].inputs
    key["policy"] = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    assert ("anonymous", "key.decrypt") in let_in(asked, found)
