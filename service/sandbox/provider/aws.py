"""AWS calls of the stand-in provider: configured as the real provider is, and to loopback only."""

from __future__ import annotations

import functools
import ipaddress
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.schema import Values

PATIENCE: Final = 20.0
"""Seconds that a refusal which passes by itself is retried. The real provider waits 2 minutes or more for IAM to spread;
in the sandbox it spreads at once, and only an injected fault lasts some seconds."""
_RETRIES: Final = 3


@dataclass(frozen=True)
class ProviderConfig:
    """What a program said in `aws.Provider(...)`; everything else comes from the environment and the AWS config file."""

    profile: str | None
    region: str | None
    allowed_account_ids: tuple[str, ...]
    forbidden_account_ids: tuple[str, ...]
    default_tags: Values
    max_retries: int

    KNOWN = frozenset(
        {
            "profile",
            "region",
            "allowedAccountIds",
            "forbiddenAccountIds",
            "defaultTags",
            "maxRetries",
            "version",
        }
    )
    # What a provider of the real plugin may say besides and what changes nothing here.
    HARMLESS = frozenset(
        {
            "retryMode",
            "s3UsePathStyle",
            "skipCredentialsValidation",
            "skipMetadataApiCheck",
            "skipRegionValidation",
            "skipRequestingAccountId",
        }
    )

    @classmethod
    def parse(cls, values: Values) -> ProviderConfig:
        """Read the arguments as the SDK sends them: scalars plain, the rest as JSON text.

        Raises ProviderError on an argument it does not know.
        """
        unknown = sorted(
            name for name in values.keys() - cls.KNOWN - cls.HARMLESS if not name.startswith("__")
        )
        if unknown:
            raise ProviderError(
                f"the sandbox's provider does not implement the provider argument {', '.join(unknown)}"
            )
        return cls(
            profile=values.get("profile"),
            region=values.get("region"),
            allowed_account_ids=tuple(_decoded(values.get("allowedAccountIds"), [])),
            forbidden_account_ids=tuple(_decoded(values.get("forbiddenAccountIds"), [])),
            default_tags=_decoded(values.get("defaultTags"), {}).get("tags", {}),
            max_retries=int(_decoded(values.get("maxRetries"), _RETRIES)),
        )


def _decoded(value: Any, otherwise: Any) -> Any:
    if value is None:
        return otherwise
    return json.loads(value) if isinstance(value, str) else value


class Session:
    """Credentials and clients of one provider, shared by its regions.

    A client is made when it is first needed, for making one costs 20 to 200 ms.
    """

    def __init__(self, config: ProviderConfig, cancelled: threading.Event) -> None:
        import botocore.config
        import botocore.exceptions
        import botocore.session

        self.cancelled = cancelled
        self.config = config
        self._failures: tuple[type[Exception], ...] = (botocore.exceptions.BotoCoreError,)
        self._refusal: type[Exception] = botocore.exceptions.ClientError
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._botocore = botocore.session.Session(profile=config.profile)
        self._options = botocore.config.Config(
            retries={"mode": "standard", "total_max_attempts": config.max_retries + 1},
            s3={"addressing_style": "path"},
            max_pool_connections=20,
            proxies={},
        )

    @property
    def region(self) -> str:
        """The provider's region."""
        region = (
            self.config.region or os.environ.get("AWS_REGION") or self._botocore.get_config_variable("region")
        )
        if not region:
            raise ProviderError("Missing region configuration: give the provider a region")
        return str(region)

    @functools.cached_property
    def account_id(self) -> str:
        """Whose credentials these are, asked of STS once."""
        return str(self.call("sts", self.region, "GetCallerIdentity", {})["Account"])

    def call(self, service: str, region: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """One API call. Raises AwsError when it is refused or not answered."""
        import botocore

        client = self._client(service, region)
        service_id = str(client.meta.service_model.service_id)
        try:
            answer: dict[str, Any] = getattr(client, botocore.xform_name(operation))(**params)
        except self._refusal as error:
            raise _refused(service_id, operation, error) from error
        except self._failures as error:
            raise AwsError(service_id, operation, 0, "", "", f"request send failed, {error}") from error
        return answer

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make_client(service, region)
            return self._clients[service, region]

    def _make_client(self, service: str, region: str) -> Any:
        try:
            client = self._botocore.create_client(service, region_name=region, config=self._options)
        except self._failures as error:
            raise ProviderError(f"configuring AWS client for {service}: {error}") from error
        if not _is_loopback(client.meta.endpoint_url):
            raise ProviderError(
                f"the sandbox's provider refuses to talk to {client.meta.endpoint_url}: "
                "it serves the sandbox on this machine only. AWS itself needs the real plugin (mode aws)."
            )
        return client


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(service_id: str, operation: str, error: Any) -> AwsError:
    details, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    code = str(details.get("Code", ""))
    if code.isdigit():
        # The answer to a HEAD has no body: the Go SDK then makes a code of the status, `Forbidden` or `NotFound`.
        code = HTTPStatus(int(code)).phrase.replace(" ", "")
    return AwsError(
        service_id,
        operation,
        meta.get("HTTPStatusCode", 0),
        meta.get("RequestId", ""),
        code,
        str(details.get("Message", "")),
    )


@dataclass(frozen=True)
class Aws:
    """A session at one region: what a resource type of the catalogue gets to work with."""

    session: Session
    region: str

    @property
    def account_id(self) -> str:
        """The account these calls go to."""
        return self.session.account_id

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One API call, `call("s3", "HeadBucket", Bucket=name)`. Parameters that are None are left out. Raises AwsError."""
        given = {name: value for name, value in params.items() if value is not None}
        return self.session.call(service, self.region, operation, given)

    def find(self, service: str, operation: str, *missing: str, **params: Any) -> dict[str, Any] | None:
        """A call that reads something: None where the answer is one of the `missing` codes."""
        try:
            return self.call(service, operation, **params)
        except AwsError as error:
            if error.code in missing:
                return None
            raise

    def pages(
        self, service: str, operation: str, key: str, tokens: tuple[str, str], **params: Any
    ) -> list[dict[str, Any]]:
        """Every element of a paged list; `tokens` names the request's and the answer's token."""
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            page = self.call(service, operation, **params, **({tokens[0]: token} if token else {}))
            found.extend(page.get(key, []))
            token = page.get(tokens[1])
            if not token:
                return found

    def retrying(
        self, call: Callable[[], dict[str, Any]], passes: Callable[[AwsError], bool]
    ) -> dict[str, Any]:
        """The answer of `call`, asked again while its refusal is one that passes by itself (IAM that has not spread yet)."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.1
        while True:
            try:
                return call()
            except AwsError as error:
                if not passes(error) or time.monotonic() >= deadline:
                    raise
            self._rest(pause)
            pause = min(pause * 2, 2.0)

    def wait(self, what: str, done: Callable[[], bool], seconds: float) -> None:
        """Ask `done` until it is true. Raises ProviderError after `seconds`, or once the engine cancels."""
        deadline = time.monotonic() + seconds
        pause = 0.05
        while not done():
            if time.monotonic() >= deadline:
                raise ProviderError(f"waiting for {what}: timeout after {seconds:g}s")
            self._rest(pause)
            pause = min(pause * 2, 1.0)

    def _rest(self, seconds: float) -> None:
        if self.session.cancelled.wait(seconds):
            raise ProviderError("cancelled by the engine while waiting")
