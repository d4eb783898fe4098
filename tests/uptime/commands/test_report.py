"""`siaga report` and `siaga report close` on a record without a daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.uptime.report.test_gather import DOWNS
from tests.uptime.report.world import MINUTE, World
from tests.uptime.store.helpers import sql
from uptime.cli import OK, STORAGE, UNKNOWN, USAGE, main
from uptime.store.location import path_of
from uptime.store.lock import Lock


def run(file: Path, *words: str) -> int:
    return main(["report", *words, "-c", str(file)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return World(DOWNS, until="2026-11-20 00:00").record(tmp_path)


def test_a_summary_is_printed_in_the_language_of_the_configuration_or_another(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "--month", "2026-10") == OK
    said = capsys.readouterr().out
    assert "SEMENTARA: Oktober 2026 belum ditutup" in said
    assert "1 dari 2 layanan publik tidak mencapai target: Portal kabupaten." in said
    assert run(file, "--month", "2026-10", "--language", "en") == OK
    assert "1 of 2 public services missed their target" in capsys.readouterr().out


def test_a_report_is_json_for_programs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "--month", "2026-10", "--json") == OK
    assert json.loads(capsys.readouterr().out)["rows"][0]["down_ms"] == 280 * MINUTE


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", b"<!doctype"),
        ("r.csv", b"kind,"),
        ("r.xlsx", b"PK"),
        ("r.pdf", b"%PDF-"),
        ("r.json", b"{"),
    ],
)
def test_the_end_of_the_files_name_says_in_which_form(
    file: Path, tmp_path: Path, name: str, start: bytes
) -> None:
    assert run(file, "--month", "2026-10", "-o", str(tmp_path / name)) == OK
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_month_is_closed_and_corrected(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "close", "--month", "2026-10", "--json") == OK
    first = json.loads(capsys.readouterr().out)
    assert (first["month"], first["revision"]) == ("2026-10", 1)
    assert run(file, "close", "--month", "2026-10") == USAGE
    assert "fix: give the reason" in capsys.readouterr().err
    assert run(file, "--month", "2026-10", "close", "--reason", "sebab diperbaiki") == OK
    assert "2026-10 is closed: revision 2, entry" in capsys.readouterr().out
    assert run(file, "--month", "2026-10") == OK
    assert "Alasan: sebab diperbaiki." in capsys.readouterr().out
    assert run(file, "--month", "2026-10", "--revision", "1") == OK
    said = capsys.readouterr().out
    assert "revisi 1." in said
    assert "Angka terbuka" not in said
    assert main(["ledger", "verify", "-c", str(file)]) == OK


def test_open_figures_that_differ_from_the_closed_ones_are_told(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "close", "--month", "2026-10") == OK
    sql(tmp_path / "siaga.db", "UPDATE incident SET cause = 'aplikasi' WHERE id = 2")
    capsys.readouterr()
    assert run(file, "--month", "2026-10") == OK
    said = capsys.readouterr().out
    assert "siaga report close --month 2026-10 --reason ALASAN" in said
    assert "  aplikasi: waktu gangguan menurut sebab: 0 → 4 j 20 m" in said
    assert "penyedia: 4 j 20 m, 1 gangguan" in said


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--month", "2026-10", "--format", "xlsx"], "fix: add -o FILE.xlsx"),
        (["--month", "2099-10"], "lies in the future"),
        (["--month", "2026-10", "--revision", "1"], "none: the month is open"),
        (["close", "--month", "2099-10"], "2099-10 is not over"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    file: Path, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, *words) == USAGE
    assert problem in capsys.readouterr().err


def test_nothing_is_closed_beside_a_daemon_that_does_not_answer(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = Lock(path_of(f"sqlite:///{file.with_name('siaga.db')}"))
    try:
        assert run(file, "close", "--month", "2026-10") == UNKNOWN
    finally:
        lock.release()
    assert capsys.readouterr().err.startswith("siaga: ")


def test_without_a_record_nothing_is_printed(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "siaga.db").unlink()
    assert run(file, "--month", "2026-10") == STORAGE
    assert "does not exist" in capsys.readouterr().err
