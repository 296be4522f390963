"""Wishes to build from: one that is complete, and every legal one as a hypothesis strategy."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from programs.cloudwatch.spec import CloudWatchSpec
from programs.spec import SOURCE_NAME
from programs.store.spec import STORAGE_CLASSES
from programs.wish import Wish

PRODUCTION, LOG, SECURITY = "111111111111", "222222222222", "333333333333"
REGION, REPLICA_REGION = "eu-west-3", "eu-west-1"
READER = f"arn:aws:iam::{SECURITY}:role/monitoring"
REPLICA_KEY_ARN = f"arn:aws:kms:{REPLICA_REGION}:{LOG}:key/3f1c0a52-0000-4000-8000-00000000000a"
KEY_ARN = f"arn:aws:kms:{REGION}:{LOG}:key/3f1c0a52-0000-4000-8000-000000000000"


def account(side: str, account_id: str, region: str = REGION) -> dict[str, str]:
    """An account as a program sees it."""
    boundary = f"arn:aws:iam::{account_id}:policy/logflume/logflume-boundary"
    return {
        "account_id": account_id,
        "region": region,
        "profile": f"logflume-{side}",
        "boundary_arn": boundary,
    }


def consumer(name: str, **changes: str) -> dict[str, str]:
    """A consumer called like its type."""
    principal = f"arn:aws:iam::{SECURITY}:role/{name}"
    external = {} if name == "splunk" else {"external_id": f"{name}-id"}
    return {"name": name, "type": name, "principal": principal, **external, **changes}


SYSLOG_PLACE = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    "image": "ami-0123456789abcdef0",
    "certificate_arn": f"arn:aws:acm:{REGION}:{PRODUCTION}:certificate/3f1c0a52-0000-4000-8000-000000000001",
}


def wish(spec: dict[str, Any] | None = None, **changes: Any) -> Wish:
    """The wish of `payments-api`, with changes."""
    return Wish.model_validate(
        {
            "source_id": "5a0c9a5e-1a53-4f0e-9d8e-0d2a6c6f7a11",
            "name": "payments-api",
            "environment": "default",
            "team": "payments",
            "kind": "cloudwatch",
            "spec": {"log_groups": ["/aws/lambda/payments"], **(spec or {})},
            "production": account("production", PRODUCTION),
            "log": account("log", LOG),
            "replica_region": REPLICA_REGION,
            "readers": (READER,),
            "consumers": (consumer("splunk"), consumer("elastic")),
            "syslog": SYSLOG_PLACE,
            **changes,
        }
    )


SOURCE_NAMES = st.from_regex(SOURCE_NAME, fullmatch=True)
ENVIRONMENTS = st.from_regex(r"[a-z][a-z0-9]{0,29}", fullmatch=True)
LOG_GROUPS = st.lists(
    st.from_regex(r"/[a-z][A-Za-z0-9/_.#-]{0,510}", fullmatch=True).filter(
        lambda name: not name.startswith("/logflume/")
    ),
    min_size=1,
    max_size=20,
    unique=True,
)
WISHES = st.builds(
    lambda name, environment, source_id, groups: wish(
        {"log_groups": groups}, name=name, environment=environment, source_id=source_id
    ),
    SOURCE_NAMES,
    ENVIRONMENTS,
    st.uuids().map(str),
    LOG_GROUPS,
)


@st.composite
def tiered_specs(draw: st.DrawFn) -> CloudWatchSpec:
    """Specs whose tiers are right by construction: colder and later each, all before the end."""
    classes = draw(
        st.lists(st.sampled_from(STORAGE_CLASSES), unique=True).map(
            lambda found: sorted(found, key=STORAGE_CLASSES.index)
        )
    )
    day, tiers = draw(st.integers(30, 400)), []
    for storage_class in classes:
        tiers.append({"days": day, "storage_class": storage_class})
        day += draw(st.integers(30, 300))
    return CloudWatchSpec.model_validate(
        {"log_groups": ["/a"], "retention_days": draw(st.integers(day, 3650)), "tiers": tiers}
    )
