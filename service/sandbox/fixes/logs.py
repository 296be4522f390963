"""CloudWatch Logs: a log group takes and gives up its key.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
"""

from __future__ import annotations

from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from service.sandbox.fixes import adds


@adds(LogsResponse, "associate_kms_key")
def _associate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


@adds(LogsResponse, "disassociate_kms_key")
def _disassociate_kms_key(self: Any) -> str:
    _group(self).kms_key_id = None
    return ""


def _group(response: Any) -> Any:
    """The log group of a request, by `logGroupName` or by the ARN in `resourceIdentifier`."""
    name = response._get_param("logGroupName")
    identifier = response._get_param("resourceIdentifier") or ""
    name = name or identifier.partition(":log-group:")[2].removesuffix(":*")
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise ResourceNotFoundException()
    return group
