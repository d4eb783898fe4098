"""What a real daemon recorded over a midnight, then tampered with in every way we can think of."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.daemon_process import DaemonProcess, eventually
from uptime.cli import main
from uptime.core.heads import SignedHead, Tip, parse_head
from uptime.core.ledger import GENESIS, link
from uptime.store import chunks

pytestmark = pytest.mark.timeout(120)  # the first of them waits for the two lives

ROOT = Path(__file__).parent.parent.parent
MANUAL = ROOT / "docs" / "ledger.md"
ZONE = ZoneInfo("Asia/Jakarta")
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
target = "127.0.0.1:{port}"
objective = 99.5

[checks.jendela]
type = "tcp"
target = "127.0.0.1:{port}"
"""


async def _record(folder: Path) -> None:
    """An outage before midnight, its end after it, and a second life in which the day closes."""
    (folder / "sitecustomize.py").write_text(CLOCK)
    midnight = datetime(2026, 11, 23, tzinfo=ZONE).timestamp()
    server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = CONFIG.format(port=port)

    @asynccontextmanager
    async def life(at: float) -> AsyncIterator[DaemonProcess]:
        moved = {"PYTHONPATH": str(folder), "MOVED": str(at - time.time())}
        with mock.patch.dict("os.environ", moved):
            async with DaemonProcess(folder, config) as daemon:
                yield daemon

    async with life(midnight - 9) as daemon:
        await daemon.wait_state("pintu", "up", 10)
        server.close()
        await daemon.wait_state("pintu", "down", 10)
        server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", port)
        await daemon.wait_state("pintu", "up", 10)

        async def over() -> bool:
            runs = await daemon.get(
                "/checks/pintu/results",
                **{"from": "2026-11-22T17:00:00Z", "to": "2026-11-22T18:00:00Z"},
            )
            return len(runs["items"]) > 1

        await eventually(over, 15)
        assert await daemon.terminate() == 0
    async with life(midnight + 3900) as daemon:

        async def closed() -> bool:
            return (folder / "siaga.heads").exists()

        await eventually(closed, 15, daemon.said)
        await daemon.post("/checks/jendela/pause")
        published = (await daemon.api.get("/status.json")).json()["head"]
        assert published == json.loads((folder / "siaga.heads").read_text())
        assert await daemon.terminate() == 0
    server.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    asyncio.run(_record(folder))
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "copy"))


def siaga(folder: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*words, "-c", str(folder / "checks.toml")])
    return code, out.getvalue(), err.getvalue()


def verify(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, err = siaga(folder, "ledger", "verify", "--json", *words)
    assert err == ""
    return code, json.loads(out)


def sql(folder: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "siaga.db")) as db, db:
        return db.execute(statement, values).fetchall()


def entries(folder: Path, kind: str) -> list[tuple[int, dict[str, Any]]]:
    found = [(seq, json.loads(text)) for seq, text in sql(folder, "SELECT seq, entry FROM ledger")]
    return [(seq, entry) for seq, entry in found if entry["type"] == kind]


def outage(folder: Path) -> int:
    """The entry that says pintu went down."""
    return next(seq for seq, e in entries(folder, "transition") if e["new"] == "down")


def count(folder: Path) -> int:
    return int(sql(folder, "SELECT count(*) FROM ledger")[0][0])


def test_the_record_is_whole(folder: Path) -> None:
    code, found = verify(folder)
    assert found["findings"] == []
    assert (code, found["ok"], found["heads"], found["days"], found["checks"]) == (0, True, 1, 1, 2)
    assert (found["entries"], found["unsigned"]) == (count(folder), 0)
    ((_, head),) = entries(folder, "head")
    assert head["day"] == "2026-11-22"
    assert head["count"] > 3
    assert siaga(folder, "ledger", "verify")[0] == 0


def names(folder: Path, entry: int | None, *words: str, says: str) -> None:
    """Verify exits 1, names this entry first and says so in words."""
    code, found = verify(folder)
    assert code == 1, found
    assert not found["ok"]
    assert found["first_bad"] == entry, found
    assert says in found["findings"][0]["text"], found
    code, _, err = siaga(folder, "ledger", "verify")
    assert code == 1
    assert says in err


def test_an_altered_row_is_named(folder: Path) -> None:
    seq = outage(folder)
    sql(folder, "UPDATE ledger SET entry = replace(entry, 'down', 'up') WHERE seq = ?", seq)
    names(folder, seq, says=f"entry {seq} does not fit")


def test_a_dropped_row_is_named(folder: Path) -> None:
    seq = outage(folder)
    sql(folder, "DELETE FROM ledger WHERE seq = ?", seq)
    names(folder, seq, says=f"entry {seq} does not fit")


@pytest.mark.parametrize("back", [1, 2, 5])
def test_a_dropped_tail_is_named(folder: Path, back: int) -> None:
    last = count(folder)
    sql(folder, "DELETE FROM ledger WHERE seq > ?", last - back)
    names(folder, last - back + 1, says=f"entries from {last - back + 1} on are gone")


def test_a_tail_dropped_behind_the_head_of_a_day_is_missed_by_the_file_of_heads_too(
    folder: Path,
) -> None:
    ((seq, _),) = entries(folder, "head")
    sql(folder, "DELETE FROM ledger WHERE seq >= ?", seq)
    (folder / "siaga.tip").unlink()
    names(folder, seq, says=f"entries from {seq} on are gone: the head of 2026-11-22")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE span SET began = began + 1 WHERE condition = 'down'", "is gone"),
        ("UPDATE span SET ended = ended + 1000 WHERE condition = 'down'", "is not what entry"),
        ("UPDATE span SET condition = 'up' WHERE condition = 'down'", "is not what entry"),
        ("UPDATE span SET known = 0 WHERE condition = 'down'", "is not what entry"),
        ("UPDATE span SET known = 'x' WHERE condition = 'down'", "is not what entry"),
        ("UPDATE span SET bound = NULL WHERE condition = 'down'", "is not what entry"),
        ("UPDATE span SET outages = 0 WHERE condition = 'down'", "are not those of the spans"),
        ("UPDATE span SET up = up + 1 WHERE condition = 'down'", "are not those of the spans"),
        ("DELETE FROM span WHERE condition = 'down'", "is gone"),
    ],
)
def test_an_edited_span_is_named_with_the_entry_that_made_it(
    folder: Path, change: str, says: str
) -> None:
    sql(folder, f"{change} AND check_key = (SELECT key FROM checks WHERE id = 'pintu')")
    code, found = verify(folder)
    assert code == 1
    (one,) = found["findings"]
    assert one["kind"] == "span"
    made = {seq for seq, e in entries(folder, "transition") if e["check"] == "pintu"}
    assert one["entry"] in made
    assert says in one["text"]
    assert "the span from 2026-11-22T16:59:" in one["text"]
    assert one["text"].startswith("check pintu: the s")


def test_a_span_that_no_entry_made_is_named(folder: Path) -> None:
    sql(folder, "INSERT INTO span SELECT key, 5, 6, 'up', 1, NULL, 0, 0, 0, 0 FROM checks LIMIT 1")
    code, found = verify(folder)
    assert code == 1
    assert (
        "the span from 1970-01-01T00:00:00.005Z is not what entry" in found["findings"][0]["text"]
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE monitored SET began = began - 5",
        "UPDATE monitored SET ended = 5",
        "DELETE FROM monitored",
        "INSERT INTO monitored SELECT key, 7, 8 FROM checks LIMIT 1",
    ],
)
def test_a_time_of_being_watched_that_was_edited_is_named(folder: Path, change: str) -> None:
    sql(folder, change)
    code, found = verify(folder)
    assert code == 1
    assert {one["kind"] for one in found["findings"]} == {"watched"}
    assert "when it was watched from" in found["findings"][0]["text"]


def test_two_checks_that_changed_their_histories_are_named(folder: Path) -> None:
    (one, two) = (key for (key,) in sql(folder, "SELECT key FROM checks ORDER BY key"))
    sql(folder, "UPDATE checks SET id = 'x' WHERE key = ?", one)
    sql(folder, "UPDATE checks SET id = 'jendela' || id WHERE id = 'x'")
    code, found = verify(folder)
    assert code == 1, (one, two)
    assert found["findings"][0]["kind"] in {"span", "check"}


def _edit_chunk(folder: Path, change: Callable[[Any], Any]) -> None:
    seq, data = sql(folder, "SELECT seq, data FROM chunk ORDER BY hour, check_key LIMIT 1")[0]
    rows = change(chunks.unpack(data))
    sql(folder, "UPDATE chunk SET data = ? WHERE seq = ?", chunks.pack(rows), seq)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [rows[0]._replace(code=rows[0].code ^ 2), *rows[1:]],
        lambda rows: [rows[0]._replace(at=rows[0].at + 1), *rows[1:]],
        lambda rows: [rows[0]._replace(detail="edited"), *rows[1:]],
        lambda rows: rows[:-1],
        lambda rows: [*rows, rows[-1]._replace(id=rows[-1].id + 1)],
    ],
    ids=["code", "time", "detail", "dropped", "added"],
)
def test_an_edited_chunk_of_results_is_named_by_its_day(
    folder: Path, change: Callable[[Any], Any]
) -> None:
    _edit_chunk(folder, change)
    ((seq, _),) = entries(folder, "head")
    names(folder, seq, says=f"the results of 2026-11-22 are not those of entry {seq}")


@pytest.mark.parametrize("data", ["x'00'", "x''", "'text'", "substr(data, 1, 20)", "5"])
def test_a_chunk_that_cannot_be_read_is_named(folder: Path, data: str) -> None:
    sql(folder, f"UPDATE chunk SET data = {data} WHERE seq = (SELECT min(seq) FROM chunk)")
    ((seq, _),) = entries(folder, "head")
    names(folder, seq, says=f"the results of 2026-11-22 are not those of entry {seq}")


def test_a_dropped_chunk_is_named(folder: Path) -> None:
    sql(folder, "DELETE FROM chunk WHERE seq = (SELECT min(seq) FROM chunk)")
    ((seq, _),) = entries(folder, "head")
    names(folder, seq, says="the results of 2026-11-22 are not those")


def test_results_packed_anew_are_the_same_results(folder: Path) -> None:
    for seq, data in sql(folder, "SELECT seq, data FROM chunk"):
        again = data[:1] + zlib.compress(zlib.decompress(data[1:]), 1)
        assert again != data
        sql(folder, "UPDATE chunk SET data = ? WHERE seq = ?", again, seq)
    assert verify(folder)[0] == 0


def _rebuild(folder: Path, change: Callable[[str], str]) -> None:
    """The whole chain with one word changed, tables to match, everything signed anew."""
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex((folder / "siaga.key").read_text().strip())
    )
    prev, head = GENESIS, None
    for seq, text in sql(folder, "SELECT seq, entry FROM ledger ORDER BY seq"):
        text = change(text)
        digest = link(prev, text)
        sql(
            folder, "UPDATE ledger SET entry=?, prev=?, hash=? WHERE seq=?", text, prev, digest, seq
        )
        if json.loads(text)["type"] == "head":
            head = (seq, digest)
        prev = digest
    assert head is not None
    old = parse_head((folder / "siaga.heads").read_text())
    new = SignedHead(old.day, *head, old.results, old.key, "")
    new = SignedHead(old.day, *head, old.results, old.key, key.sign(new.text.encode()).hex())
    (folder / "siaga.heads").write_text(new.line + "\n")
    tip = Tip(count(folder), prev, old.key, "")
    tip = Tip(tip.seq, tip.hash, tip.key, key.sign(tip.text.encode()).hex())
    (folder / "siaga.tip").write_text(tip.line)


def _milder(text: str) -> str:
    return text.replace("refused", "timeout")


def test_a_chain_rebuilt_with_the_key_is_found_by_a_head_that_was_published(folder: Path) -> None:
    published = json.loads((folder / "siaga.heads").read_text())["hash"]
    shutil.copy(folder / "siaga.heads", folder / "kept.heads")
    assert verify(folder, "--head", published) == (0, verify(folder)[1] | {"head_found": True})
    _rebuild(folder, _milder)
    assert verify(folder)[0] == 0  # the thief had everything
    code, found = verify(folder, "--head", published)
    assert (code, found["head_found"]) == (1, False)
    assert f"no entry has the hash {published}" in found["findings"][0]["text"]
    ((seq, _),) = entries(folder, "head")
    code, found = verify(folder, "--heads", str(folder / "kept.heads"))
    assert (code, found["first_bad"]) == (1, seq)
    assert f"entry {seq} is not the head of 2026-11-22 that was signed" in str(found["findings"])


def test_a_chain_rebuilt_without_the_key_is_found_by_the_file_of_heads(folder: Path) -> None:
    kept = (folder / "siaga.heads").read_bytes(), (folder / "siaga.tip").read_bytes()
    _rebuild(folder, _milder)
    (folder / "siaga.heads").write_bytes(kept[0])
    (folder / "siaga.tip").write_bytes(kept[1])
    ((seq, _),) = entries(folder, "head")
    names(folder, seq, says=f"entry {seq} is not the head of 2026-11-22 that was signed")


def test_a_head_signed_with_another_key_is_named(folder: Path) -> None:
    (folder / "siaga.key").write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    _rebuild(folder, _milder)
    code, found = verify(folder)
    assert code == 1
    assert "has not the signature of its key" in str(found["findings"])


@pytest.mark.parametrize("file", ["siaga.heads", "siaga.tip"])
def test_a_file_of_signatures_that_is_gone_is_said(folder: Path, file: str) -> None:
    (folder / file).unlink()
    code, found = verify(folder)
    assert code == 1
    assert f"{folder / file}: is gone" in found["findings"][0]["text"]


def test_a_start_does_not_hide_that_the_tail_was_dropped(folder: Path) -> None:
    """The next life signs what it finds, but enters what it missed first."""
    last = count(folder)
    sql(folder, "DELETE FROM ledger WHERE seq > ?", last - 3)

    async def live() -> None:
        async with DaemonProcess(folder, CONFIG.format(port=9)) as daemon:
            assert f"entry {last} of the ledger was signed and is gone" in daemon.said()
            assert await daemon.terminate() == 0

    asyncio.run(live())
    code, found = verify(folder)
    assert code == 1
    gap = last - 2
    assert f"entry {gap}: at that start entry {last}, which had been signed" in str(found)


def test_the_key_is_readable_by_its_owner_alone_and_in_no_log(folder: Path) -> None:
    key = folder / "siaga.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_text().strip()
    assert len(secret) == 64
    assert secret not in (folder / "daemon.log").read_text()
    code, out, _ = siaga(folder, "ledger", "head")
    assert code == 0
    assert str(key) in out
    assert secret not in out


def test_a_file_of_heads_that_is_not_there_is_wrong_usage(folder: Path) -> None:
    code, _, err = siaga(folder, "ledger", "verify", "--heads", "/nowhere/heads")
    assert code == 2
    assert "/nowhere/heads: No such file" in err


def test_the_script_of_the_manual_finds_the_figure_of_ours_in_the_export(
    folder: Path, tmp_path: Path
) -> None:
    script = re.search(r"```python\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    assert script is not None
    assert script[1].count("\n") <= 40
    (tmp_path / "check.py").write_text(script[1])
    code, out, _ = siaga(folder, "ledger", "export")
    assert code == 0
    (tmp_path / "ledger.jsonl").write_text(out)

    def run(check: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-I", "check.py", "ledger.jsonl", check, "2026-11", ZONE.key]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    for check in ("pintu", "jendela"):
        theirs = json.loads(run(check).stdout)
        words = ["sla", "--json", "--month", "2026-11", "--check", check]
        words += ["-c", str(folder / "checks.toml")]
        figures = subprocess.check_output([sys.executable, "-m", "uptime", *words], cwd=ROOT)
        (ours,) = json.loads(figures)["rows"]
        assert theirs["down_ms"] == ours["down_ms"] > 0
        assert theirs["head"] == verify(folder)[1]["head"]
    lines = (tmp_path / "ledger.jsonl").read_text().splitlines(keepends=True)
    del lines[outage(folder) - 1]
    (tmp_path / "ledger.jsonl").write_text("".join(lines))
    broken = run("pintu")
    assert (broken.returncode, broken.stderr) == (1, f"entry {outage(folder)} does not fit\n")
