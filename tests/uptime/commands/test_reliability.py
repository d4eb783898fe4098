"""`siaga offenders` and `siaga causes` off the record, as a person and as a program read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.uptime.claims.world import Down, recorded
from uptime.cli import OK, USAGE, main
from uptime.core.causes import Cause
from uptime.core.proposed import Proposal

GUESS = Proposal(Cause.VENDOR, "circuit", "likely", ("dc-gw",))
DOWNS = (
    Down("2025-10-03 02:10", 60, "Listrik (PLN)"),
    Down("2025-10-08 19:00", 30, proposed=GUESS),
    Down("2025-10-09 19:00", 10),
)


def ask(command: str, file: Path, *more: str) -> int:
    return main([command, "-c", str(file), "--month", "2025-10", *more])


def test_what_is_only_proposed_is_a_row_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path, DOWNS)
    assert ask("causes", file) == OK
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["cause", "said", "by", "outages", "down", "share", "%"],
        ["power", "a", "person", "1", "1:00:00", "60.0"],
        ["vendor", "rules", "only", "1", "0:30:00", "30.0"],
        ["not", "given", "nobody", "1", "0:10:00", "10.0"],
    ]
    assert ask("causes", file, "--json") == OK
    answer = json.loads(capsys.readouterr().out)
    assert answer["from"] == "2025-09-30T17:00:00.000Z"
    assert [(row["cause"], row["standing"], row["down_ms"]) for row in answer["rows"]] == [
        ("power", "confirmed", 3_600_000),
        ("vendor", "proposed", 1_800_000),
        (None, "none", 600_000),
    ]


def test_who_failed_again_and_again_is_ranked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path, DOWNS)
    assert ask("offenders", file) == OK
    row = capsys.readouterr().out.splitlines()[-1].split()
    assert row == ["1", "isp-a", "3", "1:40:00", "1:00:00", "0"]
    assert ask("offenders", file, "--json") == OK
    (found,) = json.loads(capsys.readouterr().out)["rows"]
    assert (found["outages"], found["name"]) == (3, "ISP A, serat 1 Gbps")
    assert found["why"]["id"].startswith("3 gangguan sendiri, seluruhnya 1 jam 40 mnt")


def test_a_quiet_month_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path, ())
    assert ask("offenders", file) == OK
    assert capsys.readouterr().out.splitlines()[-1] == "nothing failed twice by itself"
    assert ask("causes", file) == OK
    assert capsys.readouterr().out.splitlines()[-1] == "no outage"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--check", "isp-b"], 'no check or service "isp-b"'),
        (["--group", "desa"], 'no group "desa"'),
    ],
)
def test_what_does_not_exist_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert ask("causes", recorded(tmp_path, ()), *more) == USAGE
    assert said in capsys.readouterr().err
