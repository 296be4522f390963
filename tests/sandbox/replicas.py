"""A bucket, a replica bucket in another region, and the role that copies: for tests of replication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, REGION, REPLICA_REGION, Sandbox

VERSIONED = {"Status": "Enabled"}


@dataclass
class Pair:
    """Two buckets of the log account. `source` and `copies` are clients of its root in their regions."""

    sandbox: Sandbox
    name: str
    role: str
    source: Any = field(repr=False)
    copies: Any = field(repr=False)

    @property
    def copy(self) -> str:
        """Name of the replica bucket."""
        return f"{self.name}-copy"

    def rule(self, **changes: Any) -> dict[str, Any]:
        """A rule for everything."""
        rule = {
            "ID": "all",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{self.copy}"},
        }
        return {name: value for name, value in (rule | changes).items() if value is not None}

    def replicate(self, *rules: dict[str, Any]) -> None:
        """Put the configuration."""
        self.source.put_bucket_replication(
            Bucket=self.name,
            ReplicationConfiguration={"Role": self.role, "Rules": [*rules] or [self.rule()]},
        )


def pair(sandbox: Sandbox, name: str, *, versioned: bool = True, lock: bool = False) -> Pair:
    """Both buckets and the role, with every permission there is and no configuration yet."""
    source, copies = sandbox.client("s3", LOG), sandbox.client("s3", LOG, REPLICA_REGION)
    for client, bucket, region in ((source, name, REGION), (copies, f"{name}-copy", REPLICA_REGION)):
        location = {"LocationConstraint": region}
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration=location, ObjectLockEnabledForBucket=lock
        )
        if versioned:
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=VERSIONED)
    iam = sandbox.client("iam", LOG)
    trusted = trust(Service="s3.amazonaws.com")
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    everything = policy(Effect="Allow", Action=["s3:*", "kms:*"], Resource="*")
    iam.put_role_policy(RoleName=f"{name}-role", PolicyName="copy", PolicyDocument=everything)
    return Pair(sandbox, name, role, source, copies)


def status(client: Any, bucket: str, key: str) -> str | None:
    """The replication status that HeadObject says."""
    found: str | None = client.head_object(Bucket=bucket, Key=key).get("ReplicationStatus")
    return found


def put(both: Pair, key: str, **more: Any) -> str:
    """Put an object and let it be copied; its version."""
    made = both.source.put_object(Bucket=both.name, Key=key, Body=b"a line\n", **more)
    both.sandbox.flush()
    return str(made["VersionId"])


def limited(both: Pair, *statements: dict[str, Any]) -> None:
    """Give the role these statements in the place of everything."""
    iam = both.sandbox.client("iam", LOG)
    iam.put_role_policy(RoleName=f"{both.name}-role", PolicyName="copy", PolicyDocument=policy(*statements))


SOURCE, TARGET = "arn:aws:s3:::{0}", "arn:aws:s3:::{0}-copy"
NEEDED = (
    (("s3:GetReplicationConfiguration", "s3:ListBucket"), SOURCE),
    (("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"), SOURCE + "/*"),
    (("s3:ReplicateObject",), TARGET + "/*"),
)
"""What the S3 guide gives the role."""


def needed(name: str, without: str = "") -> list[dict[str, Any]]:
    """Statements of just that, or of all but one action."""
    return [
        {
            "Effect": "Allow",
            "Action": [action for action in actions if action != without] or "s3:ListAllMyBuckets",
            "Resource": resource.format(name),
        }
        for actions, resource in NEEDED
    ]
