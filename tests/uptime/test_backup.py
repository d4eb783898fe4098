"""A copy made beside a daemon that writes, put back, and what a damaged file looks like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_process import DaemonProcess, eventually
from tests.uptime.store.helpers import NOW, opened, outage, sql, url
from uptime.cli import main
from uptime.store import StorageError
from uptime.store.backup import backup, restore, sound
from uptime.store.heads import heads_path, last_published, read_tip
from uptime.store.history import History
from uptime.store.ledger_verify import audit

CONFIG = """
[defaults]
interval = "1s"
timeout = "500ms"
failure_threshold = 1
retry_interval = "200ms"

[checks.pintu]
type = "tcp"
target = "127.0.0.1:9"
"""


def nothing(*_: object) -> None:
    return None


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonProcess]:
    async with DaemonProcess(tmp_path, CONFIG) as running:
        await running.wait_state("pintu", "down", 10)
        yield running


async def siaga(daemon: DaemonProcess, *words: str) -> int:
    return await asyncio.to_thread(main, [*words, "-c", str(daemon.path)])


async def test_a_copy_is_made_while_the_daemon_writes_and_put_back_when_it_does_not(
    daemon: DaemonProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "kept" / "siaga.db"
    copy.parent.mkdir()
    assert await siaga(daemon, "backup", str(copy), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["findings"] == []
    assert [file.name for file in copy.parent.iterdir()] == ["siaga.db"]
    assert sql(copy, "SELECT max(seq) FROM ledger") == [(said["entries"],)]

    assert await siaga(daemon, "backup", str(copy)) == 4
    assert f"{copy}: exists; fix: name another file, or say --force" in capsys.readouterr().err
    assert await siaga(daemon, "backup", str(daemon.folder / "siaga.db"), "--force") == 4
    assert "is the database itself" in capsys.readouterr().err
    assert await siaga(daemon, "restore", str(copy)) == 3
    assert "holds it" in capsys.readouterr().err

    await daemon.post("/incidents/INC-1/note", {"text": "after the copy"})
    assert await siaga(daemon, "ledger", "verify") == 0  # while it writes
    capsys.readouterr()
    (lost,) = sql(tmp_path / "siaga.db", "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")
    assert await daemon.terminate() == 0
    assert await siaga(daemon, "restore", str(copy), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    replaced = Path(said["replaced"])
    assert sql(replaced, "SELECT hash FROM ledger WHERE seq = ?", lost[0]) == [(lost[1],)]
    assert await siaga(daemon, "ledger", "verify") == 0
    assert await siaga(daemon, "ledger", "verify", "--head", lost[1]) == 1
    (entry,) = sql(tmp_path / "siaga.db", "SELECT entry FROM ledger ORDER BY seq DESC LIMIT 1")
    told = json.loads(entry[0])
    assert (told["type"], told["replaced_seq"] >= lost[0]) == ("restore", True)

    daemon.start()
    await daemon.wait_ready()

    async def again() -> bool:
        return bool((await daemon.rows())["pintu"]["state"] == "down")

    await eventually(again, 10)
    assert await daemon.terminate() == 0
    capsys.readouterr()
    assert await siaga(daemon, "store", "check", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["problems"], said["findings"]) == (True, [], [])
    assert await siaga(daemon, "store", "check", "--full") == 0
    assert "sound" in capsys.readouterr().out


def filled(path: Path, outages: int = 50) -> Path:
    with opened(path) as store:
        for number in range(1, outages + 1):
            store._writer.commit(outage(number=number, at=NOW + number)).result()
    return path


def test_a_copy_is_whole_under_its_name_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = filled(tmp_path / "siaga.db")
    dest = tmp_path / "copy.db"
    monkeypatch.setattr("uptime.store.backup._sound", lambda *_, **__: ["page 3 is bad"])
    with pytest.raises(StorageError, match="page 3 is bad"):
        backup(source, dest, force=False, progress=nothing)
    assert list(tmp_path.glob("copy*")) == []
    with pytest.raises(StorageError, match="its directory does not exist; fix: mkdir"):
        backup(source, tmp_path / "no" / "copy.db", force=False, progress=nothing)


def test_a_copy_in_slices_is_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits between the slices neither get into it nor begin it anew."""
    source = filled(tmp_path / "siaga.db")
    monkeypatch.setattr("uptime.store.backup._PAGES", 1)
    steps: list[int] = []
    with opened(source) as store:

        def commit(stage: str, done: int, total: int) -> None:
            if stage == "pages copied":
                steps.append(total - done)
                number = 100 + len(steps)
                store._writer.commit(outage(number=number, at=NOW + number)).result()

        found = backup(source, tmp_path / "copy.db", force=False, progress=commit)
    assert len(steps) > 10
    assert steps == sorted(steps, reverse=True)
    assert found.entries == 50


def test_a_restored_record_keeps_the_heads_it_has(tmp_path: Path) -> None:
    source = filled(tmp_path / "siaga.db")
    heads = heads_path(source)
    with opened(source) as store:
        head = store._writer.call(lambda book: book.head).result()
        store.signer.publish("2026-11-22", head, "0" * 64)
    found = backup(source, tmp_path / "copy.db", force=False, progress=nothing)
    assert heads_path(found.path).read_text() == heads.read_text()
    with opened(source) as store:
        store._writer.commit(outage(number=60, at=NOW + 60)).result()
        head = store._writer.call(lambda book: book.head).result()
        store.signer.publish("2026-11-23", head, "0" * 64)
    told: dict[str, Any] = {"by": "budi", "now": NOW, "progress": nothing}
    back = restore(found.path, source, **told)
    assert back.replaced == tmp_path / "siaga.db.replaced-20251124T160000Z"
    newest = last_published(source)
    assert newest is not None
    assert newest.day == "2026-11-22"
    kept = tmp_path / "siaga.heads.replaced-20251124T160000Z"
    assert len(kept.read_text().splitlines()) == 2
    tip = read_tip(source)
    assert tip is not None
    assert tip.seq == 51


def test_a_copy_with_an_altered_entry_is_not_put_back(tmp_path: Path) -> None:
    source = filled(tmp_path / "siaga.db")
    found = backup(source, tmp_path / "copy.db", force=False, progress=nothing)
    sql(found.path, "UPDATE ledger SET entry = replace(entry, 'down', 'up') WHERE seq = 7")
    before = source.read_bytes()
    with pytest.raises(StorageError, match="entry 7 does not fit"):
        restore(found.path, source, by="budi", now=NOW, progress=nothing)
    assert source.read_bytes() == before
    assert not list(tmp_path.glob("*restoring*"))


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    source = filled(tmp_path / "siaga.db", outages=400)
    assert sound(source, full=False, progress=nothing) == []
    (page,) = sql(source, "SELECT rootpage FROM sqlite_master WHERE name = 'ledger'")[0]
    (size,) = sql(source, "PRAGMA page_size")[0]
    with source.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    assert sound(source, full=False, progress=nothing) != []


def test_an_audit_of_a_record_that_is_whole_finds_nothing(tmp_path: Path) -> None:
    source = tmp_path / "siaga.db"
    with opened(source):
        pass
    with History.open(url(source)) as history:
        assert audit(history).findings == ()


async def test_the_record_of_a_daemon_that_was_killed_is_whole_before_and_after_its_next_start(
    daemon: DaemonProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.kill()
    assert await siaga(daemon, "ledger", "verify") == 0
    daemon.start()
    await daemon.wait_ready()
    assert await siaga(daemon, "ledger", "verify") == 0
    assert await daemon.terminate() == 0
    assert await siaga(daemon, "ledger", "verify") == 0
    assert capsys.readouterr().err == ""
