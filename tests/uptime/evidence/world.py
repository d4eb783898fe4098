"""What a real daemon recorded: an outage before midnight with all that hangs on it, hostile text
in every place that takes some, and a second life in which the day is closed.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

from tests.daemon_process import DaemonProcess, eventually, free_port
from tests.http_collector import HttpCollector
from uptime.cli import main

ZONE = ZoneInfo("Asia/Jakarta")
HTML = "<script>alert(1)</script>"
BANNER = b"<img src=x onerror=alert(2)>\x1b[31m=cmd|' /C calc'!A0\r\n"
# What a daemon's process takes for the time, without touching the machine's clock.
CLOCK = """
import os, time
_real, _moved = time.time, float(os.environ["MOVED"])
time.time = lambda: _real() + _moved
"""
CONFIG = """
[defaults]
interval = "1s"
timeout = "500ms"
retry_interval = "200ms"
failure_threshold = 2
success_threshold = 2

[checks.pintu]
type = "tcp"
target = "127.0.0.1:{door}"
name = "{name}"
expect = "SSH"
objective = 99.5
depends_on = ["gerbang"]
contract = "isp"
runbook = "javascript:alert(3)"

[checks.gerbang]
type = "tcp"
target = "127.0.0.1:{gate}"

[checks.jendela]
type = "tcp"
target = "127.0.0.1:{gate}"
depends_on = ["gerbang"]

[contracts.isp]
provider = "PT Contoh"
sla = 99.0
fee = 2500000
formula = "prorata"

[channels.bel]
url = "{channel}"

[[routes]]
channels = ["bel"]
group_wait = "0s"
"""


async def record(folder: Path) -> None:
    """INC-1 is the outage of pintu: up, then a hostile banner, then up again."""
    (folder / "sitecustomize.py").write_text(CLOCK)
    midnight = datetime(2026, 11, 23, tzinfo=ZONE).timestamp()
    says = b"SSH\r\n"

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        writer.close()

    ports = {"door": free_port(), "gate": free_port()}
    servers = [await asyncio.start_server(answer, "127.0.0.1", port) for port in ports.values()]
    async with HttpCollector() as collector:
        config = CONFIG.format(name=HTML, channel=collector.url, **ports)

        @asynccontextmanager
        async def life(at: float) -> AsyncIterator[DaemonProcess]:
            moved = {"PYTHONPATH": str(folder), "MOVED": str(at - time.time())}
            with mock.patch.dict("os.environ", moved):
                async with DaemonProcess(folder, config) as daemon:
                    yield daemon

        async with life(midnight - 14) as daemon:
            for check in ("pintu", "gerbang", "jendela"):
                await daemon.wait_state(check, "up", 10)

            async def measured() -> bool:
                return len((await daemon.get("/checks/pintu/results"))["items"]) > 3

            await eventually(measured, 10)
            says = BANNER
            await daemon.wait_state("pintu", "down", 10)
            await daemon.post("/incidents/INC-1/ack", {"note": f"ke lokasi {HTML}"})
            await daemon.post("/incidents/INC-1/note", {"text": "=1+1 serat putus"})
            plan = {"match": {"check": ["pintu"]}, "duration": "1h", "reason": HTML}
            work = await daemon.post("/maintenance", plan)
            await daemon.api.delete(f"/api/v1/maintenance/{work['id']}")
            await collector.wait(1)
            says = b"SSH\r\n"
            await daemon.wait_state("pintu", "up", 10)
            await daemon.post("/incidents/INC-1/cause", {"cause": "vendor", "reason": HTML})
            await collector.wait(2)

            async def over() -> bool:
                return time.time() + float(moved_by(daemon)) > midnight + 1

            await eventually(over, 20)
            assert await daemon.terminate() == 0
        async with life(midnight + 3900) as daemon:

            async def closed() -> bool:
                return (folder / "siaga.heads").exists()

            await eventually(closed, 15, daemon.said)
            asked = {"kind": "evidence", "incident": "INC-1"}
            job = (await daemon.post("/jobs", asked))["id"]

            async def made() -> bool:
                return bool((await daemon.get(f"/jobs/{job}"))["state"] == "done")

            await eventually(made, 30, daemon.said)
            got = await daemon.api.get(f"/api/v1/jobs/{job}/file")
            (folder / "job.zip").write_bytes(got.content)
            assert await daemon.terminate() == 0
    for server in servers:
        server.close()


def moved_by(daemon: DaemonProcess) -> str:
    return daemon.environ["MOVED"]


def siaga(folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command on the record."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*words, "-c", str(folder / "checks.toml")])
    return code, out.getvalue(), err.getvalue()
