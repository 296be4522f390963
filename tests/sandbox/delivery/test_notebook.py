"""What CloudTrail has noted outlives the process."""

from __future__ import annotations

from pathlib import Path

from service.sandbox.delivery.notebook import Notebook


def test_what_is_not_done_waits_in_order_and_is_all_that_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    notebook = Notebook(path)
    for buffer, data in (("a", b"1"), ("b", b"1"), ("a", b"2"), ("a", b"1")):
        notebook.note(buffer, data)
    notebook.done("a", [b"1"])
    assert Notebook(path).left == [("b", b"1"), ("a", b"2"), ("a", b"1")]
    assert len(path.read_text().split()) == 3


def test_a_line_that_a_dying_process_left_unfinished_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    Notebook(path).note("a", b"1")
    with path.open("a") as file:
        file.write('\n{"buffer": "a", "da')
    Notebook(path).note("a", b"2")
    assert Notebook(path).left == [("a", b"1"), ("a", b"2")]


def test_without_a_file_nothing_is_remembered() -> None:
    notebook = Notebook(None)
    notebook.note("a", b"1")
    assert notebook.left == []
