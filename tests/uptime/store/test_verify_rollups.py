"""An edited rollup is found: by its results, and once they are gone by the ledger."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.store.helpers import HOUR, NOW, count, living, result, sql, url
from tests.uptime.store.test_rollups import some_results
from uptime.core.heads import day_at
from uptime.core.model import Batch, Result, Status
from uptime.core.rollup import Rollup
from uptime.store import Store, StoreBroken, rollup_pack, rollup_proof, upkeep
from uptime.store.history import History
from uptime.store.ledger_verify import audit
from uptime.store.values import Audit

pytestmark = pytest.mark.blocks  # the audit looks between the slices
DAY = 24 * HOUR
UTC = ZoneInfo("UTC")
LAST = NOW // DAY * DAY  # of three days, of which hours, minutes and results are left
DAYS = (LAST - 120 * DAY, LAST - DAY, LAST)
END = LAST + DAY + HOUR
KEPT = 4 * 3600.0  # seconds: the last day's results, and no other's
HOURS, MINUTES, RAW = (day_at(began, UTC).name for began in DAYS)


def looked_at(path: Path) -> Audit:
    with History.open(url(path)) as history:
        return audit(history, tip=False)


async def tend(store: Store, now: int) -> None:
    while await store.maintain(now, UTC):
        pass
    for day in await store.unsealed(now, UTC):
        await store.seal(day, now)


def of_three_days() -> list[Result]:
    found: list[Result] = []
    for began in DAYS:
        for each in some_results(began, DAY):
            found.append(result(
                each.check, id=len(found) + 1, at=each.at, latency=each.latency, loss=each.loss,
                status=each.status, reason=each.reason,
            ))  # fmt: skip
    return found


async def _record(path: Path) -> None:
    async with living(path, raw_s=KEPT) as store:
        given = of_three_days()
        for began in DAYS:
            await store.commit(
                Batch(
                    results=tuple(r for r in given if began <= r.at < began + DAY),
                    entries=({"type": "absence", "at": began, "began": 1, "ended": 2},),
                    life=began,
                )
            )
            await tend(store, began + DAY + HOUR + 600_000)
            if began == DAYS[0]:
                await tend(store, began + DAY + 5 * HOUR)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "siaga.db"
    asyncio.run(_record(path))
    return path.parent


@pytest.fixture
def path(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "copy")) / "siaga.db"


def entries(path: Path, kind: str) -> list[tuple[int, dict[str, Any]]]:
    found = [(seq, json.loads(text)) for seq, text in sql(path, "SELECT seq, entry FROM ledger")]
    return [(seq, entry) for seq, entry in found if entry["type"] == kind]


def entry_of(path: Path, day: int, finest: str) -> int:
    (seq,) = [
        seq
        for seq, entry in entries(path, "rollup")
        if (entry["began"], entry["finest"]) == (day, finest)
    ]
    return seq


def test_what_nobody_touched_is_whole(path: Path) -> None:
    levels = [finest for (finest,) in sql(path, "SELECT finest FROM rolled ORDER BY began")]
    assert levels == ["hour", "minute", "raw"]
    assert count(path, "chunk") > 0
    assert count(path, "rollup_minutes") == 2
    found = looked_at(path)
    assert found.findings == ()
    assert (found.rollups, found.days) == (3, 1)


def test_the_audit_says_how_far_it_is(path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    with History.open(url(path)) as history:
        audit(
            history, tip=False,
            progress=lambda stage, done, total: told.setdefault(stage, []).append((done, total)),
        )  # fmt: skip
    assert list(told) == ["entries", "spans", "results of closed days", "rollups"]
    for steps in told.values():
        assert steps == sorted(steps)
        assert all(done <= total for done, total in steps)
    assert len(told["rollups"]) > 3
    assert told["rollups"][-1] == (300, 300)


def test_what_a_day_is_read_from_is_entered_with_the_hash_of_what_is_left(path: Path) -> None:
    said = [(e["began"], e["finest"], "hash" in e) for _, e in entries(path, "rollup")]
    assert [each for each in said if each[0] == DAYS[0]] == [
        (DAYS[0], "raw", True), (DAYS[0], "minute", True), (DAYS[0], "hour", False),
    ]  # fmt: skip


_LATER = "(SELECT {0} FROM {1} AS other WHERE other.check_key <> {1}.check_key LIMIT 1)"
CHANGES = [  # of which day, what, what is named
    (HOURS, "UPDATE rollup SET day = {other_day}", "hours and days"),
    (HOURS, "UPDATE rollup SET hours = {other_hours}", "hours and days"),
    (HOURS, "UPDATE rollup SET day = x''", "hours and days"),
    (HOURS, "UPDATE rollup SET day = 'text'", "hours and days"),
    (HOURS, "UPDATE rollup SET day = 5", "hours and days"),
    (HOURS, "DELETE FROM rollup", "hours and days"),
    (HOURS, "UPDATE rollup SET check_key = 9", "hours and days"),
    (HOURS, "UPDATE rollup SET check_key = 'x'", "hours and days"),
    (HOURS, "UPDATE rollup SET began = began + 1", "hours and days"),
    (MINUTES, "UPDATE rollup SET day = {other_day}", "hours and days"),
    (MINUTES, "DELETE FROM rollup", "hours and days"),
    (MINUTES, "UPDATE rollup_minutes SET data = {other_data}", "minutes"),
    (MINUTES, "UPDATE rollup_minutes SET data = x'01'", "minutes"),
    (MINUTES, "DELETE FROM rollup_minutes", "minutes"),
]


@pytest.mark.parametrize(("day", "change", "what"), CHANGES)
def test_a_rollup_edited_after_its_results_are_gone_is_named_by_its_day(
    path: Path, day: str, change: str, what: str
) -> None:
    began = DAYS[(HOURS, MINUTES).index(day)]
    change = change.format(
        other_day=_LATER.format("day", "rollup"),
        other_hours=_LATER.format("hours", "rollup"),
        other_data=_LATER.format("data", "rollup_minutes"),
    )
    sql(path, f"{change} WHERE began = ? AND check_key = 1", began)
    (one,) = looked_at(path).findings
    seq = entry_of(path, began, "minute" if what == "minutes" else "raw")
    assert (one.kind, one.entry) == ("rollup", seq)
    assert one.text == (
        f"the rollups of {day} ({what}) are not those of entry {seq}: "
        "some were changed, added or removed"
    )


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO rollup (began, check_key, day, hours) VALUES ({0}, 9, x'', x'')",
        "INSERT INTO rollup_minutes (began, check_key, data) VALUES ({0}, 9, x'')",
    ],
)
def test_a_rollup_added_to_a_day_is_named(path: Path, change: str) -> None:
    sql(path, change.format(DAYS[1]))
    (one,) = looked_at(path).findings
    assert f"the rollups of {MINUTES}" in one.text


def falsified(path: Path, check: str, level: str) -> None:
    """One outage less, by somebody who knows the form."""
    (data, key) = sql(
        path,
        f"SELECT {level}, check_key FROM rollup JOIN checks ON key = check_key"
        " WHERE began = ? AND id = ?",
        DAYS[2], check,
    )[0]  # fmt: skip
    buckets = []
    for at, each in rollup_pack.unpack(data):
        outcomes = {o: n for o, n in each.outcomes.items() if o[0] is not Status.DOWN}
        gone = each.count - sum(outcomes.values())
        outcomes[Status.UP, None] = outcomes.get((Status.UP, None), 0) + gone
        buckets.append((at, Rollup(outcomes, each.latency, each.losses, each.loss_total)))
    packed = rollup_pack.pack(buckets)
    sql(
        path, f"UPDATE rollup SET {level} = ? WHERE began = ? AND check_key = ?",
        packed, DAYS[2], key,
    )  # fmt: skip


@pytest.mark.parametrize("check", ["web", "db"])
@pytest.mark.parametrize(("level", "part"), [("day", "day"), ("hours", "hours")])
def test_a_rollup_edited_beside_its_results_is_named_by_check_day_and_level(
    path: Path, check: str, level: str, part: str
) -> None:
    falsified(path, check, level)
    (one,) = looked_at(path).findings
    assert one.kind == "rollup"
    assert one.entry == entry_of(path, DAYS[2], "raw")
    assert one.text == (f"check {check}: the rollup of {RAW} ({part}) is not what its results give")


@pytest.mark.parametrize(
    "value",
    ["'x'", "5", "99999999999999", "x'01'", "x''", "substr(hours, 1, 20)", "day"],
)
def test_a_rollup_that_cannot_be_read_is_named(path: Path, value: str) -> None:
    sql(path, f"UPDATE rollup SET hours = {value} WHERE began = ? AND check_key = 1", DAYS[2])
    (one,) = looked_at(path).findings
    assert one.text.endswith(f"the rollup of {RAW} (hours) is not what its results give")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM rollup WHERE began = {0} AND check_key = 1",
        (
            "INSERT INTO rollup (began, check_key, day, hours) SELECT began, 9, day, hours"
            " FROM rollup WHERE began = {0} LIMIT 1"
        ),
    ],
)
def test_hours_and_day_that_are_gone_or_that_no_result_made_are_both_named(
    path: Path, change: str
) -> None:
    sql(path, change.format(DAYS[2]))
    found = looked_at(path).findings
    assert [one.text.partition(f"{RAW} ")[2] for one in found] == [
        "(hours) is not what its results give", "(day) is not what its results give",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "change"),
    [
        (HOURS, "UPDATE rolled SET finest = 'raw'"),
        (MINUTES, "UPDATE rolled SET finest = 'hour'"),
        (RAW, "UPDATE rolled SET finest = 'hour'"),
        (RAW, "UPDATE rolled SET ended = ended - 3600000"),
        (RAW, "DELETE FROM rolled"),
    ],
)
def test_the_list_of_rolled_up_days_is_that_of_the_ledger(
    path: Path, day: str, change: str
) -> None:
    sql(path, f"{change} WHERE began = ?", DAYS[(HOURS, MINUTES, RAW).index(day)])
    found = [one for one in looked_at(path).findings if "the list" in one.text]
    assert [one.text.partition(" what entry")[0] for one in found] == [
        f"the list of rolled-up days has not of {day}"
    ]


def test_a_day_that_no_entry_rolled_up_is_named(path: Path) -> None:
    sql(path, "INSERT INTO rolled VALUES (5, 6, 'hour')")
    (one,) = looked_at(path).findings
    assert "the day from 1970-01-01T00:00:00.005Z, which is in no entry" in one.text


# ---- what comes late, and what is killed ----

LATE = Batch(results=(
    result(id=9001, at=LAST + 5 * HOUR + 17, latency=4.99),
    result("db", id=9002, at=LAST + 6 * HOUR + 17, status=Status.DOWN, reason="timeout"),
))  # fmt: skip


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CHUNKS", 10)
    monkeypatch.setattr(upkeep, "ROLL_CHECKS", 1)
    monkeypatch.setattr(upkeep, "ROLL_ROWS", 1)


@asynccontextmanager
async def with_late_results(path: Path) -> AsyncIterator[Store]:
    async with living(path, raw_s=KEPT) as store:
        await store.commit(LATE)
        yield store


async def test_a_late_result_rewrites_its_rollup_and_says_so_in_the_ledger(path: Path) -> None:
    async with with_late_results(path) as store:
        assert (await asyncio.to_thread(looked_at, path)).findings == ()
        slices = 0
        while await store.maintain(END + HOUR, UTC):
            slices += 1
            found = await asyncio.to_thread(looked_at, path)
            assert found.findings == (), f"after slice {slices}"
    said = entries(path, "rollup late")
    assert [len(entry["rows"]) for _, entry in said] == [1, 1], "a row and its entry are one commit"
    sql(path, "UPDATE rollup SET day = hours WHERE began = ?", LAST)
    assert not (await asyncio.to_thread(looked_at, path)).ok


async def test_a_late_result_that_was_rewritten_before_a_kill_is_not_entered_again(
    path: Path,
) -> None:
    for _ in range(60):
        async with living(path, raw_s=KEPT) as store:
            if not entries(path, "rollup late"):
                await store.commit(LATE)
            for _ in range(9):
                await store.maintain(END + HOUR, UTC)
        assert (await asyncio.to_thread(looked_at, path)).findings == ()
        if count(path, "ingest") == 0:
            break
    assert len(entries(path, "rollup late")) == 2
    async with living(path, raw_s=KEPT) as store:
        await store.commit(Batch(results=(result(id=9003, at=LAST + 7 * HOUR),)))
        await tend(store, END + 2 * HOUR)
    assert len(entries(path, "rollup late")) == 3
    assert (await asyncio.to_thread(looked_at, path)).findings == ()


async def test_once_their_results_are_gone_rewritten_rollups_are_bound_too(path: Path) -> None:
    async with with_late_results(path) as store:
        await tend(store, END + HOUR)
        await tend(store, END + 5 * HOUR)
    assert (count(path, "chunk"), (await asyncio.to_thread(looked_at, path)).findings) == (0, ())
    seq, _ = entries(path, "rollup late")[-1]
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    sql(path, "UPDATE rollup SET day = hours WHERE began = ? AND check_key = 2", LAST)
    (one,) = (await asyncio.to_thread(looked_at, path)).findings
    assert one.kind == "rollup"
    assert one.text.startswith(f"check {_name(path, 2)}: the rollup of {RAW} (hours and days) is")
    assert one.entry in {number for number, _ in entries(path, "rollup late")}
    sql(copy, "DELETE FROM rollup WHERE began = ? AND check_key = 2", LAST)
    (one,) = (await asyncio.to_thread(looked_at, copy)).findings
    assert one.entry in {seq, seq - 1}


def _name(path: Path, key: int) -> str:
    return str(sql(path, "SELECT id FROM checks WHERE key = ?", key)[0][0])


async def test_a_late_result_does_not_hide_that_a_rollup_had_been_edited(path: Path) -> None:
    """Of its own check and of another: what it found there is entered beside what it made."""
    async with with_late_results(path) as store:
        falsified(path, "web", "day")
        await tend(store, END + HOUR)
    (one,) = (await asyncio.to_thread(looked_at, path)).findings
    assert f"the rollups of {RAW} (hours and days) are not those of entry" in one.text
    async with living(path, raw_s=KEPT) as store:
        falsified(path, "db", "hours")
        late = result("db", id=9004, at=LAST + 7 * HOUR)
        await store.commit(Batch(results=(late,)))
        await tend(store, END + 2 * HOUR)
    texts = [one.text for one in (await asyncio.to_thread(looked_at, path)).findings]
    assert any("check db: entry" in text and "rewrote another rollup" in text for text in texts)


async def test_what_a_killed_start_left_of_another_day_is_not_taken_for_a_rollup(
    tmp_path: Path,
) -> None:
    """In between the configuration got another zone: another day begins there."""
    path = tmp_path / "siaga.db"
    async with living(path) as store:
        await store.commit(Batch(results=tuple(some_results(LAST, DAY))))
        with (
            mock.patch.object(rollup_proof, "settle", side_effect=OSError("killed")),
            pytest.raises(StoreBroken),
        ):
            await tend(store, END)
        sql(
            path, "INSERT INTO rollup (began, check_key, day, hours) VALUES (?, 77, x'', x'')", LAST
        )
        assert count(path, "rollup") == 3
        await tend(store, END)
    assert count(path, "rollup") == 2
    assert (await asyncio.to_thread(looked_at, path)).findings == ()


async def test_no_slice_between_results_and_hours_shows_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "siaga.db"
    async with living(path, raw_s=KEPT) as store:
        await store.commit(Batch(results=tuple(some_results(LAST - DAY, 2 * DAY))))
        for now in (END, END + 3 * HOUR, END + 100 * DAY):
            while await store.maintain(now, UTC):
                assert (await asyncio.to_thread(looked_at, path)).findings == ()
    assert [finest for (finest,) in sql(path, "SELECT finest FROM rolled")] == ["hour", "hour"]
