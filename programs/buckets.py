"""What every bucket of ours has, whatever it is for."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def block_public_access(
    name: str, bucket: aws.s3.Bucket, opts: pulumi.ResourceOptions
) -> aws.s3.BucketPublicAccessBlock:
    """All four blocks on: no policy and no ACL can open the bucket to everybody ("Blocking public access", S3 guide)."""
    return aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
