"""Small words for tests that talk to AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Any, **arguments: Any) -> tuple[str, int]:
    """Code and HTTP status of the error a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def policy(*statements: dict[str, Any], **statement: Any) -> str:
    """A policy document of these statements, or of the one given by its elements."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements] or [statement]})


def trust(**principal: Any) -> str:
    """A trust policy that lets `principal` assume the role."""
    return policy(Effect="Allow", Principal=principal, Action="sts:AssumeRole")
