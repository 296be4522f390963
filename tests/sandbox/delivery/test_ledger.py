"""What was delivered is known after a restart, whenever the process died."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from service.sandbox.delivery.ledger import Ledger, digest
from service.sandbox.delivery.processing import Record

RECORD = Record(b"data", datetime(2026, 11, 24, tzinfo=UTC))
NAME = ("stream", digest(b"data"))


def nothing(_bucket: str, _key: str) -> bool:
    return False


def everything(_bucket: str, _key: str) -> bool:
    return True


def test_a_record_that_was_written_is_known_even_when_its_object_is_gone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.begin("k", "stream", [RECORD], "bucket", "k")
    ledger.done("k", "stream", [RECORD])
    assert Ledger(tmp_path / "ledger").delivered(nothing) == {NAME: 1}


def test_when_the_process_died_in_between_the_object_decides(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger").begin("k", "stream", [RECORD], "bucket", "k")
    assert not Ledger(tmp_path / "ledger").delivered(nothing)
    assert Ledger(tmp_path / "ledger").delivered(everything) == {NAME: 1}


def test_equal_records_are_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.done("k", "stream", [RECORD, RECORD])
    ledger.done("l", "stream", [RECORD])
    assert ledger.delivered(nothing)[NAME] == 3


def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    Ledger(path).done("k", "stream", [RECORD])
    path.write_text(path.read_text() + '\n{"done": "l", "str')
    Ledger(path).drop(b"data")
    assert Ledger(path).delivered(nothing) == {NAME: 1}
    assert Ledger(path).dropped() == {digest(b"data"): 1}


def test_without_a_path_nothing_is_remembered() -> None:
    ledger = Ledger(None)
    ledger.done("k", "stream", [RECORD])
    assert not ledger.delivered(nothing)
