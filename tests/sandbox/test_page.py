"""The page about the sandbox: every test and module it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "sandbox.md").read_text()
NAMED = sorted(
    set(re.findall(r"`((?:[\w]+/)*[\w]*test_\w+\.py|(?:tests|service|bench)/[\w/]+(?:\.\w+)?)`", PAGE))
)
FOLDERS = ("", "tests/sandbox", "tests/sandbox/fixes", "tests/sandbox/delivery", "tests/journeys")


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_is_there(name: str) -> None:
    assert any((REPOSITORY / folder / name).exists() for folder in FOLDERS)


def test_every_module_of_the_fixes_is_in_the_table() -> None:
    modules = {path.stem for path in (REPOSITORY / "service/sandbox/fixes").glob("*.py")} - {"__init__"}
    assert modules == {name for name in re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) if name in modules}
    table = PAGE.partition("## Faults of moto that are closed")[2].partition("\n## ")[0]
    assert modules == set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
