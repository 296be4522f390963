"""What S3 gives every new bucket, and who decides about access to it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html (since April 2023) and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html (since January 2023).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

from service.sandbox import moment
from service.sandbox.fixes import replaces


def _sse_s3() -> dict[str, Any]:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
    return {"Rule": rule}


@replaces(FakeBucket, "__init__")
def _new_bucket(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.encryption = _sse_s3()
    self.ownership_rule = "BucketOwnerEnforced"
    self.public_access_block = PublicAccessBlock("true", "true", "true", "true")
    self.creation_date = moment.utcnow().replace(tzinfo=UTC)


@replaces(S3Backend, "delete_bucket_encryption")
def _delete_bucket_encryption(_original: Callable[..., None], self: S3Backend, bucket_name: str) -> None:
    self.get_bucket(bucket_name).encryption = _sse_s3()


@replaces(FakeBucket, "get_permission")
def _get_permission(_original: Callable[..., Any], *_args: Any) -> PermissionResult:
    """moto reads bucket policies without conditions, so that any Deny denies, and shuts out every anonymous reader
    whom no policy permits; what comes this far the authoriser has permitted."""
    return PermissionResult.PERMITTED
