"""IAM: CreateRole reads the trust policy it is given, as UpdateAssumeRolePolicy does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam.models import IAMBackend, Role
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from service.sandbox.fixes import replaces


@replaces(IAMBackend, "create_role")
def _create_role(
    original: Callable[..., Role], self: IAMBackend, role_name: str, document: str, *args: Any, **kwargs: Any
) -> Role:
    IAMTrustPolicyDocumentValidator(document).validate()
    return original(self, role_name, document, *args, **kwargs)
