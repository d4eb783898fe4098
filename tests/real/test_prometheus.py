"""Debian's Prometheus scrapes the daemon; the page has nothing to complain about."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.daemon_process import DaemonProcess, eventually, free_port
from tests.real.servers import Server, program
from tests.uptime.test_end_to_end import FAST

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


class Prometheus(Server):
    """Scrapes one daemon every second."""

    target = 0

    def command(self) -> list[str]:
        config = self.folder / "prometheus.yml"
        config.write_text(
            "global: { scrape_interval: 1s }\n"
            "scrape_configs:\n- job_name: siaga\n  honor_labels: true\n"
            f"  static_configs:\n  - targets: ['127.0.0.1:{self.target}']\n"
        )
        return [
            program("prometheus"), f"--config.file={config}",
            f"--storage.tsdb.path={self.folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]  # fmt: skip


async def test_prometheus_scrapes_and_promtool_is_silent(tmp_path: Path) -> None:
    prometheus = Prometheus(tmp_path)
    closed = free_port()
    config = FAST + (
        f'[checks.naik]\ntype = "tcp"\ntarget = "127.0.0.1:{prometheus.port}"\n'
        'labels = { opd = "Kominfo" }\n'
        f'[checks.mati]\ntype = "tcp"\ntarget = "127.0.0.1:{closed}"\n'
    )
    async with DaemonProcess(tmp_path, config) as daemon:
        prometheus.target = daemon.port
        await prometheus.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{prometheus.port}") as client:

                async def ask(query: str) -> list[dict[str, Any]]:
                    answer = await client.get("/api/v1/query", params={"query": query})
                    return list(answer.json()["data"]["result"])

                async def scraped() -> bool:
                    return len(await ask("probe_success == 1")) == 1

                await eventually(scraped, 20)
                assert [s["value"][1] for s in await ask('up{job="siaga"}')] == ["1"]
                (naik,) = await ask('probe_success{check="naik"}')
                assert naik["metric"]["opd"] == "Kominfo"
                assert naik["metric"]["instance"] == f"127.0.0.1:{prometheus.port}"

                async def down() -> bool:
                    found = await ask('siaga_check_state{check="mati",state="down"} == 1')
                    return len(found) == 1

                await eventually(down, 10)
                assert len(await ask("sum by (check) (siaga_check_state)")) == 2
        finally:
            await prometheus.stop()
        page = (await daemon.api.get("/metrics")).text
        judged = await asyncio.to_thread(
            subprocess.run, [program("promtool"), "check", "metrics"], input=page.encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        assert (judged.returncode, judged.stdout, judged.stderr) == (0, b"", b"")
