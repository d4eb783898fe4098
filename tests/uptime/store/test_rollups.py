"""What is left of results equals what they give, in any zone, before and after they are gone."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from tests.uptime.small_daemon import MemoryStore, NoBallast, empty
from tests.uptime.store.helpers import HOUR, NOW, count, living, result, sql
from uptime.core.calendar import days, midnight
from uptime.core.model import Batch, Result, Status
from uptime.core.rollup import Histogram, Outcome, Rollup, merge
from uptime.store import Point, Series, Store, StoreBroken, rollups, upkeep
from uptime.store.codes import encode
from uptime.store.ingest import Row
from uptime.store.rollup_pack import unpack

MINUTE = 60_000
DAY = 24 * HOUR
KEEP_ALL = 1000 * 86_400.0
JAKARTA = ZoneInfo("Asia/Jakarta")
ZONES = (
    "UTC",
    "Asia/Jakarta",
    "Asia/Kolkata",  # midnight lies within an hour
    "Asia/Kathmandu",
    "Europe/Berlin",  # a day of 25 hours
    "Australia/Lord_Howe",  # one of 23.5
)


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "READ_ROWS", 300)
    monkeypatch.setattr(upkeep, "DELETE_ROWS", 300)
    monkeypatch.setattr(upkeep, "CHUNKS", 10)
    monkeypatch.setattr(upkeep, "ROLL_CHECKS", 1)
    monkeypatch.setattr(upkeep, "ROLL_ROWS", 1)


async def all_of(store: Store, now: int, zone: tzinfo) -> int:
    slices = 0
    while await store.maintain(now, zone):
        slices += 1
    return slices


def some_results(start: int, length: int, seed: int = 7) -> list[Result]:
    """Of two checks, every six minutes or so, a few failing, some measuring loss."""
    dice = random.Random(seed)
    out: list[Result] = []
    at = start
    while (at := at + dice.randrange(2 * MINUTE, 10 * MINUTE)) < start + length:
        bad = dice.random() < 0.1
        check = dice.choice(("web", "db"))
        row = result(
            check,
            id=len(out) + 1,
            at=at,
            latency=None if bad else dice.randrange(1, 500_000) / 100_000,
            loss=None if check == "web" else dice.choice((0.0, 0.0, 0.333, 1.0)),
            status=Status.DOWN if bad else dice.choice((Status.UP, Status.UP, Status.DEGRADED)),
            reason=dice.choice(("timeout", "refused")) if bad else None,
        )
        out.append(row)
    return out


def steps_of(window: tuple[int, int], step: int, zone: tzinfo) -> list[tuple[int, int]]:
    """Every step that touches a window, slowly."""
    if step == DAY:
        return [(begins, ends) for _, begins, ends in days(zone, window)]
    first = window[0] // step * step
    return [(at, at + step) for at in range(first, window[1], step)]


def check_point(point: Point, at: int, expected: Sequence[Result]) -> None:
    """A point against the results themselves."""
    latencies = sorted(r.latency for r in expected if r.latency is not None)
    losses = [r.loss for r in expected if r.loss is not None]
    assert (point.at, point.count) == (at, len(expected))
    counted = Counter(r.status for r in expected)
    assert point.statuses == dict.fromkeys(Status, 0) | counted
    assert point.failed == counted[Status.DOWN]
    assert (point.loss is None) == (not losses)
    if losses:
        assert point.loss == pytest.approx(sum(losses) / len(losses))
    if not latencies:
        assert (point.latency, point.latency_p50, point.latency_max) == (None, None, None)
        return
    assert point.latency == pytest.approx(sum(latencies) / len(latencies))
    assert (point.latency_min, point.latency_max) == (latencies[0], latencies[-1])
    for percent, found in (
        (50, point.latency_p50),
        (95, point.latency_p95),
        (99, point.latency_p99),
    ):
        rank = max(1, -(-percent * len(latencies) // 100))
        assert found == pytest.approx(latencies[rank - 1], rel=0.0201)


def check_series(
    found: Series, given: Sequence[Result], window: tuple[int, int], step: int, zone: tzinfo
) -> None:
    inside = [r for r in given if r.check == "web" and window[0] <= r.at < window[1]]
    expected = [
        (start, group)
        for start, end in steps_of(window, step, zone)
        if (group := [r for r in inside if start <= r.at < end])
    ]
    assert len(found.points) == len(expected)
    for point, (at, group) in zip(found.points, expected, strict=True):
        check_point(point, at, group)
    assert found.whole is not None
    check_point(found.whole, window[0], inside)


def without_source(found: Series) -> Series:
    points = [replace(point, source="") for point in found.points]
    return Series(points, found.whole and replace(found.whole, source=""), None)


@invariant(4, 18)
@pytest.mark.parametrize("name", ZONES)
async def test_dropping_results_changes_no_figure_of_an_hour_or_a_day(
    path: Path, name: str
) -> None:
    zone = ZoneInfo(name)
    began = midnight(date(2026, 10, 24 if name == "Europe/Berlin" else 3), zone)
    given = some_results(began, 3 * DAY + 2 * HOUR)
    *_, (_, _, ended) = days(zone, (began, began + 2 * DAY + 5 * HOUR))
    window, now = (began, ended), ended + 6 * HOUR
    before: dict[int, Series] = {}
    async with living(path, raw_s=KEEP_ALL) as store:
        await store.commit(Batch(results=tuple(given)))
        for step in (HOUR, 4 * HOUR, DAY):  # of single results alone
            check_series(await store.results("web", *window, step, zone), given, window, step, zone)
        await all_of(store, now, zone)
        for step in (90_000, MINUTE, HOUR, 4 * HOUR, DAY):
            found = before[step] = await store.results("web", *window, step, zone)
            check_series(found, given, window, step, zone)
            assert found.notice is None
        assert {point.source for point in before[DAY].points} == {"day"}
        assert {point.source for point in before[HOUR].points} == {"hour"}
        assert {point.source for point in before[MINUTE].points} == {"raw"}
    async with living(path, raw_s=3600) as store:
        await all_of(store, now, zone)
        left = await store.runs("web", *window)  # of an hour that midnight lies in
        assert all(run.at >= ended - HOUR for run in left)
        for step in (HOUR, 4 * HOUR, DAY):
            after = await store.results("web", *window, step, zone)
            assert after == before[step]
        minutes = await store.results("web", *window, MINUTE, zone)
        assert without_source(minutes) == without_source(before[MINUTE])
        assert {point.source for point in minutes.points} == {"minute"}
        singles = await store.results("web", *window, None, zone)
        assert {point.source for point in singles.points} == {"minute"}
        assert singles.notice is not None
        assert "only minutes are left" in singles.notice
    async with living(path, raw_s=3600) as store:
        await all_of(store, now + upkeep.MINUTES_KEPT_MS + DAY, zone)
        assert (count(path, "rollup_minutes"), count(path, "chunk")) == (0, 0)
        for step in (HOUR, 4 * HOUR, DAY):
            assert await store.results("web", *window, step, zone) == before[step]
        minutes = await store.results("web", *window, MINUTE, zone)
        assert {point.source for point in minutes.points} == {"hour"}
        assert minutes.notice is not None
        assert "only hours are left" in minutes.notice


Given = tuple[int, Status, int | None, int | None]
"""When (ms), how it ended, latency (10 us), loss (thousandths)."""
GIVEN = st.lists(
    st.tuples(
        st.integers(0, 3 * DAY),
        st.sampled_from(Status),
        st.none() | st.integers(0, 400_000),
        st.none() | st.integers(0, 1000),
    ),
    max_size=60,
)


@invariant(4)
@given(
    GIVEN,
    st.sampled_from(ZONES),
    st.dates(date(2020, 1, 1), date(2034, 12, 1)),
    st.sampled_from((MINUTE, 15 * MINUTE, HOUR)),
)
def test_a_day_of_any_zone_is_the_merge_of_its_minutes_or_hours(
    given: list[Given], name: str, day: date, width: int
) -> None:
    zone = ZoneInfo(name)
    start = midnight(day, zone)
    rows = [
        Row(n, start + at, encode(status, "target", None), 0, latency, loss, 0, None, None)
        for n, (at, status, latency, loss) in enumerate(sorted(given, key=lambda row: row[0]))
    ]
    for _, begins, ends in days(zone, (start, start + 3 * DAY)):
        inside = [row for row in rows if begins <= row.at < ends]
        parts = rollups.buckets(inside, begins, width)
        assert merge(rollup for _, rollup in parts) == rollups.rolled_up(inside)
        assert all(begins <= at < ends for at, _ in parts)


def slowly(given: Sequence[Given]) -> Rollup:
    latencies = [latency for _, _, latency, _ in given if latency is not None]
    losses = [loss for *_, loss in given if loss is not None]
    outcomes: Counter[Outcome] = Counter((status, None) for _, status, *_ in given)
    return Rollup(outcomes, Histogram.of(latencies), len(losses), sum(losses))


def slow_hours(given: Sequence[Given], window: tuple[int, int]) -> list[tuple[int, Rollup]]:
    """Of [a, b), which begin where their hour begins or the window does."""
    found = []
    for hour in range(window[0] // HOUR, window[1] // HOUR + 1):
        begins, ends = max(window[0], hour * HOUR), min(window[1], (hour + 1) * HOUR)
        if inside := [each for each in given if begins <= each[0] < ends]:
            found.append((begins, slowly(inside)))
    return found


@invariant(4, 18)
@given(
    GIVEN, GIVEN, st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2034, 12, 1)),
    st.booleans(),
)  # fmt: skip
def test_what_is_left_of_a_day_is_what_its_results_give_before_and_after_they_are_dropped(
    early: list[Given], late: list[Given], name: str, day: date, twice: bool
) -> None:
    zone = ZoneInfo(name)
    start, *_ = window = (midnight(day, zone), midnight(day, zone) + 3 * DAY + 1)
    given = [(start + at, status, latency, loss) for at, status, latency, loss in early + late]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(empty())
        record = MemoryStore(db)
        now = window[1] + DAY

        def come(runs: Sequence[Given], first: int) -> None:
            rows = [
                (record.book.key("web", start), first + n, at, encode(status, "target", None), 0,
                 latency, loss, 0)
                for n, (at, status, latency, loss) in enumerate(runs)
            ]  # fmt: skip
            db.executemany(
                "INSERT INTO ingest (check_key, id, at, code, duration, latency, loss, phase_set)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows * (1 + twice),  # a result may be told twice
            )

        def tend(raw_ms: int) -> None:
            ballast: Any = NoBallast()
            record.carry_out(upkeep.Upkeep(raw_ms, ballast).plan(now, zone))

        def left() -> dict[int, tuple[list[tuple[int, Rollup]], list[tuple[int, Rollup]]]]:
            found = db.execute("SELECT began, hours, day FROM rollup WHERE check_key = 1")
            return {began: (unpack(hours), unpack(day)) for began, hours, day in found}

        come(given[: len(early)], 1)
        tend(1000 * DAY)
        come(given[len(early) :], 1000)  # later than their day was rolled up, if it was
        now += HOUR
        tend(1000 * DAY)
        expected = {}
        for _, begins, ends in days(zone, window):
            if hours := slow_hours(given, (begins, ends)):
                whole = slowly([each for each in given if begins <= each[0] < ends])
                expected[begins] = (hours, [(begins, whole)])
        assert left() == expected
        assert record.audit().findings == ()
        now += HOUR
        tend(0)
        assert left() == expected
        minutes = dict(db.execute("SELECT began, data FROM rollup_minutes"))
        assert {
            began: merge(each for _, each in unpack(data)) for began, data in minutes.items()
        } == {began: whole for began, (_, [(_, whole)]) in expected.items()}
        assert record.audit().findings == ()


async def test_a_late_result_is_put_into_the_rollup_of_its_day(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, 2 * DAY)
    late = result(id=9001, at=began + 5 * HOUR + 17, latency=4.99, status=Status.UP)
    async with living(path) as store:
        await store.commit(Batch(results=tuple(given)))
        await all_of(store, began + 3 * DAY, JAKARTA)
        await store.commit(Batch(results=(late,)))
        window = (began - 7 * HOUR, began + 2 * DAY)
        for hours in (0, 1):  # before it is compacted, and after
            await all_of(store, began + 3 * DAY + hours * HOUR, JAKARTA)
            for step in (HOUR, DAY):
                found = await store.results("web", *window, step, JAKARTA)
                check_series(found, [*given, late], window, step, JAKARTA)
    # What is left is the same as after a start with all of them in time.
    other = path.with_name("other.db")
    async with living(other) as store:
        await store.commit(Batch(results=tuple(sorted([*given, late], key=lambda r: r.at))))
        await all_of(store, began + 3 * DAY + HOUR, JAKARTA)
    kept = "SELECT r.began, c.id, day, hours FROM rollup r JOIN checks c ON c.key = check_key"
    assert sorted(sql(path, kept)) == sorted(sql(other, kept))


async def test_a_result_of_a_day_whose_results_are_gone_changes_nothing(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, DAY)
    window = (began, began + DAY)
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=tuple(given)))
        await all_of(store, began + 3 * DAY, ZoneInfo("UTC"))
        before = await store.results("web", *window, DAY)
        await store.commit(Batch(results=(result(id=9001, at=began + HOUR),)))
        assert await store.results("web", *window, DAY) == before
        await all_of(store, began + 4 * DAY, ZoneInfo("UTC"))
        assert await store.results("web", *window, DAY) == before
    assert (count(path, "ingest"), count(path, "chunk")) == (0, 0)


async def test_between_any_two_slices_every_result_counts_once(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, 2 * DAY)
    window = (began, began + 2 * DAY)
    slices = 0
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=tuple(given)))
        while await store.maintain(began + 3 * DAY):
            slices += 1
            for step in (HOUR, DAY):
                check_series(
                    await store.results("web", *window, step), given, window, step, ZoneInfo("UTC")
                )
    assert slices > 40
    assert count(path, "chunk") == 0


async def test_a_start_between_rollup_and_deletion_loses_and_doubles_nothing(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, 2 * DAY)
    window = (began, began + 2 * DAY)
    async with living(path) as store:
        await store.commit(Batch(results=tuple(given)))
    for stopped_after in range(1, 100, 9):
        async with living(path, raw_s=3600) as store:
            for _ in range(stopped_after):
                await store.maintain(began + 3 * DAY)
            found = await store.results("web", *window, DAY)
            check_series(found, given, window, DAY, ZoneInfo("UTC"))
    assert (count(path, "ingest"), count(path, "chunk")) == (0, 0)
    assert count(path, "rolled") == 2


async def test_a_slice_that_fails_leaves_the_results_that_it_was_made_of(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, DAY)
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=tuple(given)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rollups, "store_minutes", _broken)
            with pytest.raises(StoreBroken):
                await all_of(store, began + 3 * DAY, ZoneInfo("UTC"))
        assert len(await store.runs("web", began, began + DAY)) > 50
        await all_of(store, began + 3 * DAY, ZoneInfo("UTC"))
        assert await store.runs("web", began, began + DAY) == []


def _broken(*_: object) -> None:
    raise OSError("no")


async def test_another_zone_counts_no_result_twice(path: Path) -> None:
    began = NOW // DAY * DAY
    given = some_results(began, 6 * DAY)
    window = (began - DAY, began + 7 * DAY)
    web = sum(r.check == "web" for r in given)
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=tuple(r for r in given if r.at < began + 2 * DAY)))
        await all_of(store, began + 2 * DAY + HOUR, JAKARTA)
        await store.commit(Batch(results=tuple(r for r in given if r.at >= began + 2 * DAY)))
        for name in ("Asia/Makassar", "Asia/Kolkata"):
            await all_of(store, began + 9 * DAY, ZoneInfo(name))
            for step in (HOUR, DAY):
                found = await store.results("web", *window, step, ZoneInfo(name))
                assert found.whole is not None
                assert found.whole.count == web
                assert sum(point.count for point in found.points) == web
    edges = sql(path, "SELECT began, ended FROM rolled ORDER BY began")
    assert all(ended <= began for (_, ended), (began, _) in zip(edges, edges[1:], strict=False))


async def test_a_check_that_has_no_results_in_a_rolled_up_window_has_no_points(
    path: Path,
) -> None:
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=(result(), result("db", id=2, at=NOW - 9 * DAY))))
        await all_of(store, NOW + 3 * DAY, ZoneInfo("UTC"))
        found = await store.results("web", NOW - 10 * DAY, NOW - 5 * DAY, DAY)
    assert (found.points, found.whole) == ([], None)


async def test_a_window_that_cuts_an_hour_of_which_only_the_hour_is_left_says_so(
    path: Path,
) -> None:
    began = NOW // DAY * DAY
    async with living(path, raw_s=3600) as store:
        await store.commit(Batch(results=tuple(some_results(began, DAY))))
        await all_of(store, began + 3 * DAY, ZoneInfo("UTC"))
        cut = await store.results("web", began + HOUR // 2, began + DAY, DAY)
        assert cut.notice == ("the hour around 2025-11-24T00:30:00.000Z counts where it begins")
        assert cut.points[0].source == "hour"
        whole = await store.results("web", began, began + DAY, DAY)
        assert whole.notice is None
        assert whole.points[0].source == "day"
        assert cut.points[0].count < whole.points[0].count


async def test_the_file_gives_back_what_the_minutes_took(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_KEPT_FREE", 10)
    monkeypatch.setattr(upkeep, "CHUNKS", 200)
    async with living(path):
        pass
    sql(path, "INSERT INTO rolled VALUES (?, ?, 'minute')", NOW, NOW + DAY)
    blobs = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 500)"
    sql(
        path,
        f"INSERT INTO rollup_minutes (began, check_key, data) {blobs}"
        " SELECT ?, k, randomblob(6000) FROM n",
        NOW,
    )
    ((before,),) = sql(path, "PRAGMA page_count")
    async with living(path, raw_s=86_400) as store:
        await all_of(store, NOW + DAY + upkeep.MINUTES_KEPT_MS - HOUR, ZoneInfo("UTC"))
        assert count(path, "rollup_minutes") == 500
        await all_of(store, NOW + DAY + upkeep.MINUTES_KEPT_MS, ZoneInfo("UTC"))
        assert count(path, "rollup_minutes") == 0
    ((after,),) = sql(path, "PRAGMA page_count")
    assert before > 700
    assert after < before / 4
