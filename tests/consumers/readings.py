"""Readings as stored outputs would give them."""

from __future__ import annotations

from typing import Any

from service.consumers import ConsumerType, Reading, reading_of

EXTERNAL_ID = "handed-over-in-person"
LABEL = "trail-0123456789"


def outputs(consumer: str, type_: str) -> dict[str, Any]:
    """The stored outputs of a stack with one consumer."""
    queue = f"logflume-{LABEL}-{consumer}"
    return {
        "bucket": f"logflume-{LABEL}",
        "region": "eu-west-3",
        "account": "222222222222",
        "prefix": "logs/",
        "consumers": {
            consumer: {
                "type": type_,
                "queue_url": f"https://sqs.eu-west-3.amazonaws.com/222222222222/{queue}",
                "queue_arn": f"arn:aws:sqs:eu-west-3:222222222222:{queue}",
                "dead_letters_url": f"https://sqs.eu-west-3.amazonaws.com/222222222222/{queue}-dlq",
                "role_arn": f"arn:aws:iam::222222222222:role/logflume/{LABEL}-{consumer}",
            }
        },
    }


def reading(type_: ConsumerType, kind: str = "cloudwatch", **spec: Any) -> Reading:
    """The consumer `siem` of a source `payments-trail` in the environment `default`."""
    return reading_of("default", "payments-trail", kind, spec, outputs("siem", type_), "siem")


def keys_of_a_trail() -> dict[str, bool]:
    """Keys under a trail's prefix, and whether an object there holds events."""
    folder = "logs/AWSLogs/111111111111"
    file = "2026/11/24/111111111111_{}_eu-west-3_20261124T1200Z_a1b2c3.json.gz"
    return {
        f"{folder}/CloudTrail/eu-west-3/{file.format('CloudTrail')}": True,
        f"{folder}/CloudTrail-Digest/eu-west-3/{file.format('CloudTrail-Digest')}": False,
    }


def keys_of_config() -> dict[str, bool]:
    """Keys under Config's prefix, and whether an object there holds configuration items."""
    folder = "logs/AWSLogs/111111111111/Config"
    return {
        f"{folder}/eu-west-3/2026/11/24/ConfigHistory/111111111111_Config_eu-west-3_ConfigHistory_x.json.gz": True,
        f"{folder}/eu-west-3/2026/11/24/ConfigSnapshot/111111111111_Config_eu-west-3_ConfigSnapshot_x.json.gz": True,
        f"{folder}/ConfigWritabilityCheckFile": False,
    }
