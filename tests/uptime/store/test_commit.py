"""A batch stands whole, once, in order, or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from tests.uptime.store.helpers import (
    NOW,
    count,
    incident,
    known,
    living,
    notification,
    opened,
    outage,
    result,
    sql,
    went,
)
from uptime.core.causes import Cause
from uptime.core.model import (
    Acknowledgement,
    Batch,
    Condition,
    Delivery,
    Note,
    Severity,
    Span,
    Status,
)
from uptime.core.proposed import Proposal
from uptime.store import Store, StoreBroken
from uptime.store.batches import Book
from uptime.store.writer import WAL_BYTES_BUSY

EVERYTHING = ("ingest", "transition", "span", "state", "incident", "notification", "ledger")


class Fails:
    """The connection of a store, failing where told; `after` lets the statement through first."""

    def __init__(self, store: Store, error: Exception, *, at: str, after: bool = False) -> None:
        self._db = store._writer.call(lambda book: book.db).result()
        self._store, self._error, self._at, self._after = store, error, at, after
        self.in_transaction = False

    def __enter__(self) -> Self:
        writer: Any = self._store._writer
        writer.outside(lambda book: None).result()  # the thread is between two jobs
        writer._db, writer._book = self, None
        return self

    def __exit__(self, *_: object) -> None:
        assert self._store._writer._db is None, "a connection that failed is not used again"

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(self._at):
            if self._after:
                self._db.execute(statement, *values)
            raise self._error
        return self._db.execute(statement, *values)

    def executemany(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self._db.executemany(statement, *values)

    def close(self) -> None:
        self._db.close()


async def test_a_batch_is_there_when_commit_returns(path: Path, store: Store) -> None:
    await store.commit(outage())
    assert {table: count(path, table) for table in EVERYTHING} == dict.fromkeys(EVERYTHING, 1)
    assert sql(path, "SELECT at FROM life") == [(NOW,)]


async def test_values_come_back_as_they_were_given(store: Store) -> None:
    told = incident(
        began_bound=NOW - 5, ended=NOW + 9, ended_bound=NOW + 8, reason="refused", detail="é",
        affected=("a", "b"), acked=Acknowledgement("sari", NOW, NOW + 5, "known"),
        cause="vendor", cause_reason="fibre", cause_by="budi", cause_at=NOW,
        proposed=Proposal(Cause.POWER, "power", "strong", ("dc-ups",)),
        notes=(Note("budi", NOW, "called"),),
        told={"mail": "down"}, closing="recovered", severity=Severity.LOW,
    )  # fmt: skip
    owed = notification(
        state=Delivery.CLAIMED, attempts=3, attempted=NOW, delivered=NOW, error="no", stored=False
    )
    change = went(unknown=(NOW - 9, None), reason="stale", detail="x", result_id=7, bound=NOW - 10)
    alone = incident(2, None, kind="self")
    await store.commit(Batch(incidents=(told, alone), notifications=(owed,), transitions=(change,)))
    assert await store.incidents() == [alone, told]
    assert await store.incident(1) == told
    assert await store.incident(3) is None
    assert await store.notifications() == [owed]
    assert await store.transitions("web", NOW, NOW + 1) == [change]


async def test_incidents_and_notifications_are_replaced_by_their_id(store: Store) -> None:
    await store.commit(Batch(incidents=(incident(),), notifications=(notification(),)))
    closed = incident(ended=NOW + 1)
    sent = notification(state=Delivery.DELIVERED)
    await store.commit(Batch(incidents=(closed,), notifications=(sent,)))
    assert await store.incidents() == [closed]
    assert await store.notifications() == [sent]


async def test_incidents_are_paged_and_filtered_newest_first(store: Store) -> None:
    batch = [
        incident(n, "web" if n % 2 else "db", ended=NOW if n < 4 else None) for n in range(1, 7)
    ]
    await store.commit(Batch(incidents=tuple(batch)))

    async def ids(**question: Any) -> list[int]:
        return [each.id for each in await store.incidents(**question)]

    assert await ids(limit=2) == [6, 5]
    assert await ids(after_id=5, limit=2) == [4, 3]
    assert await ids(state="open") == [6, 5, 4]
    assert await ids(state="closed") == [3, 2, 1]
    assert await ids(check="db") == [6, 4, 2]
    assert await ids(check="nobody") == []


async def test_notifications_are_found_by_incident_and_state(store: Store) -> None:
    rows = (
        notification(1, 1, state=Delivery.DELIVERED),
        notification(2, 1),
        notification(3, 2),
        notification(4, None, kind="test"),
    )
    await store.commit(Batch(notifications=rows))

    async def ids(**question: Any) -> list[int]:
        return [each.id for each in await store.notifications(**question)]

    assert await ids(incident=1) == [2, 1]
    assert await ids(state="pending") == [4, 3, 2]
    assert await ids(state="pending", after_id=4, limit=1) == [3]


async def test_spans_follow_the_transitions(store: Store) -> None:
    up = went(old=Condition.NONE, new=Condition.UP, at=NOW)
    down = went(at=NOW + 60_000, began=NOW + 30_000, bound=NOW + 20_000)
    blind = went(
        at=NOW + 90_000, old=Condition.DOWN, unknown=(NOW + 70_000, None), began=NOW + 70_000
    )
    await store.commit(Batch(transitions=(up,)))
    await store.commit(Batch(transitions=(down, blind)))
    assert await store.spans("web", 0, NOW * 2) == [
        Span(NOW, NOW + 30_000, Condition.UP, True),
        Span(NOW + 30_000, NOW + 70_000, Condition.DOWN, True, NOW + 20_000),
        Span(NOW + 70_000, None, Condition.DOWN, False),
    ]
    assert [span.began for span in await store.spans("web", NOW + 30_000, NOW + 70_000)] == [
        NOW + 30_000
    ]


async def test_spans_of_one_check_do_not_touch_anothers(store: Store) -> None:
    for check in ("web", "db"):
        await store.commit(Batch(transitions=(went(check, old=Condition.NONE, new=Condition.UP),)))
    await store.commit(Batch(transitions=(went("web", at=NOW + 5),)))
    assert await store.spans("db", 0, NOW * 2) == [Span(NOW, None, Condition.UP, True)]


async def test_batches_that_wait_together_share_a_commit(store: Store) -> None:
    traced: list[str] = []
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(book: Book) -> None:
        book.db.set_trace_callback(traced.append)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    held = asyncio.wrap_future(store._writer.outside(hold))
    commits = [asyncio.ensure_future(store.commit(outage(number=n))) for n in range(1, 51)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(held, *commits)
    assert traced.count("COMMIT") == 1
    assert len(await store.incidents(limit=100)) == 50
    assert (await store.ledger_verify()).count == 50


async def test_conclusions_are_synced_and_steady_results_are_not(store: Store) -> None:
    async def synchronous() -> int:
        future = store._writer.outside(
            lambda book: book.db.execute("PRAGMA synchronous").fetchone()
        )
        return int((await asyncio.wrap_future(future))[0])

    await store.commit(Batch(results=(result(),), life=NOW))
    assert await synchronous() == 1
    await store.commit(outage())
    assert await synchronous() == 2


async def test_a_batch_that_failed_leaves_nothing_and_is_written_when_it_comes_again(
    path: Path, store: Store
) -> None:
    batch = outage()
    full = sqlite3.OperationalError("disk I/O error")
    with Fails(store, full, at="INSERT INTO life"):
        with pytest.raises(StoreBroken, match="disk I/O error"):
            await store.commit(batch)
    assert [count(path, table) for table in EVERYTHING] == [0] * len(EVERYTHING)
    await store.commit(batch)
    assert [count(path, table) for table in EVERYTHING] == [1] * len(EVERYTHING)


async def test_a_batch_whose_commit_failed_after_it_was_written_stands_once(
    path: Path, store: Store
) -> None:
    batch = outage()
    with Fails(store, sqlite3.OperationalError("disk I/O error"), at="COMMIT", after=True):
        with pytest.raises(StoreBroken):
            await store.commit(batch)
    await store.commit(replace(batch, results=()))  # the recorder may have dropped what is steady
    await store.commit(batch)
    assert [count(path, table) for table in EVERYTHING] == [1] * len(EVERYTHING)
    assert (await store.ledger_verify()).bad is None


async def test_an_entry_that_cannot_be_written_costs_its_own_batch_alone(store: Store) -> None:
    broken = Batch(entries=({"type": "x", "at": 1.5},))  # type: ignore[dict-item]
    good = [outage(number=n) for n in (1, 2)]
    answers = await asyncio.gather(
        *(store.commit(each) for each in (good[0], broken, good[1])), return_exceptions=True
    )
    assert answers[0] is None
    assert isinstance(answers[1], TypeError)
    assert answers[2] is None
    verified = await store.ledger_verify()
    assert (verified.count, verified.bad) == (2, None)


async def test_who_stops_waiting_does_not_stop_the_writing(path: Path, store: Store) -> None:
    waiting = asyncio.ensure_future(store.commit(outage()))
    await asyncio.sleep(0)
    waiting.cancel()
    await store.commit(Batch(life=NOW + 1))
    assert count(path, "incident") == 1


def test_what_waits_is_written_before_the_store_closes(path: Path) -> None:
    with opened(path) as store:
        futures = [store._writer.commit(outage(number=n)) for n in range(1, 30)]
    assert all(future.done() for future in futures)
    assert count(path, "incident") == 29
    assert not path.with_name("siaga.db-wal").exists()


async def test_a_closed_store_says_so(path: Path) -> None:
    async with living(path) as store:
        pass
    with pytest.raises(StoreBroken, match="is closed"):
        await store.commit(outage())


async def test_the_wal_does_not_grow_without_bound(path: Path, store: Store) -> None:
    wal = path.with_name("siaga.db-wal")
    number = 0
    for _ in range(100):  # some 60 MB
        batch = [result(id=(number := number + 1), detail="x" * 1000) for _ in range(500)]
        await store.commit(Batch(results=tuple(batch)))
    # When commits never stop coming it is folded in above this bound, not at the lower one.
    assert wal.stat().st_size < WAL_BYTES_BUSY + (4 << 20)


async def test_a_point_is_a_result_or_a_step(store: Store) -> None:
    batch = (
        result(id=1, at=NOW, latency=0.1, loss=0.0),
        result(id=2, at=NOW + 10_000, latency=0.3, loss=1.0),
        result(id=3, at=NOW + 20_000, status=Status.DOWN, reason="timeout"),
        result(id=4, at=NOW + 70_000, status=Status.UNKNOWN, blame="self", reason="self"),
        result("db", id=5, at=NOW),
    )
    await store.commit(Batch(results=batch))
    points = await store.results("web", NOW, NOW + 70_000, None)
    assert [(p.at - NOW, p.status, p.count, p.failed, p.reason) for p in points] == [
        (0, "up", 1, 0, None),
        (10_000, "up", 1, 0, None),
        (20_000, "down", 1, 1, "timeout"),
    ]
    first, second = await store.results("web", NOW, NOW + 80_000, 60_000)
    assert (first.at, first.status, first.count, first.failed) == (NOW, "down", 3, 1)
    assert first.latency == pytest.approx(0.2)
    assert (first.latency_max, first.loss, first.reason) == (0.3, 0.5, "timeout")
    assert (second.at, second.status, second.latency) == (NOW + 60_000, "unknown", None)
    assert await store.results("nobody", NOW, NOW + 1, None) == []


async def test_a_run_comes_back_with_all_it_had_but_its_facts(store: Store) -> None:
    given = result(
        latency=0.0123, phases={"dns": 0.001, "connect": 0.0024}, detail="slow", loss=0.2,
        status=Status.DEGRADED, reason="assertion", facts={"a": 1},
    )  # fmt: skip
    await store.commit(Batch(results=(given,)))
    assert await store.runs("web", NOW, NOW + 1) == [given._replace(facts={})]
    assert await store.runs("nobody", NOW, NOW + 1) == []


async def test_a_state_is_kept_whole(path: Path, store: Store) -> None:
    state = known(NOW, Condition.DEGRADED, last_status=Status.DEGRADED, flips=5, ups_bound=NOW)
    await store.commit(Batch(states={"web": state}))
    recovered = await asyncio.to_thread(store.recover, {"web": 45_000})
    assert recovered.states == {"web": state}
