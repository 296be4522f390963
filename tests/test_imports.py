"""What import-linter cannot say: who may touch a part of somebody else's package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(prefix: str) -> set[str]:
    """Files of the product that import a module or anything below it."""
    files = [*(ROOT / "service").rglob("*.py"), *(ROOT / "programs").rglob("*.py")]
    return {
        str(path.relative_to(ROOT))
        for path in files
        if any(name == prefix or name.startswith(f"{prefix}.") for name in imported(path))
    }


def test_one_file_drives_the_automation_api() -> None:
    # cli.py asks the API's installer for a CLI, which is the other half of the same power.
    assert importers("pulumi.automation") <= {"service/engine/child.py", "service/engine/cli.py"}


def test_one_file_knows_the_job_library() -> None:
    assert {f for f in importers("procrastinate") if f.startswith("service/")} == {"service/jobs/queue.py"}


def test_the_emulator_has_no_importer_outside_the_sandbox() -> None:
    assert all(file.startswith("service/sandbox/") for file in importers("moto"))
