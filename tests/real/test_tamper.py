"""A record of a real daemon over the end of summer time, a SIGKILL, a clock that is set and the
edge of a month: its months add up, awk finds the same milliseconds, and whatever is changed in
it with the sqlite3 program is found by `siaga ledger verify`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.daemon_process import DaemonProcess, eventually
from tests.real.test_bad_days import Door
from tests.real.test_month_awk import recomputed
from uptime.core.heads import SignedHead, Tip, parse_head
from uptime.core.ledger import GENESIS, link
from uptime.core.text import from_rfc3339

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]  # the first waits for three lives

ROOT = Path(__file__).parents[2]
HOUR = 3_600_000
# What a process takes for the time, without touching the machine's clock; a signal sets it.
CLOCK = """
import os, pathlib, signal, time
_real, _moved = time.time, [float(os.environ["MOVED"])]
time.time = lambda: _real() + _moved[0]
def _set(*_):
    _moved[0] += float(pathlib.Path(os.environ["STEP"]).read_text())
signal.signal(signal.SIGUSR1, _set)
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
target = "127.0.0.1:{port}"

[checks.jendela]
type = "tcp"
target = "127.0.0.1:{port}"
"""
OCTOBER = (from_rfc3339("2026-09-30T22:00:00Z"), from_rfc3339("2026-10-31T23:00:00Z"))
CLASSES = ("up", "degraded", "down", "maintenance", "unknown", "unmonitored")


class InBerlin(DaemonProcess):
    def configure(self, config: str) -> None:
        super().configure(config)
        text = self.path.read_text()
        self.path.write_text(text.replace("Asia/Jakarta", "Europe/Berlin"))


def _clock(folder: Path, at: str) -> dict[str, str]:
    moved = datetime.fromisoformat(at).timestamp() - time.time()
    step = str(folder / "step")
    return {"PYTHONPATH": f"{folder}:{ROOT}", "MOVED": str(moved), "STEP": step}


async def _record(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text(CLOCK)
    door = Door()
    await door.open()
    config = CONFIG.format(port=door.port)

    @asynccontextmanager
    async def life(at: str) -> AsyncIterator[DaemonProcess]:
        with mock.patch.dict("os.environ", _clock(folder, at)):
            async with InBerlin(folder, config) as daemon:
                await daemon.wait_state("pintu", "up", 10)
                yield daemon

    async def result_at(daemon: DaemonProcess, instant: str, *, before: bool = False) -> None:
        """Wait for a result begun after an instant, or before it."""

        async def there() -> bool:
            last = (await daemon.rows())["pintu"]["last_result"]
            return last is not None and (last > instant) is not before

        await eventually(there, 30, daemon.said)

    async with life("2026-10-25T00:59:48+00:00") as daemon:  # 02:59:48, and 02:00:00 comes
        await door.close()
        incident = (await daemon.wait_state("pintu", "down", 10))["incident"]
        await daemon.post(f"/incidents/{incident}/ack", {"note": "di jalan"})
        await daemon.post(f"/incidents/{incident}/cause", {"cause": "vendor"})
        await daemon.post(f"/incidents/{incident}/ticket", {"number": "TT-1"})
        await result_at(daemon, "2026-10-25T01:00:01Z")
        await daemon.post("/maintenance", {"match": {"check": ["jendela"]}, "duration": "3s"})
        await door.open()
        await daemon.wait_state("pintu", "up", 10)
        for seconds, instant in ((3600, "2026-10-25T02:00:10Z"), (-1800, "2026-10-25T01:50:00Z")):
            (folder / "step").write_text(str(seconds))
            daemon.signal(signal.SIGUSR1)
            await result_at(daemon, instant, before=seconds < 0)
            await daemon.wait_state("pintu", "up", 10)
        daemon.kill()
    async with life("2026-10-31T22:59:40+00:00") as daemon:  # 23:59:40
        await door.close()
        await daemon.wait_state("pintu", "down", 10)
        await result_at(daemon, "2026-10-31T23:00:01Z")
        await door.open()
        await daemon.wait_state("pintu", "up", 10)
        assert await daemon.terminate() == 0
    async with life("2026-11-01T00:05:20+00:00") as daemon:

        async def closed() -> bool:
            heads = folder / "siaga.heads"
            return heads.exists() and "2026-10-31" in heads.read_text()

        await eventually(closed, 30, daemon.said)
        await daemon.post("/checks/jendela/pause")
        assert await daemon.terminate() == 0
    await door.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    asyncio.run(_record(folder))
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "copy"))


def siaga(folder: Path, *words: str) -> tuple[int, str]:
    """The program as it runs a month later."""
    done = subprocess.run(
        [sys.executable, "-m", "uptime", *words, "-c", str(folder / "checks.toml")],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, **_clock(folder, "2026-12-01T12:00:00+00:00")},
    )  # fmt: skip
    return done.returncode, done.stdout


def verify(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code, out = siaga(folder, "ledger", "verify", "--json", *words)
    return code, json.loads(out)


def sqlite3(folder: Path, statement: str) -> str:
    """What anybody with the file can do."""
    done = subprocess.run(
        ["sqlite3", "-bail", folder / "siaga.db"], input=f".mode json\n{statement};\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def entries(folder: Path, kind: str) -> list[tuple[int, dict[str, Any]]]:
    rows = json.loads(sqlite3(folder, "SELECT seq, entry FROM ledger ORDER BY seq"))
    found = [(row["seq"], json.loads(row["entry"])) for row in rows]
    return [(seq, entry) for seq, entry in found if entry["type"] == kind]


def sla(folder: Path, month: str) -> dict[str, dict[str, int]]:
    code, out = siaga(folder, "sla", "--json", "--month", month)
    assert code == 0
    return {
        row["id"]: {name: row[f"{name}_ms"] for name in CLASSES} for row in json.loads(out)["rows"]
    }


def test_the_months_add_up_over_summer_time_a_kill_and_a_clock_that_is_set(folder: Path) -> None:
    code, found = verify(folder)
    assert found["findings"] == []
    assert (code, found["days"], found["heads"]) == (0, 2, 2), "none of a day nobody was there"
    october, november = sla(folder, "2026-10"), sla(folder, "2026-11")
    for row in october.values():
        assert sum(row.values()) == (31 * 24 + 1) * HOUR, "a day of 25 hours"
    for row in november.values():
        assert sum(row.values()) == 30 * 24 * HOUR
    for month in (october, november):
        assert 0 < month["pintu"]["down"] < 300_000, "an outage over the edge, some in each"
        assert 0 < month["pintu"]["up"] < 60_000, "no more than was measured"
        assert month["pintu"]["unknown"] > HOUR
    assert 0 < october["jendela"]["maintenance"] <= 3000
    changes = [e for _, e in entries(folder, "transition") if e["old"] != e["new"]]
    said = [e["new"] for e in changes if e["check"] == "pintu"]
    assert said == ["up", "down", "up", "down", "up"]


@pytest.mark.parametrize("awk", ["mawk", "gawk"])
def test_awk_recomputes_the_month_from_the_export_to_the_millisecond(
    folder: Path, awk: str
) -> None:
    if shutil.which(awk) is None:
        pytest.skip(f"needs {awk}")
    code, export = siaga(folder, "ledger", "export")
    assert code == 0
    theirs, ours = recomputed(folder, export, OCTOBER, awk), sla(folder, "2026-10")
    assert theirs["pintu"] == {k: v for k, v in ours["pintu"].items() if k != "maintenance"}
    assert ours["pintu"]["down"] > 0
    beneath, row = theirs["jendela"], ours["jendela"]
    assert beneath["unmonitored"] == row["unmonitored"]
    assert sum(beneath.values()) == sum(row.values())
    taken = sum(beneath[name] - row[name] for name in ("up", "degraded", "down", "unknown"))
    assert taken == row["maintenance"]


def _outage(folder: Path) -> int:
    return next(seq for seq, e in entries(folder, "transition") if e["new"] == "down")


def _head(folder: Path) -> int:
    return entries(folder, "head")[0][0]


def _only(folder: Path, kind: str) -> int:
    ((seq, _),) = entries(folder, kind)
    return seq


_OF_PINTU = "check_key = (SELECT key FROM checks WHERE id = 'pintu')"
_ANOTHER = (
    "(SELECT data FROM chunk AS one WHERE one.hour = chunk.hour"
    " AND one.check_key <> chunk.check_key)"
)
_OF_OCTOBER = "hour = (SELECT min(hour) FROM chunk)"
_FIRST = "began = (SELECT min(began) FROM rolled)"


@pytest.mark.parametrize(
    ("change", "kind", "entry", "says"),
    [
        (
            "UPDATE ledger SET entry = replace(entry, '\"down\"', '\"up\"') WHERE seq = {outage}",
            "chain", "outage", "entry {outage} does not fit",
        ),
        ("DELETE FROM ledger WHERE seq = {outage}", "chain", "outage", "entry {outage} does not"),
        ("DELETE FROM ledger WHERE seq >= {head}", "head", "head", "entries from {head} on are"),
        (
            f"UPDATE span SET ended = ended - 1 WHERE condition = 'down' AND {_OF_PINTU}",
            "span", None, "check pintu: the span from 2026-10-25T",
        ),
        (f"DELETE FROM span WHERE condition = 'down' AND {_OF_PINTU}", "span", None, "is gone"),
        ("UPDATE monitored SET began = began + 1", "watched", None, "when it was watched from"),
        (
            f"UPDATE chunk SET data = {_ANOTHER} WHERE {_OF_OCTOBER}",
            "results", "head", "the results of 2026-10-25 are not those of entry {head}",
        ),
        (
            f"UPDATE chunk SET data = x'00' WHERE {_OF_OCTOBER}",
            "results", "head", "the results of 2026-10-25 are not those of entry {head}",
        ),
        (
            f"DELETE FROM chunk WHERE {_OF_OCTOBER}",
            "results", "head", "the results of 2026-10-25 are not those of entry {head}",
        ),
        (
            "UPDATE overlay SET duration = 60000 WHERE kind = 'maintenance'",
            "maintenance", "plan", "maintenance MNT-1: is not what entry {plan} says",
        ),
        (
            "UPDATE overlay SET entered = entered - 10000 WHERE kind = 'maintenance'",
            "maintenance", "plan", "maintenance MNT-1: is not what entry {plan} says",
        ),
        (
            "DELETE FROM overlay WHERE kind = 'maintenance'",
            "maintenance", "plan", "maintenance MNT-1: the one of entry {plan} is gone",
        ),
        (
            "UPDATE overlay SET entered = entered - 10000 WHERE kind = 'pause'",
            "pause", None, "pause of jendela: is not what entry",
        ),
        (
            "UPDATE incident SET cause = 'power' WHERE cause = 'vendor'",
            "incident", "cause", ": its cause is not what entry {cause} says",
        ),
        (
            "UPDATE incident SET acked = json_set(acked, '$.by', 'sari') WHERE acked IS NOT NULL",
            "incident", "acknowledgement",
            ": its acknowledgement is not what entry {acknowledgement} says",
        ),
        (
            "UPDATE incident SET ticket = NULL",
            "incident", "ticket", ": its ticket is not what entry {ticket} says",
        ),
        (
            f"UPDATE rollup SET day = hours WHERE {_OF_PINTU} AND {_FIRST}",
            "rollup", "rollup", "check pintu: the rollup of 2026-10-25 (day) is not what its",
        ),
        (
            f"DELETE FROM rollup WHERE {_FIRST}",
            "rollup", "rollup", "the rollup of 2026-10-25 (hours) is not what its results give",
        ),
        (
            f"UPDATE rolled SET finest = 'hour' WHERE {_FIRST}",
            "rollup", "rollup", "rolled-up days has not of 2026-10-25 what entry {rollup} says",
        ),
    ],
)  # fmt: skip
def test_what_is_changed_with_the_sqlite3_program_is_found_and_named(
    folder: Path, change: str, kind: str, entry: str | None, says: str
) -> None:
    numbers = {
        "outage": _outage(folder), "head": _head(folder), "plan": _only(folder, "maintenance"),
        "rollup": entries(folder, "rollup")[0][0],
        **{kind: _only(folder, kind) for kind in ("acknowledgement", "cause", "ticket")},
    }  # fmt: skip
    sqlite3(folder, change.format(**numbers))
    code, found = verify(folder)
    assert code == 1
    first = next(one for one in found["findings"] if one["kind"] == kind)
    assert says.format(**numbers) in first["text"]
    if entry is not None:
        assert first["entry"] == numbers[entry]


def _rebuild(folder: Path, change: Callable[[str], str]) -> None:
    """The whole chain with a word changed, and all of it signed anew: the thief has the key."""
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex((folder / "siaga.key").read_text().strip())
    )
    prev, statements, digests = GENESIS, [], {}
    for row in json.loads(sqlite3(folder, "SELECT seq, entry FROM ledger ORDER BY seq")):
        text = change(row["entry"])
        digest = digests[row["seq"]] = link(prev, text)
        quoted = text.replace("'", "''")
        statements.append(
            f"UPDATE ledger SET entry = '{quoted}', prev = '{prev}', hash = '{digest}'"
            f" WHERE seq = {row['seq']}"
        )
        prev = digest
    sqlite3(folder, ";\n".join(["BEGIN", *statements, "COMMIT"]))

    def signed(of: Any) -> str:
        return key.sign(of.text.encode()).hex()

    lines = []
    for line in (folder / "siaga.heads").read_text().splitlines():
        old = parse_head(line)
        new = SignedHead(old.day, old.seq, digests[old.seq], old.results, old.key, "")
        lines.append(replace(new, signature=signed(new)).line)
    (folder / "siaga.heads").write_text("\n".join(lines) + "\n")
    tip = Tip(len(digests), prev, old.key, "")
    (folder / "siaga.tip").write_text(replace(tip, signature=signed(tip)).line)


def test_a_chain_rebuilt_with_the_key_is_found_by_a_head_that_was_published(folder: Path) -> None:
    heads = (folder / "siaga.heads").read_text().splitlines()
    published = json.loads(heads[-1])["hash"]
    assert verify(folder, "--head", published)[0] == 0
    _rebuild(folder, lambda text: text.replace("refused", "timeout"))
    assert verify(folder)[0] == 0, "the thief had everything but what was published"
    code, found = verify(folder, "--head", published)
    assert (code, found["head_found"]) == (1, False)
    assert f"no entry has the hash {published}" in found["findings"][0]["text"]
