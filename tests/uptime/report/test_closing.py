"""A month is closed once, corrected beside itself, and changed by nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from tests.uptime.report.test_gather import DOWNS
from tests.uptime.report.world import MINUTE, ZONE, Down, World, at
from tests.uptime.store.helpers import sql, url
from uptime.config import load
from uptime.core.model import Batch, Condition, Status, Transition
from uptime.core.statements import entry, of_transition
from uptime.report import apart as apart_module
from uptime.report.apart import made_apart
from uptime.report.closing import AFTER, Reports, due, last_over
from uptime.report.closing import made as made_here
from uptime.report.forms import found, made
from uptime.report.kept import report_of
from uptime.report.model import Change, Report
from uptime.store import Store
from uptime.store.history import History
from uptime.store.ledger_verify import audit
from uptime.store.reports import Closed
from uptime.store.values import Audit, Kept

T = TypeVar("T")
NOW = at("2026-11-04 12:00")


def close(file: Path, now: int = NOW, month: str = "2026-10", reason: str | None = None) -> Kept:
    config = load(file, {})
    store = Store.open(config.siaga.database, clock=lambda: now)
    try:
        reports = Reports(store, lambda: config)
        return asyncio.run(reports.close(month, now, "budi", reason))
    finally:
        store.close()


def tended(file: Path, *instants: int) -> list[tuple[str, int]]:
    """Months and revisions that are closed after a daemon looked at these instants."""
    config = load(file, {})
    store = Store.open(config.siaga.database, clock=lambda: instants[0])

    async def look() -> None:
        reports = Reports(store, lambda: config)
        for now in instants:
            await reports.tend(now)

    try:
        asyncio.run(look())
    finally:
        store.close()
    with History.open(config.siaga.database) as history:
        return [(kept.month, kept.revision) for kept in history.reports()]


def report(file: Path, revision: int | None = None, now: int = NOW) -> Report:
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        return found(config, history, "2026-10", now, revision)


def checked(file: Path) -> Audit:
    with History.open(load(file, {}).siaga.database) as history:
        return audit(history)


def add(file: Path, *batches: Batch) -> None:
    store = Store.open(url(file.with_name("siaga.db")), clock=lambda: NOW)
    try:
        for batch in batches:
            store._writer.commit(batch).result()
    finally:
        store.close()


LATE = tuple(
    Transition(
        "web", at(when), old, new, Status(old.value), Status(new.value), at(when),
        bound=at(when) - MINUTE,
    )
    for when, old, new in (
        ("2026-10-25 10:00", Condition.UP, Condition.DOWN),
        ("2026-10-25 11:00", Condition.DOWN, Condition.UP),
    )
)  # fmt: skip


def outage_that_comes_late(file: Path) -> None:
    add(file, Batch(transitions=LATE, entries=tuple(of_transition(t, None) for t in LATE)))


def test_a_closed_month_is_in_the_ledger(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    before = report(file)
    kept = close(file)
    ((entry,),) = sql(tmp_path / "siaga.db", "SELECT entry FROM ledger WHERE seq = ?", kept.seq)
    assert json.loads(entry) == {
        "type": "report", "at": NOW, "month": "2026-10", "revision": 1, "by": "budi",
        "hash": kept.hash, "head": before.book.head,
    }  # fmt: skip
    assert checked(file).findings == ()
    assert checked(file).count == before.book.entries + 1


def test_what_comes_late_never_changes_a_closed_month(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    close(file)
    forms = ("pdf", "html", "csv", "xlsx", "json")
    first = [made(report(file), "id", form) for form in forms]
    outage_that_comes_late(file)
    later = at("2026-11-20 00:00")
    (standing,) = [each for each in World(DOWNS).incidents() if each.id == 2]
    said = entry("cause", later, incident="INC-2", by="budi", cause="listrik")
    cause = replace(standing, cause="listrik", cause_by="budi", cause_at=later)
    add(file, Batch(incidents=(cause,), entries=(said,), life=later))
    assert [made(report(file, now=later), "id", form) for form in forms] == first
    assert checked(file).findings == ()


def test_a_correction_is_a_second_revision_that_says_what_differs(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    close(file)
    first = report(file)
    outage_that_comes_late(file)
    assert close(file, reason="gangguan 25 Oktober belum tercatat").revision == 2
    second = report(file)
    assert second.closing is not None
    assert second.closing.reason == "gangguan 25 Oktober belum tercatat"
    assert second.closing.changes == (
        Change("Portal kabupaten", "down", 280 * MINUTE, 340 * MINUTE),
        Change("Portal kabupaten", "outages", 2, 3),
        Change("", "cause", 110 * MINUTE, 170 * MINUTE),
    )
    assert report(file, 1) == first
    assert report(file, 2) == second
    assert checked(file).findings == ()


@pytest.mark.parametrize(
    ("month", "now", "problem"),
    [
        ("2026-11", NOW, "2026-11 is not over; fix: close it when it is"),
        ("2026-10", NOW, "is closed, revision 1; fix: give the reason for another one: --reason"),
        ("2026-1x", NOW, "is no month"),
    ],
)
def test_what_cannot_be_closed_says_why(tmp_path: Path, month: str, now: int, problem: str) -> None:
    file = World(DOWNS).record(tmp_path)
    close(file)
    with pytest.raises(ValueError, match=problem):
        close(file, now, month)


def test_a_revision_that_is_not_there_is_not_printed(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    with pytest.raises(ValueError, match="no revision 1; fix: one of those there are: none: the"):
        report(file, 1)
    close(file)
    with pytest.raises(ValueError, match="no revision 3; fix: one of those there are: 1"):
        report(file, 3)


def test_months_close_by_themselves_72_hours_after_their_end(tmp_path: Path) -> None:
    file = World(DOWNS, since="2026-09-10 00:00").record(tmp_path)
    end = at("2026-11-01 00:00")
    assert tended(file, end + AFTER - 1) == [("2026-09", 1)]
    assert tended(file, end + AFTER) == [("2026-09", 1), ("2026-10", 1)]
    assert tended(file, end + 2 * AFTER) == [("2026-09", 1), ("2026-10", 1)]


def test_a_daemon_that_goes_on_looks_again(tmp_path: Path) -> None:
    file = World(since="2026-10-10 00:00").record(tmp_path)
    end = at("2026-11-01 00:00")
    soon = (end + AFTER - 1, end + AFTER)
    assert tended(file, *soon) == []  # just looked
    assert tended(file, end + AFTER - 1, end + AFTER + 600_000) == [("2026-10", 1)]
    # A clock that was set back is no reason to wait for it.
    other = World(since="2026-10-10 00:00").record(tmp_path_of(tmp_path))
    assert tended(other, end, end - 1, end + AFTER) == [("2026-10", 1)]


def tmp_path_of(path: Path) -> Path:
    (path / "other").mkdir()
    return path / "other"


def test_a_month_that_was_corrected_is_not_closed_again(tmp_path: Path) -> None:
    file = World(DOWNS, since="2026-10-05 00:00").record(tmp_path)
    close(file)
    close(file, reason="x")
    assert tended(file, NOW + AFTER) == [("2026-10", 1), ("2026-10", 2)]


def test_nothing_is_due_without_a_record(tmp_path: Path) -> None:
    Store.open(url(tmp_path / "siaga.db"), clock=lambda: NOW).close()
    with History.open(url(tmp_path / "siaga.db")) as history:
        assert due(history, NOW, ZONE) == []


class Slow:
    """A store whose reports are kept only once two of them are made."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.close_report = store.close_report
        self._both = threading.Barrier(2)

    async def ask(self, work: Callable[[History], T]) -> T:
        def wait(history: History) -> T:
            made = work(history)
            self._both.wait(30)
            return made

        return await self.store.ask(wait)


def test_two_who_close_at_once_make_one_revision(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    config = load(file, {})
    store = Store.open(config.siaga.database, clock=lambda: NOW)
    slow = Slow(store)

    async def both() -> list[Kept | BaseException]:
        return await asyncio.gather(
            *(
                Reports(slow, lambda: config).close("2026-10", NOW, who, None)
                for who in ("budi", "sari")
            ),
            return_exceptions=True,
        )

    try:
        results = asyncio.run(both())
    finally:
        store.close()
    assert sorted(type(each).__name__ for each in results) == ["Kept", "ValueError"]
    assert "was closed meanwhile" in str(results)
    assert checked(file).findings == ()


def test_the_last_month_that_is_over_is_meant_without_a_name() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    assert last_over(at("2026-11-01 00:00"), zone) == "2026-10"
    assert last_over(at("2026-10-31 23:59"), zone) == "2026-09"
    assert last_over(at("2027-01-15 00:00"), zone) == "2026-12"


def test_the_trend_shows_what_was_closed(tmp_path: Path) -> None:
    file = World((Down("web", "2026-09-10 10:00", 300), *DOWNS[1:])).record(tmp_path)
    close(file, month="2026-09")
    late = tuple(
        replace(t, at=t.at - 40 * 86_400_000, began=t.began - 40 * 86_400_000, bound=None)
        for t in LATE
    )
    add(file, Batch(transitions=late, entries=tuple(of_transition(t, None) for t in late)))
    september = report(file).trend[-2]
    assert (september.month, september.closed) == ("2026-09", True)
    assert september.ledger.down == 300 * MINUTE
    (web,) = [row for row in report(file).rows if row.id == "web"]
    assert web.before is not None
    assert web.before.down == 300 * MINUTE


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE report SET text = replace(text, '\"outages\":2', '\"outages\":1')",
            "the report of 2026-10, revision 1, is not what was closed in entry",
        ),
        ("UPDATE report SET revision = 2", "revision 2, is not the one of entry"),
        ("UPDATE report SET text = x'00'", "is not what was closed in entry"),
        ("DELETE FROM report", "the report of 2026-10, revision 1, of entry"),
        ("UPDATE report SET seq = 999", "revision 1, is in no entry"),
        (
            "INSERT INTO report SELECT 999, month, 2, at, text FROM report",
            "the report of 2026-10, revision 2, is in no entry",
        ),
    ],
)
def test_whoever_alters_a_kept_report_is_found_out(
    tmp_path: Path, statement: str, problem: str
) -> None:
    file = World(DOWNS).record(tmp_path)
    close(file)
    assert checked(file).ok
    sql(tmp_path / "siaga.db", statement)
    found = checked(file)
    assert found.findings[0].kind == "report"
    assert any(problem in one.text for one in found.findings)


def test_a_report_that_was_tampered_with_stands_in_no_later_ones_way(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    close(file, month="2026-09")
    sql(tmp_path / "siaga.db", "UPDATE report SET text = '{}'")
    assert report(file).trend[-2].closed is False


def test_the_kept_text_is_the_report(tmp_path: Path) -> None:
    kept = close(World(DOWNS).record(tmp_path))
    assert report_of(kept.text).revision == 1


# ---- by a process of its own ----


def apart(file: Path, reason: str | None = None, month: str = "2026-10") -> Closed:
    config = load(file, {})
    return asyncio.run(made_apart(config, month, NOW, "budi", reason))


def test_a_process_of_its_own_makes_the_same_report(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    config = load(file, {})
    with History.open(config.siaga.database) as history:
        here = made_here(config, history, "2026-10", NOW, "budi", None)
    assert apart(file) == here


def test_what_it_refuses_is_said_here(tmp_path: Path) -> None:
    file = World(DOWNS).record(tmp_path)
    with pytest.raises(ValueError, match="2026-11 is not over"):
        apart(file, month="2026-11")
    config = load(file, {})
    file.write_text(file.read_text().replace("99.5", "99.9"))
    with pytest.raises(ValueError, match="is not the configuration in force; fix: make the daemon"):
        asyncio.run(made_apart(config, "2026-10", NOW, "budi", None))
    file.write_text("[siaga")
    with pytest.raises(ValueError, match=r"checks\.toml:1"):
        asyncio.run(made_apart(config, "2026-10", NOW, "budi", None))


def test_a_process_that_dies_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = World(DOWNS).record(tmp_path)
    (tmp_path / "uptime.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="could not be made; the log of the daemon has it"):
        apart(file)


async def test_one_that_nobody_waits_for_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def sleeper() -> subprocess.Popen[bytes]:
        code = "import sys, time; sys.stdin.close(); time.sleep(600)"
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        return started[0]

    monkeypatch.setattr(apart_module, "_start", sleeper)
    file = await asyncio.to_thread(World().record, tmp_path)
    config = await asyncio.to_thread(load, file, {})
    task = asyncio.create_task(made_apart(config, "2026-10", NOW, "budi", None))
    while not started:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await asyncio.to_thread(started[0].wait, 30) == -signal.SIGKILL


def test_a_month_that_cannot_be_closed_now_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = World(DOWNS, since="2026-10-05 00:00").record(tmp_path)
    config = load(file, {})
    store = Store.open(config.siaga.database, clock=lambda: NOW)

    async def refused(*_: object) -> Closed:
        raise ValueError("not now")

    async def twice() -> None:
        later = at("2026-11-05 00:00")
        await Reports(store, lambda: config, refused).tend(later)
        await Reports(store, lambda: config).tend(later)

    try:
        asyncio.run(twice())
    finally:
        store.close()
    assert "2026-10 is not closed yet: not now" in caplog.text
    assert report(file).revision == 1
