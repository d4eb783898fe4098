"""The daemon as a process: signals, reloads, pauses, and a store that others hold."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from uptime.core.text import from_rfc3339

DEFAULTS = """
[defaults]
interval = "1s"
timeout = "500ms"
retry_interval = "200ms"
failure_threshold = 2
success_threshold = 2
"""


@contextlib.asynccontextmanager
async def target(answer: bytes | None = b"") -> AsyncIterator[int]:
    """A TCP port that answers so and closes; None never answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _check(id: str, port: int, more: str = "") -> str:
    return f'\n[checks.{id}]\ntype = "tcp"\ntarget = "127.0.0.1:{port}"\n{more}\n'


def _channel(collector: HttpCollector) -> str:
    return f"""
[channels.piket]
url = "{collector.url}"
language = "en"
[[routes]]
channels = ["piket"]
group_wait = "0s"
"""


def _entries(daemon: DaemonProcess, kind: str) -> list[dict[str, Any]]:
    with contextlib.closing(daemon.database()) as db:
        rows = db.execute("SELECT entry FROM ledger ORDER BY seq").fetchall()
    return [entry for (text,) in rows if (entry := json.loads(text))["type"] == kind]


async def test_it_ends_in_time_with_probes_channels_and_clients_that_hang(tmp_path: Path) -> None:
    async with (
        HttpCollector(default="hang") as collector,
        target() as good,
        target(None) as silent,
    ):
        config = DEFAULTS + _check("good", good) + _check("bad", 9) + _channel(collector)
        slow = 'timeout = "50s"\ninterval = "60s"'
        config += f'\n[checks.slow]\ntype = "http"\ntarget = "http://127.0.0.1:{silent}/"\n{slow}\n'
        async with DaemonProcess(tmp_path, config) as daemon:
            await daemon.wait_state("good", "up", 10)
            await daemon.wait_state("bad", "down", 10)
            await collector.wait(1, accepted=False)
            run = asyncio.create_task(daemon.api.post("/api/v1/checks/slow/probe", json={}))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            assert await daemon.terminate() == 0
            assert time.monotonic() - began < 14
            answer = await run
            assert answer.status_code == 409
            assert "stopping" in answer.json()["detail"]


async def test_a_signal_during_the_start_is_heard_when_it_can_be(tmp_path: Path) -> None:
    async with target() as port:
        daemon = DaemonProcess(tmp_path, DEFAULTS + _check("a", port))
        daemon.start()

        async def listening() -> bool:
            return (tmp_path / "siaga.sock").exists()

        await eventually(listening, 15)
        daemon.signal(signal.SIGHUP)
        await daemon.wait_ready()
        assert await daemon.terminate() == 0
        await daemon.api.aclose()


async def test_a_storm_of_reloads_is_one_or_two_and_changes_nothing(tmp_path: Path) -> None:
    async with target() as port:
        async with DaemonProcess(tmp_path, DEFAULTS + _check("a", port)) as daemon:
            before = await daemon.wait_state("a", "up", 10)
            for _ in range(100):
                daemon.signal(signal.SIGHUP)
                await asyncio.sleep(0.02)

            async def settled() -> bool:
                return "configuration accepted" in daemon.said()

            await eventually(settled, 10)
            await asyncio.sleep(1)  # whether there comes one more is what is tested
            assert daemon.said().count("configuration accepted") <= 2
            row = (await daemon.rows())["a"]
            assert (row["state"], row["since"]) == ("up", before["since"])


async def test_a_paused_check_is_not_run_and_says_so_and_goes_on_after(tmp_path: Path) -> None:
    async with target() as port:
        async with DaemonProcess(tmp_path, DEFAULTS + _check("a", port)) as daemon:
            await daemon.wait_state("a", "up", 10)
            result = await daemon.post("/checks/a/probe")
            assert result["status"] == "up"
            row = await daemon.post("/checks/a/pause")
            assert (row["overlays"], row["state"], row["next_run"]) == (["paused"], "unknown", None)
            answer = await daemon.api.post("/api/v1/checks/a/probe", json={})
            assert answer.status_code == 409
            assert "paused" in answer.json()["detail"]
            last = (await daemon.rows())["a"]["last_result"]
            await asyncio.sleep(1.5)  # longer than its interval
            row = (await daemon.rows())["a"]
            assert (row["last_result"], row["state"]) == (last, "unknown")
            row = await daemon.post("/checks/a/resume")
            assert row["overlays"] == []
            await daemon.wait_state("a", "up", 5)


async def test_a_run_asked_for_is_one_that_begins_after_it_was_asked_for(tmp_path: Path) -> None:
    async with target() as good, target(None) as silent:
        slow = 'timeout = "900ms"\ninterval = "1s"'
        http = f'\n[checks.h]\ntype = "http"\ntarget = "http://127.0.0.1:{silent}/"\n{slow}\n'
        async with DaemonProcess(tmp_path, DEFAULTS + http + _check("a", good)) as daemon:
            await daemon.wait_state("h", "down", 15)
            for _ in range(3):
                asked = time.time()
                result = await daemon.post("/checks/h/probe")
                assert from_rfc3339(result["at"]) >= int(asked * 1000) - 5


async def test_a_rename_by_reload_takes_history_state_and_incident_along(tmp_path: Path) -> None:
    async with HttpCollector() as collector, target() as port:
        config = DEFAULTS + _check("tetap", port) + _channel(collector)
        async with DaemonProcess(tmp_path, config + _check("lama", 9)) as daemon:
            before = await daemon.wait_state("lama", "down", 10)
            await collector.wait(1)
            daemon.configure(config + _check("baru", 9, 'was = "lama"'))
            daemon.signal(signal.SIGHUP)
            row = await daemon.wait_state("baru", "down", 10)
            assert (row["since"], row["incident"]) == (before["since"], "INC-1")
            assert "lama" not in await daemon.rows()

            async def measured() -> bool:
                items = (await daemon.get("/checks/baru/results"))["items"]
                return bool(items) and items[-1]["at"] > row["last_result"]

            await eventually(measured, 10)
            items = (await daemon.get("/checks/baru/results"))["items"]
            assert items[0]["at"] <= before["last_result"]
            (incident,) = (await daemon.get("/incidents"))["items"]
            assert (incident["check"], incident["state"]) == ("baru", "open")
            assert await daemon.terminate() == 0
        with contextlib.closing(daemon.database()) as db:
            ids = {check for (check,) in db.execute("SELECT id FROM checks")}
        assert ids == {"tetap", "baru"}
        assert len(collector.accepted) == 1


async def test_with_a_store_that_takes_nothing_it_watches_tells_and_reloads_later(
    tmp_path: Path,
) -> None:
    async with HttpCollector() as collector, target() as port:
        config = DEFAULTS + _check("a", port) + _channel(collector)
        async with DaemonProcess(tmp_path, config) as daemon:
            await daemon.wait_state("a", "up", 10)
            holder = sqlite3.connect(tmp_path / "siaga.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            daemon.configure(config + _check("b", 9))
            daemon.signal(signal.SIGHUP)

            async def refused() -> bool:
                monitor = (await daemon.get("/status"))["monitor"]
                return monitor["store"] == "broken" and bool(monitor["config_errors"])

            await eventually(refused, 14)
            assert set(await daemon.rows()) == {"a"}, "the old one stays whole"
            row = await daemon.post("/checks/a/pause")
            assert row["overlays"] == ["paused"]
            await daemon.post("/checks/a/resume")
            await daemon.wait_state("a", "up", 10)
            holder.execute("ROLLBACK")
            holder.close()

            async def well() -> bool:
                return bool((await daemon.get("/status"))["monitor"]["store"] == "ok")

            await eventually(well, 15)
            daemon.signal(signal.SIGHUP)
            await daemon.wait_state("b", "down", 15)
            await collector.wait(1)
            assert await daemon.terminate() == 0
        assert len(_entries(daemon, "configuration")) == 2
        told = [[line.split(" {")[0] for line in e["changed"]] for e in _entries(daemon, "terms")]
        assert told == [["check a", "siaga"], ["check b"]]
        assert [len(_entries(daemon, kind)) for kind in ("pause", "resume")] == [1, 1]
        transitions = [e for e in _entries(daemon, "transition") if e["check"] == "b"]
        assert [e["new"] for e in transitions] == ["down"]


async def test_a_check_removed_while_down_and_back_after_a_restart_is_told_anew(
    tmp_path: Path,
) -> None:
    async with HttpCollector() as collector, target() as port:
        config = DEFAULTS + _check("a", port) + _channel(collector)
        async with DaemonProcess(tmp_path, config + _check("b", 9)) as daemon:
            await daemon.wait_state("b", "down", 10)
            await collector.wait(1)
            daemon.configure(config)
            daemon.signal(signal.SIGHUP)
            await daemon.wait_state("b", "absent", 10)
            assert await daemon.terminate() == 0
            daemon.configure(config + _check("b", 9))
            daemon.start()
            await daemon.wait_ready()
            row = await daemon.wait_state("b", "down", 10)
            assert row["incident"] == "INC-2"
            await collector.wait(2)
            assert await daemon.terminate() == 0
            daemon.configure(config)  # and once removed while nobody looked
            daemon.start()
            await daemon.wait_ready()

            async def closed() -> bool:
                return bool((await daemon.get("/incidents/INC-2"))["state"] == "closed")

            await eventually(closed, 10)
            assert (await daemon.get("/incidents", state="open"))["items"] == []


async def test_a_service_follows_its_members_everywhere_it_is_shown(tmp_path: Path) -> None:
    service = '\n[checks.svc]\ntype = "all"\nmembers = ["a", "b"]\npublic = { name = "Izin" }\n'
    async with target() as one, contextlib.AsyncExitStack() as open_:
        other = await open_.enter_async_context(target())
        config = DEFAULTS + _check("a", one) + _check("b", other) + service
        async with DaemonProcess(tmp_path, config) as daemon:
            await daemon.wait_state("svc", "up", 10)
            await open_.aclose()
            await daemon.wait_state("svc", "down", 10)
            (row,) = (await daemon.get("/sla", last="1h", check="svc"))["rows"]
            (member,) = (await daemon.get("/sla", last="1h", check="b"))["rows"]
            assert row["kind"] == "service"
            assert row["down_ms"] > 0
            parts = [v for k, v in row.items() if k.endswith("_ms") and k != "budget_left_ms"]
            assert sum(parts) == 3_600_000
            assert row["incidents"] == member["incidents"] == 1
            found = await daemon.get("/checks/svc")
            assert found["config"]["members"] == ["a", "b"]
            assert found["spans"][-1]["state"] == "down"
            assert found["spans"][-1]["ended"] is None
            public = (await daemon.api.get("/status.json")).json()["services"]
            assert [(s["name"], s["state"]) for s in public] == [("Izin", "down")]
            refused = await daemon.api.post("/api/v1/checks/svc/probe", json={})
            assert refused.status_code == 409
            assert "its members are" in refused.json()["detail"]
            metrics = (await daemon.api.get("/metrics")).text
            assert 'siaga_check_state{check="svc",group="",type="all",instance="a, b"' in metrics
            assert await daemon.terminate() == 0
