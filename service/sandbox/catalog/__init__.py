"""The resource types that the sandbox's provider knows: type token -> the class that makes, reads, changes and deletes it."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from service.sandbox.catalog.resource import Resource


@functools.cache
def resource_types() -> Mapping[str, Resource]:
    """Every known type by its token (`aws:s3/bucket:Bucket`)."""
    from service.sandbox.catalog import bucket_rules, firehose, iam, kms, logs, s3, sns, sqs

    modules = (bucket_rules, firehose, iam, kms, logs, s3, sns, sqs)
    return {resource.token: resource for module in modules for resource in module.RESOURCES}
