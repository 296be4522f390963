"""Our own look at AWS, with the same AWS configuration file that the engine's plugins use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=10, read_timeout=30)

_MODELS = create_loader()
"""Service models take a while to read; every operation of this process uses the same ones."""


class Accounts:
    """Clients for the two accounts of one operation. Not shared between threads."""

    def __init__(self, config_file: Path, endpoint_url: str | None, config: Config = _CONFIG) -> None:
        self._config_file, self._endpoint, self._config = config_file, endpoint_url, config
        self._sessions: dict[str, botocore.session.Session] = {}

    def client(self, profile: str, service: str, region: str | None = None) -> Any:
        """A botocore client of `service` under the profile's assumed role."""
        return self._session(profile).create_client(
            service, region_name=region, endpoint_url=self._endpoint, config=self._config
        )

    def _session(self, profile: str) -> botocore.session.Session:
        if profile not in self._sessions:
            session = botocore.session.Session(profile=profile)
            session.register_component("data_loader", _MODELS)
            session.set_config_variable("config_file", str(self._config_file))
            session.set_config_variable("credentials_file", "/dev/null")
            self._sessions[profile] = session
        return self._sessions[profile]
