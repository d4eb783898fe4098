"""`siaga replay` on a record that a store has written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import STATUSES
from tests.uptime.store.helpers import NOW, living, result
from uptime.cli import OK, USAGE, main
from uptime.core.model import Batch

CONFIG = """
[siaga]
database = "sqlite:///siaga.db"
[defaults]
interval = "10s"
failure_threshold = 2
[checks.web]
type = "tcp"
target = "127.0.0.1:9"
[checks.svc]
type = "all"
members = ["web"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "checks.toml"
    path.write_text(CONFIG)

    async def record() -> None:
        async with living(tmp_path / "siaga.db") as store:
            await store.accept({"web": None}, NOW - 600_000)
            runs = "uuuuuuffuuuufffffuuuuuu"
            first = NOW - len(runs) * 10_000
            found = [
                result(id=number + 1, at=first + number * 10_000, status=STATUSES[letter])
                for number, letter in enumerate(runs)
            ]
            await store.commit(Batch(results=tuple(found), life=NOW))

    asyncio.run(record())
    return path


def asked(
    config: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, dict[str, Any]]:
    code = main(["replay", "web", "-c", str(config), "--last", "5m", "--json", *options])
    assert code == OK
    answer = json.loads(capsys.readouterr().out)
    return {each["policy"]: each for each in answer["policies"]}


def test_a_higher_threshold_would_have_given_one_alert_less(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(config, capsys, "failure_threshold=4")
    assert [found[name]["alerts"] for name in ("as configured", "tried")] == [2, 1]
    assert [found[name]["blips"] for name in ("as configured", "tried")] == [0, 1]
    assert [found[name]["down_ms"] for name in ("as configured", "tried")] == [70_000, 50_000]


def test_as_a_table_it_names_every_outage_and_who_would_not_have_heard_of_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "web", "-c", str(config), "failure_threshold=4"]) == OK
    shown = capsys.readouterr().out
    assert shown.count("0:00:50") >= 2
    assert "no alert" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wep", "failure_threshold=4"], 'did you mean "web"'),
        (["svc", "failure_threshold=4"], "its members have results"),
        (["web"], "nothing to try"),
        (["web", "interval=5s"], "cannot be tried on results that are there"),
        (["web", "failure_threshold=0"], "from 1 to 100"),
        (["web", "degraded.latency=2"], "write a unit"),
        (["web", "--last", "5", "failure_threshold=4"], "write a unit"),
    ],
)
def test_what_cannot_be_tried_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["replay", "-c", str(config), *arguments]) == USAGE
    assert words in capsys.readouterr().err
