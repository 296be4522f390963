"""Make one account ready for logflume: the deploy role, the boundary that every role it makes must carry, a state bucket.

Run once an account by somebody who may create roles. The deploy role can do what the programs need on what is ours by
name, and cannot make itself an administrator: it may create roles under `/logflume/` only, only with the boundary,
and may touch neither itself nor the boundary.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pulumi
import pulumi_aws as aws

from programs.accounts import provider
from programs.buckets import block_public_access
from programs.cloudwatch.presets.route53 import QUERY_REGION
from programs.deploy.documents import boundary_document, deploy_permissions, deploy_trust
from programs.deploy.sources import QUERY_POLICY, query_policy
from programs.deploy.spec import BootstrapSpec
from programs.documents import Document, render
from programs.names import BOUNDARY, DEPLOY_ROLE, ROLE_PATH, short_hash
from programs.spec import AccountAccess

SESSION_SECONDS = 3600


def bootstrap_program(spec: BootstrapSpec) -> Callable[[], None]:
    """The inline program for one account."""
    return partial(_build, spec)


class Bootstrap(pulumi.ComponentResource):
    """Deploy role, boundary and state bucket of one account."""

    def __init__(self, name: str, spec: BootstrapSpec) -> None:
        super().__init__("logflume:bootstrap:Bootstrap", name)
        access = AccountAccess.model_validate(
            {
                "account_id": spec.account_id,
                "region": spec.region,
                "profile": spec.profile,
                "boundary_arn": spec.boundary_arn,
            }
        )
        self._opts = pulumi.ResourceOptions(parent=self, provider=provider(spec.side, access))
        self._tags = {"managed-by": "logflume", "logflume:resource": "bootstrap"}
        self.role = self._roles(spec)
        self.state = self._state_bucket(spec)
        if spec.side == "production" and spec.switch_at_source:
            self._query_policy(spec)
        self.register_outputs({"role": self.role.arn, "state": self.state.bucket})

    def _roles(self, spec: BootstrapSpec) -> aws.iam.Role:
        boundary = aws.iam.Policy(
            "boundary",
            name=BOUNDARY,
            path=ROLE_PATH,
            policy=render(boundary_document(spec)),
            tags=self._tags,
            opts=self._opts,
        )
        role = aws.iam.Role(
            "deploy-role",
            name=DEPLOY_ROLE,
            path=ROLE_PATH,
            assume_role_policy=render(deploy_trust(spec)),
            max_session_duration=SESSION_SECONDS,
            tags=self._tags,
            opts=self._opts,
        )
        for subject, document in deploy_permissions(spec).items():
            self._permit(subject, document, role, boundary)
        return role

    def _permit(self, subject: str, document: Document, role: aws.iam.Role, boundary: aws.iam.Policy) -> None:
        policy = aws.iam.Policy(
            f"deploy-{subject}",
            name=f"{DEPLOY_ROLE}-{subject}",
            path=ROLE_PATH,
            policy=render(document),
            tags=self._tags,
            opts=self._opts,
        )
        aws.iam.RolePolicyAttachment(
            f"deploy-{subject}-attachment",
            role=role.name,
            policy_arn=policy.arn,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[boundary])),
        )

    def _query_policy(self, spec: BootstrapSpec) -> None:
        aws.cloudwatch.LogResourcePolicy(
            "route53-queries",
            policy_name=QUERY_POLICY,
            policy_document=render(query_policy(spec)),
            region=QUERY_REGION,
            opts=self._opts,
        )

    def _state_bucket(self, spec: BootstrapSpec) -> aws.s3.Bucket:
        # Outside the names that the deploy role may touch.
        name = f"state-logflume-{short_hash(spec.account_id + spec.region)}"
        bucket = aws.s3.Bucket(
            "state",
            bucket=name,
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(protect=True)),
        )
        child = pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(parent=bucket))
        block_public_access("state-public-access", bucket, child)
        aws.s3.BucketVersioning(
            "state-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        return bucket


def _build(spec: BootstrapSpec) -> None:
    made = Bootstrap("bootstrap", spec)
    pulumi.export("deploy_role_arn", made.role.arn)
    pulumi.export("boundary_arn", spec.boundary_arn)
    pulumi.export("state_bucket", made.state.bucket)
