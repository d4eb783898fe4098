"""Compaction keeps every result, retention keeps its word, and neither is in anybody's way."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.uptime.store.helpers import HOUR, NOW, count, living, outage, result, sql
from uptime.core.model import Batch, Result, Status
from uptime.store import Store, StoreBroken, upkeep
from uptime.store.heads_day import GRACE_MS

AFTER = NOW + HOUR + GRACE_MS


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test's few rows take several."""
    monkeypatch.setattr(upkeep, "READ_ROWS", 50)
    monkeypatch.setattr(upkeep, "DELETE_ROWS", 100)
    monkeypatch.setattr(upkeep, "CHUNKS", 3)


async def all_of(store: Store, now: int) -> int:
    slices = 0
    while await store.maintain(now):
        slices += 1
    return slices


def some_results(seed: int = 3) -> list[Result]:
    """Ten checks over three hours, numbered across all of them, a few failing."""
    dice = random.Random(seed)
    out = []
    for number in range(600):
        bad = dice.random() < 0.1
        row = result(
            f"check-{number % 10}",
            id=number + 1,
            at=NOW + number * 18_000 + dice.randrange(40),
            latency=None if bad else dice.randrange(1, 5000) / 1000,
            status=Status.DOWN if bad else Status.UP,
            reason="timeout" if bad else None,
            detail=f"no answer {number}" if bad else "",
            phases={"dns": 0.25} if number % 3 else {},
        )
        out.append(row)
    return out


async def history(store: Store, check: str) -> list[Result]:
    return await store.runs(check, NOW - 10 * HOUR, NOW + 100 * HOUR)


@pytest.mark.parametrize("sorted_over", [0, 1000])
async def test_every_result_is_kept_whichever_hour_it_is(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, sorted_over: int
) -> None:
    monkeypatch.setattr(upkeep, "SORT_ROWS", sorted_over)
    given = some_results()
    await store.commit(Batch(results=tuple(given)))
    for now in (AFTER - 1, AFTER, AFTER + 1, NOW + 2 * HOUR + GRACE_MS, NOW + 5 * HOUR):
        await all_of(store, now)
        for check in ("check-0", "check-7"):
            assert await history(store, check) == [r for r in given if r.check == check]
    assert count(path, "ingest") == 0
    assert count(path, "chunk") == 30
    assert sql(path, "SELECT sum(count) FROM chunk") == [(600,)]


class _Full:
    """A connection that has no room for temporary files."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def execute(self, sql: str, *values: Any) -> object:
        if sql.startswith("INSERT INTO due"):
            raise sqlite3.OperationalError("database or disk is full")
        return self._db.execute(sql, *values)


async def test_without_room_for_a_temporary_file_results_are_packed_all_the_same(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upkeep, "SORT_ROWS", 0)
    sort = upkeep._sort

    def full(db: sqlite3.Connection, until: int, last: int) -> bool:
        return sort(_Full(db), until, last)  # type: ignore[arg-type]

    monkeypatch.setattr(upkeep, "_sort", full)
    await store.commit(Batch(results=tuple(some_results())))
    await all_of(store, NOW + 5 * HOUR)
    assert "the slow way" in caplog.text
    assert sql(path, "SELECT sum(count) FROM chunk") == [(600,)]


@pytest.mark.parametrize("sorted_over", [0, 1000])
@pytest.mark.parametrize("emptied_under", [0, 1000])
async def test_between_any_two_slices_every_result_is_there_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, sorted_over: int, emptied_under: int
) -> None:
    monkeypatch.setattr(upkeep, "SORT_ROWS", sorted_over)
    monkeypatch.setattr(upkeep, "GO_ROWS", emptied_under)
    given = [r for r in some_results() if r.check == "check-4"]
    await store.commit(Batch(results=tuple(some_results())))
    slices = 0
    while await store.maintain(NOW + 5 * HOUR):
        slices += 1
        assert await history(store, "check-4") == given
    assert slices > 20


async def test_compaction_waits_for_the_stragglers_of_the_hour(path: Path, store: Store) -> None:
    await store.commit(Batch(results=(result(),)))
    await all_of(store, AFTER - 1)
    assert (count(path, "ingest"), count(path, "chunk")) == (1, 0)
    await all_of(store, AFTER)
    assert (count(path, "ingest"), count(path, "chunk")) == (0, 1)


async def test_what_is_done_is_not_looked_for_again_before_the_next_hour(store: Store) -> None:
    assert await all_of(store, AFTER) > 3
    assert await all_of(store, AFTER + 1000) == 1  # the ballast is looked after at any time
    assert await all_of(store, AFTER + HOUR) > 3


@pytest.mark.parametrize("emptied_under", [0, 1000])
async def test_what_is_of_this_hour_stays_as_it_is(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, emptied_under: int
) -> None:
    monkeypatch.setattr(upkeep, "GO_ROWS", emptied_under)
    given = some_results()
    await store.commit(Batch(results=tuple(given)))
    stays = sql(path, f"SELECT * FROM ingest WHERE at >= {NOW + 2 * HOUR}")
    await all_of(store, NOW + 2 * HOUR + GRACE_MS)
    assert len(stays) == 200
    assert sql(path, "SELECT * FROM ingest") == stays


async def test_a_late_result_joins_its_chunk(path: Path, store: Store) -> None:
    early, late = result(id=1, at=NOW), result(id=2, at=NOW + 5_000)
    other = result("db", id=3, at=NOW)
    await store.commit(Batch(results=(early, other)))
    await all_of(store, AFTER)
    await store.commit(Batch(results=(late,)))
    assert await history(store, "web") == [early, late]
    await all_of(store, AFTER + HOUR)
    assert await history(store, "web") == [early, late]
    assert (count(path, "ingest"), count(path, "chunk")) == (0, 2)


async def test_a_result_that_is_stored_twice_counts_once(store: Store) -> None:
    for now in (AFTER - 1, AFTER, AFTER + HOUR):
        await store.commit(Batch(results=(result(),)))
        await all_of(store, now)
        assert len(await history(store, "web")) == 1
        assert (await store.results("web", NOW, NOW + HOUR, HOUR)).points[0].count == 1


@pytest.mark.parametrize("emptied_under", [0, 1000])
async def test_a_start_in_the_middle_of_compaction_loses_and_doubles_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, emptied_under: int
) -> None:
    monkeypatch.setattr(upkeep, "GO_ROWS", emptied_under)
    given = [r for r in some_results() if r.check == "check-4"]
    async with living(path) as store:
        await store.commit(Batch(results=tuple(some_results())))
    for stopped_after in range(1, 60, 7):
        async with living(path) as store:
            for _ in range(stopped_after):
                await store.maintain(NOW + 5 * HOUR)
            assert await history(store, "check-4") == given
    assert count(path, "ingest") == 0


async def test_raw_results_are_kept_for_the_configured_time_and_go_by_the_day(path: Path) -> None:
    given = some_results()
    midnight = NOW + 8 * HOUR
    async with living(path, raw_s=2 * 3600) as store:
        await store.commit(Batch(results=tuple(given)))
        await all_of(store, midnight + 2 * HOUR - 1)
        assert await history(store, "check-1") == [r for r in given if r.check == "check-1"]
        await all_of(store, midnight + 2 * HOUR + GRACE_MS)
        assert await history(store, "check-1") == []
    assert count(path, "chunk") == 0


async def test_retention_spares_conclusions_and_the_fact_that_still_holds(path: Path) -> None:
    async with living(path, raw_s=3600) as store:
        await store.commit(outage())
        for number in (1, 2):
            row = result(id=number, at=NOW + number * 700_000, facts={"v": number})
            await store.commit(Batch(results=(row,)))
        await all_of(store, NOW + 30 * HOUR)
        assert await store.facts("web", NOW + 30 * HOUR) == {"v": 2}
    assert count(path, "fact") == 1
    for table in ("transition", "span", "incident", "notification"):
        assert count(path, table) == 1
    # What was left of the day, that its results were dropped, and what it is read from.
    assert count(path, "ledger") == 4


async def test_commits_go_between_the_slices(store: Store) -> None:
    await store.commit(Batch(results=tuple(some_results())))
    number = 0
    while await store.maintain(NOW + 5 * HOUR):
        number += 1
        await store.commit(outage(number=number))
    assert (await store.ledger_verify()).count == number


async def test_the_file_gives_space_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_KEPT_FREE", 10)
    monkeypatch.setattr(upkeep, "DELETE_ROWS", 10_000)
    async with living(path) as store:
        for start in range(0, 20_000, 1000):
            rows = [
                result(id=n + 1, at=NOW + n, detail="x" * 500) for n in range(start, start + 1000)
            ]
            await store.commit(Batch(results=tuple(rows)))
    ((before,),) = sql(path, "PRAGMA page_count")
    async with living(path) as store:
        await all_of(store, AFTER)
    ((after,),) = sql(path, "PRAGMA page_count")
    assert before > 2500
    assert after < before / 4
    assert sql(path, "PRAGMA quick_check") == [("ok",)]


async def test_a_slice_that_fails_is_planned_again(path: Path, store: Store) -> None:
    await store.commit(Batch(results=(result(),)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "_store", broken)
        with pytest.raises(StoreBroken):
            await all_of(store, AFTER)
    await all_of(store, AFTER)
    assert count(path, "chunk") == 1
    assert await history(store, "web") == [result()]


def broken(*_: object, **__: object) -> None:
    raise OSError("no")


async def test_upkeep_does_not_work_on_the_loop(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    pack = upkeep._pack

    def watched(*args: object, **kwargs: object) -> object:
        threads.add(threading.current_thread())
        return pack(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(upkeep, "_pack", watched)
    await store.commit(Batch(results=(result(),)))
    await all_of(store, AFTER)
    assert threads
    assert threading.current_thread() not in threads


async def test_two_who_ask_for_upkeep_do_not_do_it_twice(path: Path, store: Store) -> None:
    await store.commit(Batch(results=tuple(some_results())))
    await asyncio.gather(all_of(store, NOW + 5 * HOUR), all_of(store, NOW + 5 * HOUR))
    assert (count(path, "ingest"), count(path, "chunk")) == (0, 30)


async def test_a_clock_that_was_ahead_keeps_nothing_from_being_compacted(
    path: Path, store: Store
) -> None:
    ahead, now = result(id=1, at=NOW + 50 * HOUR), result(id=2, at=NOW)
    await store.commit(Batch(results=(ahead, now)))
    await all_of(store, AFTER)
    assert (count(path, "ingest"), count(path, "chunk")) == (1, 1)
    assert await history(store, "web") == [now, ahead]
