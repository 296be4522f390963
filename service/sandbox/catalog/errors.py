"""How a failure is told, in the words of the real provider, so that whoever reads the engine's output meets one style only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.plugin.server import PluginError


class ProviderError(PluginError):
    """A call of the engine failed."""


class AwsError(PluginError):
    """AWS refused one call. `code` is the API's error code, or "" where no answer came."""

    def __init__(
        self, service: str, operation: str, status: int, request_id: str, code: str, message: str
    ) -> None:
        self.code = code
        self.message = message
        self.status = status
        reason = f"api error {code}: {message}" if code else message
        super().__init__(
            f"operation error {service}: {operation}, https response error "
            f"StatusCode: {status}, RequestID: {request_id}, {reason}"
        )


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Turn a refusal inside into "creating S3 Bucket (name): operation error S3: CreateBucket, … api error CODE: message"."""
    try:
        yield
    except AwsError as error:
        raise ProviderError(f"{what}: {error}") from error
