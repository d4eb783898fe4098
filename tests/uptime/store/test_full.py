"""A full disk: what was concluded waits, nothing is lost or doubled, and the store comes back.

The limit on pages stands in for the disk; tests/real has a real one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.uptime.store.helpers import NOW, count, opened, outage, result, sql
from uptime.core.model import Batch
from uptime.store import Store, StoreBroken
from uptime.store.ballast import SIZE, Ballast


async def limit_pages(store: Store, spare: int | None) -> None:
    def limit(book: object) -> None:
        db: sqlite3.Connection = book.db  # type: ignore[attr-defined]
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {1 << 30 if spare is None else pages + spare}")

    await asyncio.wrap_future(store._writer.outside(limit))


def bulk(number: int = 0) -> Batch:
    return Batch(results=tuple(result(id=number * 1000 + n, detail="x" * 500) for n in range(500)))


async def test_a_full_disk_is_said_and_gone_when_there_is_room(path: Path, store: Store) -> None:
    await store.commit(outage(number=1))
    await limit_pages(store, 2)
    waiting = [bulk(), outage(number=2)]
    for batch in (waiting[0], waiting[0]):
        with pytest.raises(StoreBroken, match=f"{path}: database or disk is full"):
            await store.commit(batch)
    await limit_pages(store, None)
    for batch in waiting:
        await store.commit(batch)
    assert (count(path, "ingest"), count(path, "incident"), count(path, "ledger")) == (502, 2, 2)
    assert (await store.ledger_verify()).bad is None
    assert sql(path, "PRAGMA quick_check") == [("ok",)]


async def test_the_ballast_is_given_up_for_what_does_not_fit(path: Path, store: Store) -> None:
    ballast = path.with_name("siaga.db.ballast")
    while await store.maintain(NOW):
        pass
    assert ballast.stat().st_size == SIZE
    db = await asyncio.wrap_future(store._writer.outside(lambda book: book.db))
    unlink = Path.unlink

    def room(file: Path, *, missing_ok: bool = False) -> None:
        unlink(file, missing_ok=missing_ok)
        db.execute("PRAGMA max_page_count = 1000000")

    await limit_pages(store, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", room)
        await store.commit(bulk())
    assert not ballast.exists()
    assert count(path, "ingest") == 500
    while await store.maintain(NOW):
        pass
    assert ballast.stat().st_size == SIZE


def test_the_ballast_is_not_taken_when_there_is_little_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballast = Ballast(path)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=SIZE, f_frsize=3))
    ballast.restore()
    assert not ballast.release()


def test_a_ballast_that_cannot_be_taken_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    Ballast(path).restore()
    assert list(path.parent.iterdir()) == []


def test_a_page_damaged_under_the_store_is_said_at_every_read_and_commit(path: Path) -> None:
    with opened(path) as store:
        for number in range(1, 30):
            store._writer.commit(outage(number=number)).result()
    ((page,),) = sql(path, "SELECT rootpage FROM sqlite_master WHERE name = 'incident'")
    damaged = bytearray(path.read_bytes())
    damaged[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    path.write_bytes(damaged)
    with opened(path) as store:
        for _ in range(2):
            with pytest.raises(StoreBroken, match="malformed"):
                store._writer.commit(outage()).result()
        store._writer.commit(Batch(results=(result(),))).result()
        with pytest.raises(StoreBroken, match="malformed"):
            store._reader().incidents()
    assert count(path, "ingest") == 30
