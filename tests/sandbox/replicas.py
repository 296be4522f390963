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
