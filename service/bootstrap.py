"""Make an environment ready: deploy roles, permissions boundary and state bucket in both accounts, by the bootstrap program.

Run by somebody who may create roles there; the service itself never can. In the sandbox that somebody is the root of
each account, and the identity that the service runs as is made here too.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from programs.deploy.spec import BootstrapSpec
from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE, PROGRAM_VERSION
from service.deploy_roles import PROFILES, deploy_spec
from service.engine.aws import Accounts
from service.engine.credentials import render
from service.engine.factory import stacks_for
from service.engine.stacks import Stacks, Task
from service.environments import Environment, Environments
from service.sandbox_place import syslog_table
from service.settings import Settings

log = structlog.get_logger(__name__)

PRODUCTION, LOG, SECURITY = "111111111111", "222222222222", "333333333333"
REGION, REPLICA_REGION = "eu-west-3", "eu-west-1"
USER = "logflume"
ROOT_SECRET = "test"  # noqa: S105 - the sandbox's published secret of every account's root.


class BootstrapFailed(Exception):
    """The engine could not make the roles; the text says why."""


def sandbox(settings: Settings) -> None:
    """Give the sandbox its default environment: service identity, environments file, roles. Safe to repeat."""
    home = settings.home_path
    accounts = Accounts(_root_profiles(home), settings.sandbox_url)
    principal = _service_user(accounts, home)
    if not settings.environments_path.exists():
        place = syslog_table(accounts, REGION)
        settings.environments_path.write_text(_environments_file(secrets.token_urlsafe(18), place))
    environment = Environments.load(settings.environments_path).get("default")
    stacks = stacks_for(settings, standby=0)
    for spec in _specs(environment, principal):
        if not _in_place(home, spec):
            _make(stacks, settings, spec, (home / "aws" / "root.ini").read_text())


def aws(settings: Settings, environment_name: str, principal: str | None) -> int:
    """Make the roles of a real environment with the caller's own AWS profiles; exit code.

    The profiles `logflume-production` and `logflume-log` of the caller's AWS configuration must lead to the two accounts.
    """
    if principal is None:
        sys.stderr.write(
            "logflume: --service-principal is needed: the ARN of the identity that logflume runs as\n"
        )
        return 2
    environment = Environments.load(settings.environments_path).get(environment_name)
    stacks = stacks_for(settings, standby=0)
    config = Path.home() / ".aws" / "config"
    for spec in _specs(environment, principal):
        _make(stacks, settings, spec, config.read_text())
    return 0


def _specs(environment: Environment, principal: str) -> list[BootstrapSpec]:
    """The two accounts of an environment, production first."""
    return [deploy_spec(environment, side, principal) for side in PROFILES]


@dataclass
class _Patient:
    """The watch of a run that has no lease: there is nobody else to lose it to."""

    def alive(self) -> float:
        return 60.0

    def progress(self) -> None:
        return


def _make(stacks: Stacks, settings: Settings, spec: BootstrapSpec, aws_config: str) -> None:
    """Run the bootstrap program of one account; its state is kept under home, beside a hash of what it made."""
    kept = _kept(settings.home_path, spec)
    task = Task(
        command="up",
        stack=f"bootstrap-{spec.account_id}",
        aws_config=aws_config,
        wish={"bootstrap": spec.model_dump(mode="json")},
        checkpoint=kept.read_bytes() if kept.exists() else None,
        refresh=kept.exists(),
    )
    outcome, space = stacks.run(
        task, settings.home_path / "operations" / "bootstrap" / spec.account_id, _Patient()
    )
    if outcome.checkpoint is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(outcome.checkpoint)
    if not outcome.ok:
        raise BootstrapFailed(f"{outcome.failure.message if outcome.failure else ''}\n{outcome.log}")
    kept.with_suffix(".hash").write_text(_hash(spec))
    space.remove()
    log.info("bootstrap.made", account=spec.account_id, changes=outcome.changes)


def _kept(home: Path, spec: BootstrapSpec) -> Path:
    return home / "bootstrap" / f"{spec.account_id}.json"


def _hash(spec: BootstrapSpec) -> str:
    text = json.dumps([spec.model_dump(mode="json"), PROGRAM_VERSION], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _in_place(home: Path, spec: BootstrapSpec) -> bool:
    noted = _kept(home, spec).with_suffix(".hash")
    return noted.exists() and noted.read_text() == _hash(spec)


def _root_profiles(home: Path) -> Path:
    """An AWS configuration file with the root of each sandbox account."""
    path = home / "aws" / "root.ini"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = {PRODUCTION_PROFILE: PRODUCTION, LOG_PROFILE: LOG, "security": SECURITY}
    keys: Callable[[str], dict[str, str]] = lambda account: {  # noqa: E731 - a table row, used once.
        "aws_access_key_id": account,
        "aws_secret_access_key": ROOT_SECRET,
        "region": REGION,
    }
    path.write_text(render({name: keys(account) for name, account in names.items()}))
    return path


def _service_user(accounts: Accounts, home: Path) -> str:
    """The IAM user that the service is: it may assume the deploy roles and nothing else. Returns its ARN."""
    iam = accounts.client("security", "iam")
    path = home / "service-credentials.ini"
    try:
        user: dict[str, Any] = iam.get_user(UserName=USER)["User"]
    except iam.exceptions.NoSuchEntityException:
        user = iam.create_user(UserName=USER)["User"]
        path.unlink(missing_ok=True)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": "arn:aws:iam::*:role/logflume/logflume-deploy",
            }
        ],
    }
    iam.put_user_policy(UserName=USER, PolicyName="assume-deploy-roles", PolicyDocument=json.dumps(policy))
    if not path.exists():
        _write_keys(path, iam.create_access_key(UserName=USER)["AccessKey"])
    return str(user["Arn"])


def _write_keys(path: Path, key: dict[str, str]) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser["logflume"] = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "region": REGION,
    }
    path.touch(mode=0o600)
    with path.open("w") as out:
        parser.write(out)


def _environments_file(external_id: str, syslog: str) -> str:
    """The sandbox's environment as an operator would write it."""

    def account(side: str, number: str) -> str:
        return (
            f"[environments.default.{side}]\n"
            f'account_id = "{number}"\n'
            f'region = "{REGION}"\n'
            f'role_arn = "arn:aws:iam::{number}:role/logflume/logflume-deploy"\n'
            f'external_id = "{external_id}"\n'
            f'boundary_arn = "arn:aws:iam::{number}:policy/logflume/logflume-boundary"\n'
        )

    def consumer(name: str, *more: str) -> str:
        return "\n".join(
            (
                "[[environments.default.consumers]]",
                f'name = "{name}"',
                f'type = "{name}"',
                f'principal = "arn:aws:iam::{SECURITY}:root"',
                *more,
                "\n",
            )
        )

    return (
        "# The sandbox's environment, made by `logflume bootstrap`. Change it and send SIGHUP to web and workers.\n"
        "[environments.default]\n"
        f'replica_region = "{REPLICA_REGION}"\n'
        f'readers = ["arn:aws:iam::{SECURITY}:root"]\n'
        'adoptable_buckets = ["old-logs"]\n\n'
        + consumer("splunk")
        + consumer("elastic", 'external_id = "elastic-reads-logs"')
        + account("production", PRODUCTION)
        + "\n"
        + account("log", LOG)
        + f"\n{syslog}"
        "\n[environments.default.teams.payments]\n"
        'log_groups = ["/aws/lambda/payments*", "/payments/*", "/aws/rds/*/payments*", "/aws/eks/payments*",\n'
        '              "/aws/route53/*payments*"]\n'
        'networks = ["10.0.0.0/8"]\n\n'
        "[environments.default.teams.platform]\n"
        'log_groups = ["/aws/*", "/platform/*"]\n'
    )
