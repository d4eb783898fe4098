"""The daemon as a process: a vendor's ticket is entered, corrected and taken back, also long
after the outage; the ledger has each statement and still verifies.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from tests.daemon_process import DaemonProcess, eventually
from tests.uptime.test_daemon import DEFAULTS, _check, _entries
from tests.uptime.test_daemon_overlays import _siaga

CONTRACT = """
[contracts.isp]
provider = "PT Contoh"
sla = 99.5
fee = 1
formula = "prorata"
response = "30m"
"""


async def _refused(daemon: DaemonProcess, *arguments: str) -> str:
    """What a command says that is wrong usage."""
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "uptime", *arguments, "-c", str(daemon.path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert run.returncode == 2, run.stderr
    return run.stderr


async def test_what_a_command_is_told_of_a_ticket_it_is_answered(tmp_path: Path) -> None:
    config = DEFAULTS + CONTRACT + _check("a", 9, 'contract = "isp"')
    async with DaemonProcess(tmp_path, config) as daemon:
        await daemon.wait_state("a", "down", 10)
        said = await _refused(daemon, "ticket", "update", "INC-1", "--number", "TT-1")
        assert "INC-1 has no ticket; fix: siaga ticket open" in said
        opened = await _siaga(daemon, "ticket", "open", "INC-1", "--number", "TT-1\x1b")
        assert (opened["ticket"]["number"], opened["ticket"]["acknowledged"]) == ("TT-1", None)
        said = await _refused(daemon, "ticket", "open", "INC-1", "--number", "TT-2")
        assert "INC-1 has ticket TT-1; fix: siaga ticket update" in said
        said = await _refused(daemon, "ticket", "update", "INC-1", "--restored", "2999-01-01T00:00")
        assert "restored lies in the future: 2999-01-01 00:00:00+07:00" in said
        assert (await _siaga(daemon, "ticket", "withdraw", "INC-1"))["ticket"] is None


async def test_a_ticket_is_corrected_and_taken_back_long_after_the_outage(tmp_path: Path) -> None:
    config = DEFAULTS + CONTRACT + _check("a", 9, 'contract = "isp"')
    async with DaemonProcess(tmp_path, config) as daemon:
        await daemon.wait_state("a", "down", 10)
        opened = await daemon.post("/incidents/INC-1/ticket", {"number": "TT-1"})
        reported = opened["ticket"]["reported"]
        await daemon.post("/incidents/INC-1/ticket", {"acknowledged": reported})
        # What answers is the daemon itself.
        daemon.configure(config.replace('"127.0.0.1:9"', f'"127.0.0.1:{daemon.port}"'))
        daemon.signal(signal.SIGHUP)

        async def closed() -> bool:
            return bool((await daemon.get("/incidents/INC-1"))["state"] == "closed")

        await eventually(closed, 10, daemon.said)
        await daemon.terminate()
        daemon.start()  # memory does not hold the closed incident any more
        await daemon.wait_ready()
        none = await daemon.post("/incidents/INC-1/ticket", {"acknowledged": None})
        assert (none["state"], none["ticket"]["acknowledged"]) == ("closed", None)
        (line,) = (await _siaga(daemon, "ticket", "list", "--contract", "isp"))["items"]
        assert (line["number"], line["response"]["target_ms"]) == ("TT-1", 1_800_000)
        gone = await daemon.api.delete("/api/v1/incidents/INC-1/ticket")
        assert gone.json()["ticket"] is None
        answer = await daemon.api.delete("/api/v1/incidents/INC-1/ticket")
        assert (answer.status_code, answer.json()["detail"]) == (409, "INC-1 has no ticket")
        assert (await daemon.api.delete("/api/v1/incidents/INC-9/ticket")).status_code == 404
        noted = await daemon.post("/incidents/INC-1/note", {"text": "serat putus di Bawen"})
        assert [note["text"] for note in noted["notes"]] == ["serat putus di Bawen"]
        late = await daemon.api.post("/api/v1/incidents/INC-1/ack", json={})
        assert (late.status_code, late.json()["detail"]) == (409, "INC-1 is closed")
        assert (await _siaga(daemon, "ledger", "verify"))["ok"]
        assert await daemon.terminate() == 0
    entries = _entries(daemon, "ticket")
    assert [(e["number"], "acknowledged" in e) for e in entries] == [
        ("TT-1", False), ("TT-1", True), ("TT-1", False),
    ]  # fmt: skip
    assert all(e["incident"] == "INC-1" and e["by"] for e in entries)
    (withdrawn,) = _entries(daemon, "ticket withdrawn")
    assert withdrawn["number"] == "TT-1"
