"""Lifecycle configurations come back as they were written.

moto keeps a part of each rule and forgets NewerNoncurrentVersions, the object size filters and
TransitionDefaultMinimumObjectSize.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xmltodict
from moto.moto_api._internal import mock_random
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from service.sandbox.fixes import replaces

MINIMUM_SIZE_HEADER = "x-amz-transition-default-minimum-object-size"
DEFAULT_MINIMUM_SIZE = "all_storage_classes_128K"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@replaces(FakeBucket, "set_lifecycle")
def _set_lifecycle(original: Callable[..., None], self: Any, rules: list[dict[str, Any]]) -> None:
    original(self, rules)
    for rule in rules:
        rule.setdefault("ID", mock_random.get_random_string(48))
    self.lifecycle_as_written = rules


@replaces(S3Response, "_bucket_response_put")
def _bucket_response_put(
    original: Callable[..., Any],
    self: Any,
    request: Any,
    bucket_name: str,
    querystring: dict[str, Any],
) -> Any:
    result = original(self, request, bucket_name, querystring)
    if "lifecycle" in querystring:
        bucket = self.backend.get_bucket(bucket_name)
        bucket.transition_minimum = request.headers.get(MINIMUM_SIZE_HEADER, DEFAULT_MINIMUM_SIZE)
        return 200, {MINIMUM_SIZE_HEADER: bucket.transition_minimum}, ""
    return result


@replaces(S3Response, "get_bucket_lifecycle")
def _get_bucket_lifecycle(original: Callable[..., Any], self: Any) -> Any:
    bucket = self.backend.get_bucket(self.bucket_name)
    if not bucket.rules:
        return original(self)
    document = {"LifecycleConfiguration": {"@xmlns": NAMESPACE, "Rule": bucket.lifecycle_as_written}}
    headers = {"Content-Type": "application/xml", MINIMUM_SIZE_HEADER: bucket.transition_minimum}
    return 200, headers, xmltodict.unparse(document)
