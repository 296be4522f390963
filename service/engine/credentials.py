"""The AWS configuration file of one operation: how the two constant profiles reach their accounts.

Each operation assumes the deploy roles afresh, under a session name that names it, so CloudTrail tells which
operation did what and no provider input changes from run to run.
"""

from __future__ import annotations

import configparser
import io
from pathlib import Path

from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE
from service.environments import Account, Environment

BASE = "logflume-base"


def aws_config(
    environment: Environment, operation_id: str, base: dict[str, str], endpoint_url: str | None
) -> str:
    """INI text with the profiles of an environment.

    `base` says who the service itself is (see `base_identity`), `endpoint_url` where AWS is in the sandbox.
    """
    where = {"endpoint_url": endpoint_url} if endpoint_url is not None else {}
    profiles = {
        PRODUCTION_PROFILE: _assume(environment.production, operation_id, base) | where,
        LOG_PROFILE: _assume(environment.log, operation_id, base) | where,
    }
    return render(profiles | ({BASE: base | where} if "credential_source" not in base else {}))


def session_name(operation_id: str) -> str:
    """What the sessions of an operation are called; at most 64 characters (AssumeRole, STS API reference)."""
    return f"logflume-{operation_id}"[:64]


def render(profiles: dict[str, dict[str, str]]) -> str:
    """INI text of AWS profiles."""
    parser = configparser.ConfigParser(interpolation=None)
    for name, values in profiles.items():
        parser[f"profile {name}"] = values
    out = io.StringIO()
    parser.write(out)
    return out.getvalue()


def _assume(account: Account, operation_id: str, base: dict[str, str]) -> dict[str, str]:
    origin = (
        {"credential_source": base["credential_source"]}
        if "credential_source" in base
        else {"source_profile": BASE}
    )
    return {
        "region": account.region,
        "role_arn": account.role_arn,
        "external_id": account.external_id,
        "role_session_name": session_name(operation_id),
        **origin,
    }


def base_identity(mode: str, home: Path, credential_source: str) -> dict[str, str]:
    """Who the service is: in the sandbox the IAM user that was made for it, in aws mode what its machine provides."""
    if mode == "aws":
        return {"credential_source": credential_source}
    parser = configparser.ConfigParser(interpolation=None)
    path = home / "service-credentials.ini"
    if not parser.read(path):
        raise FileNotFoundError(f"{path} is missing: run `logflume bootstrap`")
    return dict(parser["logflume"])
