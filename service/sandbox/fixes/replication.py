"""Replication rules come back as they were written.

moto forgets Filter, DeleteMarkerReplication and SourceSelectionCriteria, and gives every rule a priority.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import xmltodict
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from service.sandbox.fixes import replaces

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@replaces(S3Backend, "put_bucket_replication")
def _put_bucket_replication(
    original: Callable[..., None], self: Any, bucket_name: str, replication: dict[str, Any]
) -> None:
    original(self, bucket_name, replication_with_list := deepcopy(replication))
    rules = replication["Rule"] if isinstance(replication["Rule"], list) else [replication["Rule"]]
    named = zip(rules, replication_with_list["Rule"], strict=True)
    kept = [{"ID": completed["ID"], **rule} for rule, completed in named]
    self.get_bucket(bucket_name).replication_as_written = {"Role": replication["Role"], "Rule": kept}


@replaces(S3Response, "get_bucket_replication")
def _get_bucket_replication(original: Callable[..., Any], self: Any) -> Any:
    bucket = self.backend.get_bucket(self.bucket_name)
    if not getattr(bucket, "replication", None):
        return original(self)
    document = {"ReplicationConfiguration": {"@xmlns": NAMESPACE, **bucket.replication_as_written}}
    return 200, {"Content-Type": "application/xml"}, xmltodict.unparse(document)
