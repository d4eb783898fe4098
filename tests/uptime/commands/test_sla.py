"""`siaga sla --detail` off the record, as a person and as a program read it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.uptime.claims.world import CONFIG, Down, recorded
from uptime.cli import OK, USAGE, main
from uptime.commands.sla import _FIGURES, _FORECAST, _print_detail

DOWNS = (Down("2025-10-03 02:10", 60), Down("2025-10-08 19:00", 30))


def sla(file: Path, *more: str) -> int:
    return main(["sla", "-c", str(file), "--month", "2025-10", *more])


def test_the_detail_of_a_month_as_a_table_of_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sla(recorded(tmp_path, DOWNS), "--detail") == OK
    _, _, heads, row = capsys.readouterr().out.splitlines()
    assert heads.split() == [
        "id", "1h", "6h", "3d", "month", "left", "MTTR", "MTBF", "longest",
    ]  # fmt: skip
    assert row.split() == ["isp-a", "-", "-", "-", "-", "-", "45.0m", "15.5d", "1.0h"]


def test_the_widest_row_of_the_detail_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    detail = {
        "burn": {name: {"rate": 1000.0} for name in ("1h", "6h", "3d")},
        "forecast": dict.fromkeys(_FORECAST, 0)
        | {"availability": 99.982, "budget_left_ms": -1_342_800_000},
        **dict.fromkeys(_FIGURES, 2_600_000.0),
    }
    _print_detail({"from": "", "to": "", "rows": [{"id": "kec-ungaran-barat", "detail": detail}]})
    _, about, heads, row = capsys.readouterr().out.splitlines()
    assert row.split()[1:] == [
        "1000.0", "1000.0", "1000.0", "99.982", "-15.6d", "30.1d", "30.1d", "30.1d"
    ]  # fmt: skip
    assert max(len(about), len(heads.rstrip()), len(row.rstrip())) <= 80


def test_the_same_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path, DOWNS)
    assert sla(file, "--detail", "--json") == OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["detail"]["outages"], row["detail"]["mttr_s"]) == (2, 2700)
    assert (row["detail"]["mttr_least_s"], row["detail"]["mttr_most_s"]) == (2670, 2730)
    assert sla(file, "--detail", "--format", "csv") == OK
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (line["mttr_s"], line["burn.1h"], line["forecast.best"]) == ("2700.0", "", "")
    assert sla(file, "--json") == OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["detail"] is None


def test_a_check_that_does_not_exist_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sla(recorded(tmp_path), "--detail", "--check", "isp-b") == USAGE
    assert 'no check or service "isp-b"' in capsys.readouterr().err


def test_a_contract_is_asked_for_alone_in_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path, DOWNS)
    assert sla(file, "--contract", "isp-a") == OK
    *_, row = capsys.readouterr().out.splitlines()
    assert row.split()[:2] == ["isp-a", "99.798"]
    assert sla(file, "--contract", "isp-a", "--json", "--detail") == OK
    (found,) = json.loads(capsys.readouterr().out)["rows"]
    assert (found["kind"], found["down_ms"], found["objective"]) == ("contract", 5_400_000, 99.5)
    assert found["detail"]["mttr_s"] == 2700
    assert sla(file, "--contract", "isp-a", "--format", "csv") == OK
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (line["kind"], line["incidents"]) == ("contract", "2")
    assert sla(file, "--json") == OK
    assert [row["kind"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["check"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--contract", "isp-x"], 'no contract named "isp-x" (did you mean "isp-c"?); fix:'),
        (["--contract", "isp-a", "--check", "isp-a"], "fix: leave one out"),
        (["--contract", "isp-c"], 'no check measures contract "isp-c"; fix: write contract'),
    ],
)
def test_a_contract_that_cannot_be_asked_for_is_an_error_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], problem: str
) -> None:
    unused = '[contracts.isp-c]\nprovider = "PT"\nsla = 98\nfee = 1\nformula = "prorata"\n'
    assert sla(recorded(tmp_path, (), CONFIG + unused), *more) == USAGE
    assert problem in capsys.readouterr().err
