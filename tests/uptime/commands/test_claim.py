"""`siaga claim` and `siaga reconcile` on a record without a daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.uptime.claims.world import recorded
from uptime.cli import NO, OK, STORAGE, USAGE, main


def run(file: Path, *words: str) -> int:
    return main([words[0], "isp-a", *words[1:], "--month", "2025-10", "-c", str(file)])


def test_a_claim_is_printed_in_the_language_of_the_configuration_or_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path)
    assert run(file, "claim") == OK
    assert "Restitusi yang diajukan: Rp139.578" in capsys.readouterr().out
    assert run(file, "claim", "--language", "en") == OK
    assert "Refund claimed: Rp139,578" in capsys.readouterr().out


def test_a_claim_is_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path)
    assert run(file, "claim", "--json") == OK
    found = json.loads(capsys.readouterr().out)
    assert (found["refund"], len(found["outages"])) == (139_578, 7)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("c.html", b"<!doctype"),
        ("c.csv", b"kind,"),
        ("c.xlsx", b"PK"),
        ("c.pdf", b"%PDF-"),
        ("c.json", b"{"),
    ],
)
def test_the_end_of_the_files_name_says_in_which_form(
    tmp_path: Path, name: str, start: bytes
) -> None:
    file = recorded(tmp_path)
    assert run(file, "claim", "-o", str(tmp_path / name)) == OK
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--format", "xlsx"], "fix: add -o FILE.xlsx"),
        (["-o", "claim.txt"], "claim.txt: in which form; fix: --format json|csv|html|xlsx|pdf"),
        (["--format", "csv", "-o", "/nowhere/c.csv"], "/nowhere/c.csv: No such file"),
    ],
)
def test_a_form_that_cannot_be_says_what_to_do(
    tmp_path: Path, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(recorded(tmp_path), "claim", *words) == USAGE
    assert problem in capsys.readouterr().err


def test_without_a_record_there_is_no_claim(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path)
    (tmp_path / "siaga.db").unlink()
    assert run(file, "claim") == STORAGE
    assert "does not exist" in capsys.readouterr().err


LIST = """No Tiket;Waktu Mulai;Waktu Selesai
T-1;03/10/2025 02.10;03/10/2025 11.30
T-2;08/10/2025 19.20;08/10/2025 21.20
T-3;12/10/2025 22.00;12/10/2025 23.35
T-4;15/10/2025 08.00;15/10/2025 08.05
T-5;15/10/2025 09.00;15/10/2025 09.05
T-6;15/10/2025 10.00;15/10/2025 10.05
T-7;15/10/2025 11.00;15/10/2025 11.02
"""


def test_lists_that_agree_are_the_answer_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, theirs = recorded(tmp_path), tmp_path / "vendor.csv"
    theirs.write_text(LIST.replace("19.20", "19.00"), "utf-8")
    assert run(file, "reconcile", str(theirs)) == OK
    assert capsys.readouterr().out.count("\ncocok ") == 7


def test_a_difference_is_the_answer_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, theirs = recorded(tmp_path), tmp_path / "vendor.csv"
    theirs.write_text(LIST + "=T-8;20/10/2025 10.00;20/10/2025 10.30\n", "utf-8")
    assert run(file, "reconcile", str(theirs), "--json") == NO
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {
        "agree": 6, "different": 1, "ours": 0, "theirs": 1, "outside": 0, "unread": 0,
    }  # fmt: skip
    assert found["rows"][1]["length_difference_ms"] == -20 * 60_000
    assert run(file, "reconcile", str(theirs), "--format", "csv") == NO
    assert ",'=T-8," in capsys.readouterr().out


def test_a_row_that_cannot_be_read_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, theirs = recorded(tmp_path), tmp_path / "vendor.csv"
    theirs.write_text(LIST + "T-8;kemarin;20/10/2025 10.30\n", "utf-8")
    assert run(file, "reconcile", str(theirs), "--format", "csv") == USAGE
    said = capsys.readouterr()
    assert f'{theirs}:9: "kemarin" is no time; fix: write it like' in said.err
    assert "unread,,,,,,,9," in said.out
    assert "different,2," in said.out


def test_a_file_that_is_no_list_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, theirs = recorded(tmp_path), tmp_path / "vendor.csv"
    assert run(file, "reconcile", str(theirs)) == USAGE
    theirs.write_text("a,b\n", "utf-8")
    assert run(file, "reconcile", str(theirs)) == USAGE
    said = capsys.readouterr().err
    assert f"{theirs}: No such file" in said
    assert f"{theirs}: line 1: no column says when an outage starts" in said
