"""Service Quotas: the quota on buckets, beside the ones of VPC that moto knows.

Source: "Amazon S3 endpoints and quotas", general purpose buckets: 10,000 an account. It is asked for in us-east-1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from service.sandbox.fixes import replaces

_BUCKETS = {
    "ServiceCode": "s3",
    "ServiceName": "Amazon Simple Storage Service (Amazon S3)",
    "QuotaArn": "arn:aws:servicequotas:us-east-1::s3/L-DC2B2D3D",
    "QuotaCode": "L-DC2B2D3D",
    "QuotaName": "General purpose buckets",
    "Value": 10_000.0,
    "Unit": "None",
    "Adjustable": True,
    "GlobalQuota": True,
}


@replaces(ServiceQuotasBackend, "get_service_quota")
def _get_service_quota(
    original: Callable[..., dict[str, Any]], self: ServiceQuotasBackend, service_code: str, quota_code: str
) -> dict[str, Any]:
    if (service_code, quota_code) == (_BUCKETS["ServiceCode"], _BUCKETS["QuotaCode"]):
        return dict(_BUCKETS)
    return original(self, service_code, quota_code)
