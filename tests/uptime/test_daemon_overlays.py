"""The daemon as a process: maintenance that begins, ends and is withdrawn; pauses that last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from tests.uptime.test_daemon import DEFAULTS, _channel, _check, _entries, target


async def _siaga(daemon: DaemonProcess, *arguments: str) -> Any:
    """What a command prints as JSON."""
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "uptime", *arguments, "--json", "-c", str(daemon.path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _overlays(daemon: DaemonProcess, columns: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(daemon.database()) as db:
        return db.execute(f"SELECT {columns} FROM overlay ORDER BY id").fetchall()


async def _wait_overlays(daemon: DaemonProcess, check: str, wanted: list[str]) -> None:
    async def there() -> bool:
        return bool((await daemon.rows())[check]["overlays"] == wanted)

    await eventually(there, 10, daemon.said)


async def test_nobody_is_told_of_what_stays_within_maintenance_and_who_is_down_at_its_end_is(
    tmp_path: Path,
) -> None:
    async with HttpCollector() as collector, target() as port:
        config = DEFAULTS + _check("good", port) + _check("bad", 9) + _channel(collector)
        config += """
[[maintenance]]
match = { check = ["bad", "good"] }
from = "2026-01-01T00:00"
duration = "24h"
rrule = "FREQ=DAILY"
reason = "every day, all day"
"""
        async with DaemonProcess(tmp_path, config) as daemon:
            row = await daemon.wait_state("bad", "down", 10)
            assert row["overlays"] == ["maintenance"]
            assert row["incident"] == "INC-1", "the condition is what it is"
            (work,) = (await daemon.get("/maintenance"))["items"]
            assert (work["id"], work["state"], work["source"]) == ("MNT-1", "running", "file")
            refused = await daemon.api.delete("/api/v1/maintenance/MNT-1")
            assert refused.status_code == 409
            assert "remove it there" in refused.json()["detail"]
            (sla,) = (await daemon.get("/sla", last="1h", check="bad"))["rows"]
            assert sla["down_ms"] == 0
            assert sla["incidents"] == 0
            assert sla["maintenance_ms"] > 0
            await asyncio.sleep(1.5)  # more than enough for a message that must not come
            assert collector.posts == []
            daemon.configure(config.replace('["bad", "good"]', '["good"]'))
            daemon.signal(signal.SIGHUP)
            (post,) = await collector.wait(1)
            assert "bad" in str(post.body)
            await _wait_overlays(daemon, "bad", [])
            (sla,) = (await daemon.get("/sla", last="1h", check="bad"))["rows"]
            assert sla["maintenance_ms"] > 0, "what was in force stays"
            parts = ("up", "degraded", "down", "maintenance", "unknown", "unmonitored")
            assert sum(sla[f"{part}_ms"] for part in parts) == 3_600_000
            assert await daemon.terminate() == 0
        entries = _entries(daemon, "maintenance")
        assert [e["covers"] for e in entries] == [["check=bad", "check=good"], ["check=good"]]
        assert [e["maintenance"] for e in _entries(daemon, "maintenance withdrawn")] == ["MNT-1"]


async def test_work_announced_by_a_command_is_listed_with_and_without_the_daemon(
    tmp_path: Path,
) -> None:
    async with target() as port:
        async with DaemonProcess(tmp_path, DEFAULTS + _check("a", port)) as daemon:
            said = await _siaga(
                daemon, "maintenance", "add", "--check", "a", "--for", "1h",
                "--reason", "kabel baru", "--announced", "2026-01-01",
            )  # fmt: skip
            assert (said["id"], said["state"], said["checks"]) == ("MNT-1", "running", 1)
            assert (await daemon.rows())["a"]["overlays"] == ["maintenance"]
            daemon.kill()
            offline = await _siaga(daemon, "maintenance", "list")
            assert [(each["id"], each["state"]) for each in offline["items"]] == [
                ("MNT-1", "running")
            ]
        (row,) = _overlays(daemon, "kind, source, reason, withdrawn")
        assert row == ("maintenance", "person", "kabel baru", None)
        assert [e["reason"] for e in _entries(daemon, "maintenance")] == ["kabel baru"]


async def test_work_announced_by_a_person_holds_over_a_restart_until_it_is_ended(
    tmp_path: Path,
) -> None:
    async with target() as port:
        async with DaemonProcess(tmp_path, DEFAULTS + _check("a", port)) as daemon:
            await daemon.post("/maintenance", {"match": {"check": ["a"]}, "duration": "1h"})
            daemon.kill()
            daemon.start()
            await daemon.wait_ready()
            await _wait_overlays(daemon, "a", ["maintenance"])
            await daemon.wait_state("a", "up", 10)
            ended = await daemon.api.delete("/api/v1/maintenance/MNT-1")
            assert ended.json()["state"] == "withdrawn"
            assert (await daemon.rows())["a"]["overlays"] == []
            (sla,) = (await daemon.get("/sla", last="1h", check="a"))["rows"]
            assert sla["maintenance_ms"] > 0
            assert await daemon.terminate() == 0
        ((by, withdrawn_by, withdrawn),) = _overlays(daemon, "entered_by, withdrawn_by, withdrawn")
        assert by == withdrawn_by != ""
        assert withdrawn is not None
        assert len(_entries(daemon, "maintenance withdrawn")) == 1


async def test_a_window_that_ends_by_the_clock_tells_who_is_still_down(tmp_path: Path) -> None:
    async with HttpCollector() as collector, contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(target())
        config = DEFAULTS + _check("bad", port) + _channel(collector)
        config += '\n[[maintenance]]\nmatch = {}\nfrom = "2020-01-01T00:00"\nduration = "1h"\n'
        async with DaemonProcess(tmp_path, config) as daemon:
            await daemon.wait_state("bad", "up", 10)
            work = await daemon.post("/maintenance", {"match": {}, "duration": "8s"})
            await stack.aclose()
            row = await daemon.wait_state("bad", "down", 7)
            assert row["overlays"] == ["maintenance"]
            assert collector.posts == []
            (post,) = await collector.wait(1, seconds=12)
            assert "bad" in str(post.body)
            row = (await daemon.rows())["bad"]
            assert row["overlays"] == []
            (incident,) = (await daemon.get("/incidents"))["items"]
            assert incident["began"] < work["next"]["to"] <= incident["told"][0]["created"]
            over = (await daemon.get("/maintenance", state="over"))["items"]
            assert [each["by"] == "configuration" for each in over] == [False, True]


async def test_a_pause_survives_restart_and_rename_and_is_not_measured_meanwhile(
    tmp_path: Path,
) -> None:
    async with target() as port:
        async with DaemonProcess(tmp_path, DEFAULTS + _check("a", port)) as daemon:
            await daemon.wait_state("a", "up", 10)
            await daemon.post("/checks/a/pause")
            await daemon.post("/checks/a/pause")  # twice is once
            daemon.kill()
            daemon.configure(DEFAULTS + _check("b", port, 'was = "a"'))
            daemon.start()
            await daemon.wait_ready()
            row = (await daemon.rows())["b"]
            assert (row["overlays"], row["state"], row["next_run"]) == (["paused"], "unknown", None)
            last = row["last_result"]
            await asyncio.sleep(1.5)  # longer than its interval
            row = (await daemon.rows())["b"]
            assert (row["overlays"], row["last_result"]) == (["paused"], last)
            (sla,) = (await daemon.get("/sla", last="1s", check="b"))["rows"]
            assert sla["unmonitored_ms"] == 1000
            await daemon.post("/checks/b/resume")
            row = await daemon.wait_state("b", "up", 5)
            assert row["overlays"] == []
            assert await daemon.terminate() == 0
            daemon.start()
            await daemon.wait_ready()
            row = await daemon.wait_state("b", "up", 10)
            assert row["overlays"] == []
            assert await daemon.terminate() == 0
        ((kind, withdrawn),) = _overlays(daemon, "kind, withdrawn")
        assert kind == "pause"
        assert withdrawn is not None
        assert [len(_entries(daemon, kind)) for kind in ("pause", "resume")] == [1, 1]


async def test_a_paused_check_that_leaves_the_configuration_comes_back_measured(
    tmp_path: Path,
) -> None:
    async with target() as port:
        both = DEFAULTS + _check("a", port) + _check("b", port)
        async with DaemonProcess(tmp_path, both) as daemon:
            await daemon.wait_state("a", "up", 10)
            await daemon.post("/checks/a/pause")
            daemon.configure(DEFAULTS + _check("b", port))
            daemon.signal(signal.SIGHUP)
            await daemon.wait_state("a", "absent", 10)
            daemon.configure(both)
            daemon.signal(signal.SIGHUP)
            row = await daemon.wait_state("a", "up", 10)
            assert row["overlays"] == []
            assert await daemon.terminate() == 0
        assert [e["by"] for e in _entries(daemon, "resume")] == ["configuration"]


async def test_outside_its_service_hours_a_check_is_measured_and_not_counted(
    tmp_path: Path,
) -> None:
    async with target() as port:
        today = datetime.now(UTC).date()
        off = ", ".join(str(today + timedelta(days=n)) for n in (-1, 0, 1))
        config = DEFAULTS + _check("a", port, 'calendar = "holidays"')
        config += '[calendars.holidays]\nhours = { mon-sun = "00:00-24:00" }\n'
        async with DaemonProcess(tmp_path, config + f"days_off = [{off}]\n") as daemon:
            await daemon.wait_state("a", "up", 10)
            (sla,) = (await daemon.get("/sla", last="1h", check="a"))["rows"]
            assert sla["unmonitored_ms"] == 3_600_000
            assert sla["outside_ms"] > 0
            assert sla["availability"] is None
            assert await daemon.terminate() == 0
        offline = await _siaga(daemon, "sla", "--last", "1h")
        assert offline["rows"][0]["unmonitored_ms"] == 3_600_000
        assert offline["rows"][0]["outside_ms"] > 0
