"""Buckets for tests of the sandbox."""

from __future__ import annotations

from typing import Any

from tests.support.sandbox import LOG, REGION, Sandbox


def bucket(sandbox: Sandbox, name: str) -> Any:
    """An S3 client of the log account that owns a new bucket of this name."""
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3
