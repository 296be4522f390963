"""`logflume`: the only place that starts processes.

serve      everything on this machine (sandbox mode by default)
web        the API and the pages            worker     one worker
sandbox    AWS in one process               migrate    bring the database to this version
bootstrap  deploy roles, boundary and state bucket of an environment
token      issue or revoke a tool's token   doctor     what is here and what works
engine     bring the Pulumi CLI to this machine
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from service.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            sys.stderr.write(
                f"logflume: {'LOGFLUME_' + where.upper() + ': ' if where else ''}{problem['msg']}\n"
            )
        return 2
    from service.logging import setup

    setup(settings)
    command: Callable[[Settings, argparse.Namespace], int] = options.run
    return command(settings, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="logflume", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run in _COMMANDS.items():
        command = commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0])
        command.set_defaults(run=run)
        if name == "demo":
            command.add_argument("--once", action="store_true", help="stop everything at the end")
        if name == "token":
            _token_arguments(command)
        if name == "bootstrap":
            command.add_argument("environment", nargs="?", default="default")
            command.add_argument("--service-principal", help="ARN of the identity that this service runs as")
    return parser


def _token_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="what the token is for; unique")
    parser.add_argument("--role", choices=["viewer", "requester", "operator", "admin"], default="viewer")
    parser.add_argument("--team")
    parser.add_argument("--days", type=int, default=365, help="days until it expires")
    parser.add_argument("--revoke", action="store_true", help="revoke the token of this name instead")


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    """Run everything on this machine until Ctrl-C."""
    from service.processes import serve

    return serve(settings)


def _web(settings: Settings, _: argparse.Namespace) -> int:
    """Serve the API and the pages."""
    import signal

    import uvicorn

    from service.app import create_app
    from service.environments import Environments

    environments = Environments.load(settings.environments_path)
    signal.signal(signal.SIGHUP, lambda *_: environments.reload())
    app = create_app(settings, environments=environments)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return 0


def _worker(settings: Settings, _: argparse.Namespace) -> int:
    """Run one worker."""
    from service.db import database_url
    from service.engine.factory import stacks_for
    from service.environments import Environments
    from service.jobs import worker

    environments = Environments.load(settings.environments_path)
    worker.run(settings, database_url(settings), stacks_for(settings), environments)
    return 0


def _sandbox(settings: Settings, _: argparse.Namespace) -> int:
    """Serve AWS on loopback, in one process."""
    import signal

    from service.sandbox.server import serve

    if settings.mode != "sandbox":
        sys.stderr.write("logflume: the sandbox does not run in aws mode\n")
        return 2

    def stop(*_: object) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    serve(settings.sandbox_port, settings.home_path / "sandbox", settings.sandbox_time_scale).run()
    return 0


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    """Bring the database to this version's tables."""
    from service import migrate
    from service.db import database_url

    migrate.upgrade(database_url(settings))
    return 0


def _bootstrap(settings: Settings, options: argparse.Namespace) -> int:
    """Make an environment's deploy roles, boundary and state bucket."""
    from service import bootstrap

    if settings.mode == "sandbox":
        bootstrap.sandbox(settings)
        return 0
    return bootstrap.aws(settings, options.environment, options.service_principal)


def _token(settings: Settings, options: argparse.Namespace) -> int:
    """Issue (or revoke) a bearer token; it is printed once and stored as a hash."""
    from service.auth import create_token, revoke_token
    from service.db import database_url, engine_for, session

    with session(engine_for(database_url(settings))) as opened:
        if options.revoke:
            return 0 if revoke_token(opened, options.name) else 1
        expires = datetime.now(UTC) + timedelta(days=options.days)
        token = create_token(opened, options.name, options.role, options.team, expires)
    sys.stdout.write(f"{token}\n")
    return 0


def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    """Print versions and what works."""
    from service.doctor import report

    checks = report(settings)
    for check in checks:
        sys.stdout.write(f"{'ok  ' if check.ok else 'FAIL'} {check.name:<16} {check.detail}\n")
        if not check.ok and check.hint:
            sys.stdout.write(f"     {'':<16} {check.hint}\n")
    return 0 if all(check.ok for check in checks) else 1


def _demo(settings: Settings, options: argparse.Namespace) -> int:
    """Run the main job once, from a request to a log line in the log account."""
    from service import demo

    return demo.run(settings, once=options.once)


def _engine(settings: Settings, _: argparse.Namespace) -> int:
    """Find, install or build the Pulumi CLI."""
    from service.engine.cli import find_pulumi

    sys.stdout.write(f"{find_pulumi(settings)}\n")
    return 0


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "serve": _serve,
    "web": _web,
    "worker": _worker,
    "sandbox": _sandbox,
    "migrate": _migrate,
    "bootstrap": _bootstrap,
    "token": _token,
    "doctor": _doctor,
    "engine": _engine,
    "demo": _demo,
}

if __name__ == "__main__":
    sys.exit(main())
