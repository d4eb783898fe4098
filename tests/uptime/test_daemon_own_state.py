"""A real daemon that was stopped for a while, and whose clock was set, has it on record."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

import pytest

from tests.daemon_process import DaemonProcess, eventually, free_port

# What a daemon's process takes for the time: moved by what stands in a file.
CLOCK = """
import os, time
_real, _file = time.time, os.environ["MOVED"]
def moved():
    with open(_file) as file:
        return _real() + float(file.read() or 0)
time.time = moved
"""
HOUR_MS = 3_600_000


@pytest.mark.timeout(90)
async def test_standing_still_and_a_clock_that_was_set_are_on_record(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    moved = tmp_path / "moved"
    moved.write_text("0")
    env = {"PYTHONPATH": str(tmp_path), "MOVED": str(moved)}
    server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", port := free_port())
    config = f'[checks.app]\ntype = "tcp"\ntarget = "127.0.0.1:{port}"\ninterval = "1s"\n'
    async with server, DaemonProcess(tmp_path, config, env=env) as daemon:
        await daemon.wait_state("app", "up", 10)
        daemon.signal(signal.SIGSTOP)
        await asyncio.sleep(1.5)
        daemon.signal(signal.SIGCONT)

        async def answers() -> bool:
            return bool((await daemon.get("/status"))["monitor"]["lag_ms"] < 250)

        await eventually(answers, 10)
        await asyncio.to_thread(moved.write_text, str(-HOUR_MS / 1000))

        async def written() -> bool:
            with contextlib.closing(daemon.database()) as db:
                found = db.execute("SELECT lag FROM own_state").fetchall()
            return any(lag > 1000 for (lag,) in found)

        await eventually(written, 10)
        assert await daemon.terminate() == 0
        with contextlib.closing(daemon.database()) as db:
            rows = db.execute(
                "SELECT began, ended, lag, step, runs, up FROM own_state ORDER BY began"
            ).fetchall()
    after, *_ = [row for row in rows if row[3]]
    before = max(row for row in rows if not row[3])
    assert before[0] > after[0], "an hour earlier by its own clock"
    assert abs(after[3] + HOUR_MS) < 1000
    assert abs(after[0] - (before[1] - HOUR_MS)) < 1000
    assert sum(row[4] for row in rows) > 0
    assert after[5] == 1
    assert all(0 <= ended - began < 120_000 for began, ended, *_ in rows)
