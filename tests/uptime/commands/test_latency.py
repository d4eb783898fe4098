"""`siaga latency` on a record that a store has written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.store.helpers import HOUR, living, result
from uptime.cli import NO, OK, USAGE, main
from uptime.core.model import Batch, Status

JAKARTA = ZoneInfo("Asia/Jakarta")
MIDNIGHT = round(datetime(2025, 11, 24, tzinfo=JAKARTA).timestamp()) * 1000
CONFIG = """
[siaga]
database = "sqlite:///siaga.db"
timezone = "Asia/Jakarta"
[checks.web]
type = "tcp"
target = "127.0.0.1:9"
[checks.new]
type = "tcp"
target = "127.0.0.1:9"
[checks.svc]
type = "all"
members = ["web"]
"""
MONTH = ("--month", "2025-11")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "checks.toml"
    path.write_text(CONFIG)

    async def record() -> None:
        async with living(tmp_path / "siaga.db") as store:
            runs = [
                result(id=n + 1, at=MIDNIGHT + n * HOUR // 2, latency=(n + 1) / 1000, loss=0.0)
                for n in range(96)
            ]
            down = result(id=999, at=MIDNIGHT + 7, status=Status.DOWN, reason="timeout", loss=1.0)
            await store.commit(Batch(results=(*runs, down)))

    asyncio.run(record())
    return path


Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(config: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*arguments: str) -> tuple[int, str]:
        code = main(["latency", "-c", str(config), *arguments])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return asked


def as_json(ask: Ask, *arguments: str) -> dict[str, Any]:
    code, shown = ask(*arguments, "--json")
    assert code == OK
    found: dict[str, Any] = json.loads(shown)
    return found


def test_days_are_those_of_the_zone_and_the_whole_is_made_of_them(ask: Ask) -> None:
    found = as_json(ask, "web", *MONTH)
    first, second = found["days"]
    assert (first["at"], first["count"]) == ("2025-11-23T17:00:00.000Z", 49)
    assert (second["at"], second["count"]) == ("2025-11-24T17:00:00.000Z", 48)
    assert first["statuses"] == {"up": 48, "degraded": 0, "down": 1, "unknown": 0}
    assert first["latency_p50_s"] == pytest.approx(0.024, rel=0.02)
    assert first["latency_p95_s"] == pytest.approx(0.046, rel=0.02)
    assert first["loss"] == pytest.approx(1 / 49)
    whole = found["whole"]
    assert (whole["count"], whole["failed"], whole["latency_max_s"]) == (97, 1, 0.096)
    assert whole["latency_p95_s"] == pytest.approx(0.092, rel=0.02)
    assert found["notice"] is None


def test_it_is_the_same_once_single_results_are_gone(config: Path, ask: Ask) -> None:
    async def drop() -> None:
        async with living(config.with_name("siaga.db"), raw_s=3600) as store:
            while await store.maintain(MIDNIGHT + 72 * HOUR, JAKARTA):
                pass
            assert await store.runs("web", 0, MIDNIGHT * 2) == []

    before = as_json(ask, "web", *MONTH)
    asyncio.run(drop())
    after = as_json(ask, "web", *MONTH)
    sources = [{point.pop("source") for point in (*each["days"], each["whole"])}
               for each in (before, after)]  # fmt: skip
    assert sources == [{"raw"}, {"day"}]
    assert after == before


def test_as_a_table_it_has_a_line_a_day_and_one_for_all(ask: Ask) -> None:
    code, shown = ask("web", "--from", "2025-11-23T17:00:00Z", "--to", "2025-12-01T00:00:00Z")
    assert code == OK
    lines = [line.split() for line in shown.splitlines()[1:]]
    assert lines[0] == [
        "day", "p50", "p95", "p99", "max", "loss", "%", "runs", "up", "degraded", "down", "unknown",
    ]  # fmt: skip
    assert [line[0] for line in lines[1:]] == ["2025-11-24", "2025-11-25", "all"]
    assert lines[1][4:] == ["48.0", "2.04", "49", "48", "0", "1", "0"]


def test_the_last_thirty_days_are_asked_for_by_default(ask: Ask) -> None:
    code, shown = ask("web", "--json")
    found = json.loads(shown)
    assert (code, found["whole"], found["days"]) == (NO, None, [])
    began, ended = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    assert (ended - began).days == 30
    assert ended <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wep"], 'did you mean "web"'),
        (["svc"], "its members have results"),
        (["web", "--month", "2999-01"], "lies in the future"),
        (["web", "--last", "5"], "write a unit"),
        (["web", "--from", "2025-11-24T00:00:00"], "has no time zone"),
        (["web", "--month", "November"], "2026-11"),
    ],
)
def test_what_cannot_be_answered_is_said(ask: Ask, arguments: list[str], words: str) -> None:
    code, shown = ask(*arguments)
    assert code == USAGE
    assert words in shown


def test_a_check_without_results_says_so(ask: Ask) -> None:
    code, shown = ask("new", *MONTH)
    assert code == NO
    assert "no results" in shown
