"""Object Lock: switched on for buckets that hold objects already, and read back as it was written.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html (new and existing buckets)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xmltodict
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from service.sandbox.fixes import replaces

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@replaces(S3Backend, "put_object_lock_configuration")
def _put_object_lock_configuration(
    _original: Callable[..., None],
    self: S3Backend,
    bucket_name: str,
    lock_enabled: bool,
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    """moto wants a bucket without objects; whether it is versioned, the refusals have seen to."""
    bucket = self.get_bucket(bucket_name)
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode = mode
    bucket.default_lock_days, bucket.default_lock_years = days or 0, years or 0


@replaces(S3Response, "get_object_lock_configuration")
def _get_object_lock_configuration(original: Callable[..., Any], self: Any) -> Any:
    bucket = self.backend.get_bucket(self.bucket_name)
    if not bucket.object_lock_enabled:
        return original(self)
    spans = {"Days": bucket.default_lock_days, "Years": bucket.default_lock_years}
    retention = {"Mode": bucket.default_lock_mode, **{unit: count for unit, count in spans.items() if count}}
    rule = {"Rule": {"DefaultRetention": retention}} if bucket.default_lock_mode else {}
    setting = {"@xmlns": NAMESPACE, "ObjectLockEnabled": "Enabled", **rule}
    document = xmltodict.unparse({"ObjectLockConfiguration": setting})
    return 200, {"Content-Type": "application/xml"}, document
