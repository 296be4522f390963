"""The page of the checks before an apply: each of the eighteen has its row, and the tests in it know its codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "preflight.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", PAGE, re.M)]
CHECKS = {row[0]: row for row in ROWS if row[0].isdigit()}


def test_each_of_the_eighteen_checks_has_a_row() -> None:
    assert sorted(CHECKS, key=int) == [str(number) for number in range(1, 19)]


@pytest.mark.parametrize("number", CHECKS)
def test_the_tests_of_a_row_are_there_and_know_its_codes(number: str) -> None:
    _, _, codes, _, named = CHECKS[number]
    tests = [REPOSITORY / "tests" / name for name in re.findall(r"`([\w/]+\.py)`", named)]
    assert tests
    written = "".join(path.read_text() for path in tests)
    assert [
        code for code in re.findall(r"`([a-z]+(?:_[a-z]+)+|guarded)`", codes) if code not in written
    ] == []
