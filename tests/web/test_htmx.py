"""The script comes from a pinned package and from nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from service.web import htmx


def test_the_pinned_file_is_in_place() -> None:
    assert htmx.present(), "run `python -m service.web.htmx`"


def test_another_file_of_that_name_is_not_taken_for_it(tmp_path: Path) -> None:
    impostor = tmp_path / "htmx.min.js"
    impostor.write_text("alert(1)")

    assert not htmx.present(impostor)


def test_a_file_in_place_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "htmx.min.js"
    copy.write_bytes(htmx.TARGET.read_bytes())
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("pip was called"))

    assert not htmx.install(copy)
