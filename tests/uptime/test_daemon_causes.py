"""Causes on the real daemon: proposed, accepted, taken back, also long after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_process import DaemonProcess, eventually, free_port
from uptime.cli import NO, OK, USAGE, main

CONFIG = """
[defaults]
interval = "1s"
timeout = "500ms"
retry_interval = "200ms"
failure_threshold = 2
success_threshold = 2
"""


def _check(name: str, port: int, more: str = "") -> str:
    return f'\n[checks.{name}]\ntype = "tcp"\ntarget = "127.0.0.1:{port}"\n{more}\n'


def _said(daemon: DaemonProcess, kind: str) -> list[dict[str, Any]]:
    with contextlib.closing(daemon.database()) as db:
        rows = db.execute("SELECT entry FROM ledger ORDER BY seq").fetchall()
    return [entry for (text,) in rows if (entry := json.loads(text))["type"] == kind]


async def _siaga(tmp_path: Path, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uptime", *words, "-c", str(tmp_path / "checks.toml"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.timeout(90)
async def test_a_cause_is_proposed_accepted_taken_back_and_booked(tmp_path: Path) -> None:
    port = free_port()
    config = CONFIG + _check("app", port)
    siaga = partial(_siaga, tmp_path)

    async with DaemonProcess(tmp_path, config) as daemon:
        await daemon.wait_state("app", "down", 10)
        (incident,) = (await daemon.get("/incidents"))["items"]
        assert (incident["cause"], incident["proposed"]["cause"]) == (None, "application")
        assert incident["proposed"]["evidence"] == ["app", "refused"]
        code, text = await siaga("incidents")
        assert "application?" in text
        assert not _said(daemon, "cause"), "a proposal is no fact"
        (row,) = (await daemon.get("/causes", last="1h"))["rows"]
        assert (row["cause"], row["standing"]) == ("application", "proposed")

        assert (await siaga("cause", "INC-1", "--accept"))[0] == OK
        (entry,) = _said(daemon, "cause")
        assert (entry["cause"], entry["by"]) == ("application", "root")
        assert "(refused)" in entry["reason"]
        incident = await daemon.get("/incidents/INC-1")
        assert (incident["cause"], incident["cause_by"]) == ("application", "root")

        server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", port)
        await daemon.wait_state("app", "up", 10)
        assert (await daemon.get("/incidents/INC-1"))["cause"] == "application"
        assert await daemon.terminate() == 0

    async with server:
        async with DaemonProcess(tmp_path, config) as daemon:
            await daemon.wait_state("app", "up", 10)
            assert (await siaga("cause", "INC-1", "--withdraw"))[0] == OK, "of a former life"
            again = await daemon.api.post("/api/v1/incidents/INC-1/uncause")
            assert again.status_code == 409
            (entry,) = _said(daemon, "cause withdrawn")
            assert (entry["incident"], entry["cause"]) == ("INC-1", "application")
            await daemon.post("/incidents/INC-1/cause", {"cause": "listrik"})
            unknown = await daemon.api.post("/api/v1/incidents/INC-9/uncause")
            assert unknown.status_code == 404
            assert await daemon.terminate() == 0

        code, text = await siaga("causes", "--last", "1h")
        assert code == OK, "without a daemon, too"
        assert text.splitlines()[-1].split()[:4] == ["power", "a", "person", "1"]


async def test_what_falls_later_changes_what_is_proposed_while_it_lasts(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    servers = [
        await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", port) for port in ports
    ]
    config = CONFIG + _check("gw", ports[0]) + _check("app", ports[1], 'depends_on = ["gw"]')
    async with DaemonProcess(tmp_path, config) as daemon:

        async def proposed(rule: str) -> bool:
            incidents = (await daemon.get("/incidents"))["items"]
            found = [i["proposed"] for i in incidents if i["check"] == "app"]
            return bool(found and found[0] and found[0]["rule"] == rule)

        for check in ("gw", "app"):
            await daemon.wait_state(check, "up", 10)
        for server, rule in zip(reversed(servers), ("answered", "parent"), strict=True):
            server.close()
            await eventually(partial(proposed, rule), 15)
        with contextlib.closing(daemon.database()) as db:
            (stored,) = db.execute(
                "SELECT proposed FROM incident JOIN checks c ON key = check_key WHERE c.id = 'app'"
            ).fetchone()
        assert json.loads(stored)["evidence"] == ["gw"]
        assert not _said(daemon, "cause")


@pytest.mark.parametrize("more", [[], ["power", "--accept"], ["--accept", "--withdraw"]])
def test_one_way_to_say_what_it_was_and_only_one(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cause", "INC-1", *more]) == USAGE
    assert "give one of them" in capsys.readouterr().err


async def test_where_nothing_is_proposed_nothing_can_be_accepted(tmp_path: Path) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    config = CONFIG + _check("app", port, 'expect = "220"')
    async with silent, DaemonProcess(tmp_path, config) as daemon:
        await daemon.wait_state("app", "down", 10)

        async def there() -> bool:
            return bool((await daemon.get("/incidents"))["items"])

        await eventually(there, 10)
        code, text = await _siaga(tmp_path, "cause", "INC-1", "--accept")
        assert code == NO
        assert "nothing is proposed" in text
