"""Policies are kept, and so come back, in AWS's own writing rather than the caller's.

A tool that compares texts then sees a drift that is none: the sandbox has to show that as AWS does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam.models import IAMBackend, Role
from moto.kms.models import Key, KmsBackend
from moto.s3.models import S3Backend
from moto.sns.models import Topic
from moto.sqs.models import Queue

from service.sandbox.fixes import replaces
from service.sandbox.policy_text import as_aws_returns


@replaces(S3Backend, "put_bucket_policy")
def _put_bucket_policy(
    original: Callable[..., None], self: S3Backend, bucket_name: str, policy: bytes
) -> None:
    original(self, bucket_name, as_aws_returns(policy.decode()).encode())


@replaces(Role, "__init__")
def _new_role(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.assume_role_policy_document = as_aws_returns(self.assume_role_policy_document)


@replaces(IAMBackend, "update_assume_role_policy")
def _update_trust(original: Callable[..., None], self: IAMBackend, role_name: str, document: str) -> None:
    original(self, role_name, as_aws_returns(document))


@replaces(IAMBackend, "put_role_policy")
def _put_role_policy(
    original: Callable[..., None], self: IAMBackend, role_name: str, policy_name: str, document: str
) -> None:
    original(self, role_name, policy_name, as_aws_returns(document))


@replaces(Key, "__init__")
def _new_key(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.policy = as_aws_returns(self.policy)


@replaces(KmsBackend, "put_key_policy")
def _put_key_policy(original: Callable[..., None], self: KmsBackend, key_id: str, policy: str) -> None:
    original(self, key_id, as_aws_returns(policy))


def _keep_as_aws_does(owner: Any) -> None:
    """Let the `policy` property of `owner` take a policy as AWS keeps it."""
    kept: Any = owner.policy

    def set_policy(self: Any, text: str | None) -> None:
        kept.fset(self, as_aws_returns(text) if text else text)

    owner.policy = kept.setter(set_policy)


_keep_as_aws_does(Queue)
_keep_as_aws_does(Topic)
