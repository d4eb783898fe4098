"""Days closed by a store: what their hash covers, what comes late, what is dropped, who signs."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.store.helpers import HOUR, living, outage, result, sql, url
from uptime.core.heads import Day, SignedHead, day_at
from uptime.core.ledger import canonical, link
from uptime.core.model import Batch, Result, Status
from uptime.core.own_state import OwnState, lines
from uptime.core.statements import entry as statement
from uptime.store import Audit, Store
from uptime.store.heads import heads_path, last_published, read_heads, signed
from uptime.store.heads_day import GRACE_MS
from uptime.store.history import History
from uptime.store.ledger_verify import audit
from uptime.store.upkeep import OWN_KEPT_MS

DAY = day_at(490_008 * HOUR, UTC)  # a whole day, 2025-11-25
AFTER = DAY.ended + GRACE_MS


def results(day: Day = DAY, checks: Sequence[str] = ("a", "b"), first: int = 1) -> list[Result]:
    """One a quarter of an hour and check, with phases."""
    times = range(day.began, day.ended, HOUR // 4)
    return [
        result(check, first + number, at, latency=0.01, phases={"dns": 0.001, "connect": 0.002})
        for number, at in enumerate(times)
        for check in checks
    ]


async def upkeep(store: Store, now: int) -> None:
    while await store.maintain(now):
        pass


async def watch(store: Store) -> None:
    """As a daemon begins: the ledger has an entry before the first day."""
    await store.accept({"a": None, "b": None}, DAY.began - 1)


async def close(store: Store, now: int = AFTER) -> list[SignedHead]:
    await upkeep(store, now)
    heads = [await store.seal(day, now) for day in await store.unsealed(now, UTC)]
    return [head for head in heads if head is not None]


def entries(path: Path, kind: str) -> list[dict[str, object]]:
    found = [json.loads(text) for (text,) in sql(path, "SELECT entry FROM ledger ORDER BY seq")]
    return [entry for entry in found if entry["type"] == kind]


async def audited(path: Path) -> Audit:
    def work() -> Audit:
        with History.open(url(path)) as history:
            return audit(history)

    return await asyncio.to_thread(work)


ADDED = """
    INSERT INTO own_state SELECT began + 1, ended, lag, late, step, slept, unstored, synchronised,
    clock_error, runs, unjudged, missed, up, degraded, down, unknown, outbox FROM own_state LIMIT 1
"""


def minute(at: int) -> OwnState:
    return OwnState(at, at + 60_000, lag=4, synchronised=True, clock_error=900, up=3)


async def test_the_monitors_own_minutes_are_closed_with_the_day(path: Path) -> None:
    own = [minute(at) for at in (DAY.began - 60_000, DAY.began, DAY.ended - 1, DAY.ended)]
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results()), own=tuple(own)))
        await close(store)
        late = minute(DAY.began + 7_000)  # by a clock that was set back
        await store.commit(Batch(own=(late, minute(DAY.ended + 60_000))))
    (entry,) = entries(path, "head")
    assert entry["minutes"] == hashlib.sha256(lines(own[1:3])).hexdigest()
    assert sql(path, "SELECT count(*) FROM own_state") == [(5,)], "what is closed stays as it is"
    assert (await audited(path)).ok


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE own_state SET lag = 900 WHERE began = (SELECT max(began) FROM own_state)",
        "DELETE FROM own_state WHERE began = (SELECT max(began) FROM own_state)",
        ADDED,
        "DELETE FROM own_state",
    ],
)
async def test_a_minute_edited_dropped_or_added_is_found(path: Path, edit: str) -> None:
    async with living(path) as store:
        await watch(store)
        own = (minute(DAY.began), minute(DAY.began + 60_000))
        await store.commit(Batch(results=tuple(results()), own=own))
        (head,) = await close(store)
    sql(path, edit)
    (found,) = (await audited(path)).findings
    assert (found.kind, found.entry) == ("minutes", head.seq)
    assert "own minutes of 2025-11-25 are not those of entry" in found.text


async def test_minutes_that_are_not_kept_any_more_are_not_missed(path: Path) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results()), own=(minute(DAY.began),)))
        await close(store)
        later = DAY.began + OWN_KEPT_MS + 24 * HOUR
        await upkeep(store, later)
        await store.commit(Batch(entries=(statement("note", later, by="x", text="-"),)))
    assert sql(path, "SELECT count(*) FROM own_state") == [(0,)]
    assert not [each for each in (await audited(path)).findings if each.kind == "minutes"]


async def test_a_day_is_closed_once_and_its_head_signed(path: Path) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        assert await store.unsealed(AFTER - 1, UTC) == []
        (head,) = await close(store)
        assert await close(store) == []
        assert await store.unsealed(AFTER + 24 * HOUR, UTC) == [day_at(DAY.ended, UTC)]
    (entry,) = entries(path, "head")
    assert (entry["day"], entry["count"], entry["results"]) == ("2025-11-25", 192, head.results)
    assert sql(path, "SELECT hash FROM ledger WHERE seq = ?", head.seq) == [(head.hash,)]
    assert last_published(path) == head
    assert signed(head)
    found = await audited(path)
    assert (found.findings, found.heads, found.days) == ((), 1, 1)


async def test_a_day_without_results_is_closed_if_it_was_yesterday_alone(store: Store) -> None:
    await watch(store)
    later = AFTER + 5 * 24 * HOUR
    assert await store.unsealed(later, UTC) == [day_at(DAY.ended + 4 * 24 * HOUR, UTC)]
    assert await store.unsealed(DAY.began + 2 * HOUR, UTC) == [day_at(DAY.began - 1, UTC)]


async def test_a_day_before_the_record_began_is_no_day(store: Store) -> None:
    assert await store.unsealed(AFTER, UTC) == []
    await store.accept({"a": None}, DAY.ended)
    assert await store.unsealed(AFTER, UTC) == []


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Jakarta", "Europe/Berlin"])
async def test_a_day_of_any_zone_has_its_own_results_alone(path: Path, zone: str) -> None:
    local = day_at(DAY.began, ZoneInfo(zone))
    async with living(path) as store:
        await store.accept({"a": None}, local.began)
        rows = results(checks=("a",))
        await store.commit(Batch(results=tuple(rows)))
        await upkeep(store, AFTER)
        head = await store.seal(local, AFTER)
        assert head is not None
        (entry,) = entries(path, "head")
        assert entry["count"] == sum(local.began <= row.at < local.ended for row in rows)
        # Of the next day of the zone there are results, too, and no head yet.
    assert (await audited(path)).findings == ()


async def test_a_late_result_is_told_and_alters_no_hash(path: Path) -> None:
    late = result("a", 5000, DAY.began + 1000, detail="late")
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await close(store)
        await store.commit(Batch(results=(late, result("a", 5001, DAY.ended + 1))))
        (entry,) = entries(path, "late")
        assert entry["results"] == ["1 5000"]
        assert entry["began"] == late.at
        assert (await audited(path)).findings == ()  # while it is in the ingest table
        await upkeep(store, AFTER + HOUR)
        assert (await audited(path)).findings == ()  # and in the chunk that was written anew
    found = await audited(path)
    assert (found.findings, found.days) == ((), 1)


async def test_a_result_of_a_closed_day_that_is_told_again_is_not_late(path: Path) -> None:
    """Also with another outcome, after a restart, and twice in a batch."""
    told = results()
    late = result("a", 5000, DAY.began + 1000)
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(told)))
        await close(store)
        await store.commit(Batch(results=(told[4], late, late)))
    async with living(path) as store:
        other = told[6]._replace(status=Status.DOWN, reason="refused")
        await store.commit(Batch(results=(told[0], other, late)))
        assert [entry["results"] for entry in entries(path, "late")] == [["1 5000"]]
        await upkeep(store, AFTER + 2 * HOUR)
        runs = await store.runs("a", DAY.began, DAY.ended)
        assert len(runs) == len(told) // 2 + 1
        assert {run.status for run in runs} == {Status.UP}
        assert (await audited(path)).findings == ()


async def test_a_late_result_that_was_edited_or_dropped_is_named(path: Path) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await close(store)
        await store.commit(Batch(results=(result("a", 5000, DAY.began + 1000),)))
        (seq,) = sql(path, "SELECT max(seq) FROM ledger")[0]
        sql(path, "UPDATE ingest SET duration = duration + 1 WHERE id = 5000")
        text = f"the late results of entry {seq} are not those it tells of"
        assert [(one.entry, one.text) for one in (await audited(path)).findings] == [(seq, text)]
        sql(path, "DELETE FROM ingest WHERE id = 5000")
        assert [one.text for one in (await audited(path)).findings] == [text]


async def test_a_result_that_comes_while_a_day_is_hashed_puts_it_off(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await upkeep(store, AFTER)
        fetch = store._fetch

        def slowly(reading: object, hour: int) -> object:
            if hour == DAY.began // HOUR + 5:
                row = result("b", 6000, DAY.began + 60_000)
                store._writer.commit(Batch(results=(row,))).result()
            return fetch(reading, hour)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "_fetch", slowly)
        assert await store.seal(DAY, AFTER) is None
        monkeypatch.undo()
        head = await store.seal(DAY, AFTER)
        assert head is not None
    (entry,) = entries(path, "head")
    assert entry["count"] == 193
    assert entries(path, "late") == []
    assert (await audited(path)).findings == ()


async def test_results_put_into_a_time_that_no_head_covers_are_named(path: Path) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await close(store)
        await store.commit(Batch(entries=({"type": "denied", "at": AFTER, "text": "x"},)))
    assert (await audited(path)).findings == ()
    sql(path, "UPDATE chunk SET hour = hour - 100 WHERE seq = 1")
    texts = [one.text for one in (await audited(path)).findings]
    assert f"there are results in the hour {DAY.began // HOUR - 100}" in texts[1]


async def test_what_retention_drops_is_said_before_and_missed_by_nobody(path: Path) -> None:
    async with living(path, raw_s=3 * 86_400) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await close(store)
        following = day_at(DAY.ended, UTC)
        await store.commit(Batch(results=tuple(results(following, first=1000))))
        await close(store, following.ended + GRACE_MS)
        assert (await audited(path)).days == 2
        await upkeep(store, DAY.ended + 3 * 24 * HOUR + GRACE_MS)
        (said,) = entries(path, "retention")
        assert said["until"] == DAY.ended
    found = await audited(path)
    assert (found.findings, found.heads, found.days) == ((), 2, 1)
    assert sql(path, "SELECT min(hour) FROM chunk") != [(DAY.began // HOUR,)]


async def test_a_head_that_could_not_be_written_is_signed_when_it_can(path: Path) -> None:
    heads = heads_path(path)
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        heads.mkdir()
        with pytest.raises(OSError, match="directory"):
            await close(store)
        heads.rmdir()
        assert await store.sign_left() is not None
        assert await store.sign_left() == last_published(path)
    assert [head.day for _, head in read_heads(heads)] == ["2025-11-25"]
    assert (await audited(path)).findings == ()


async def test_nothing_is_signed_that_was_put_into_the_ledger_by_hand(path: Path) -> None:
    async with living(path) as store:
        await watch(store)
        await store.commit(Batch(results=tuple(results())))
        await close(store)
        await store.commit(outage("a", at=AFTER))
    sql(path, "UPDATE ledger SET entry = replace(entry, 'down', 'up') WHERE seq = 4")
    heads_path(path).unlink()
    async with living(path) as store:
        assert await store.sign_left() is None
    assert not heads_path(path).exists()


async def test_a_tip_is_never_behind_what_was_committed(path: Path) -> None:
    async with living(path) as store:
        for number in range(1, 4):
            await store.commit(outage(number=number))
            tip = store.signer.tip
            assert tip is not None
            assert signed(tip)
            assert sql(path, "SELECT hash FROM ledger WHERE seq = ?", number) == [(tip.hash,)]


async def test_a_start_misses_what_was_signed_and_says_so_once(path: Path) -> None:
    async with living(path) as store:
        for number in range(1, 4):
            await store.commit(outage(number=number))
        (last,) = sql(path, "SELECT hash FROM ledger WHERE seq = 3")
    sql(path, "DELETE FROM ledger WHERE seq = 3")
    async with living(path) as store:
        gap = await store._in_pool(lambda: store.missed(AFTER))
        assert gap == (3, last[0], 2)
    async with living(path) as store:
        assert await store._in_pool(lambda: store.missed(AFTER)) is None
    (entry,) = entries(path, "gap")
    assert entry == {"type": "gap", "at": AFTER, "seq": 3, "hash": last[0], "entries": 2}


async def test_an_entry_added_by_hand_is_told_until_the_next_start_and_for_ever_after(
    path: Path,
) -> None:
    async with living(path) as store:
        await store.commit(outage())
    ((seq, prev),) = sql(path, "SELECT seq, hash FROM ledger")
    text = canonical({"type": "retention", "at": AFTER, "until": AFTER + 25 * HOUR})
    row = (seq + 1, text, prev, link(prev, text))
    sql(path, "INSERT INTO ledger VALUES (?, ?, ?, ?)", *row)
    found = await audited(path)
    assert found.unsigned == 1
    assert [one.text for one in found.findings] == [f"entry {seq + 1} drops what is not old yet"]
    async with living(path) as store:
        assert await store._in_pool(lambda: store.missed(AFTER)) is None
    (entry,) = entries(path, "unsigned")
    assert entry == {"type": "unsigned", "at": AFTER, "first": seq + 1, "last": seq + 1}
    assert (await audited(path)).unsigned == 1
