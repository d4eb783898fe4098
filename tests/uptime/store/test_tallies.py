"""Sums that are kept in spans give what the time ledger gives, which looks at every span."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uptime.store.helpers import open_store, url
from uptime.availability import Tally
from uptime.core.counted import counted
from uptime.core.model import Batch, Condition, Span, Status, Transition
from uptime.core.sla import account, added_up
from uptime.core.sums import summed
from uptime.core.timeline import timeline
from uptime.store import migrate, queries, rows
from uptime.store.accept import accept
from uptime.store.batches import Book
from uptime.store.history import History

END = 60
_EMPTY = sqlite3.connect(":memory:")
_EMPTY.executescript(migrate.SCHEMA.read_text())
INSTANT = st.integers(-10, END + 10)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Disjoint, in order, no two neighbours alike, the last perhaps open."""
    cuts = sorted(draw(st.sets(INSTANT, min_size=1, max_size=9)))
    kinds = st.tuples(st.sampled_from(Condition), st.booleans())
    found: list[Span] = []
    for began, ended in [*pairwise(cuts), (cuts[-1], None)]:
        condition, known = draw(kinds)
        last = found[-1] if found else Span(-99, -99, Condition.NONE, known)
        alike = (last.ended, last.condition, last.known) == (began, condition, known)
        if not alike and draw(st.integers(0, 4)) > 0:
            found.append(Span(began, ended, condition, known))
    return found


WATCHED = st.lists(
    st.tuples(INSTANT, st.none() | INSTANT).filter(lambda i: i[1] is None or i[0] <= i[1]),
    max_size=3,
    unique_by=lambda i: i[0],
)


def overlap(watched: Iterable[tuple[int, int | None]]) -> bool:
    ordered = sorted(watched)
    return any(a[1] is None or a[1] > b[0] for a, b in pairwise(ordered))


@settings(max_examples=500)
@given(spans(), WATCHED, INSTANT, INSTANT, INSTANT)
def test_a_tally_is_the_time_ledger(
    course: list[Span],
    watched: list[tuple[int, int | None]],
    start: int,
    end: int,
    until: int,
) -> None:
    start, end = min(start, end), max(start, end)
    with closing(made()) as db:
        db.execute("INSERT INTO checks (key, id, first) VALUES (1, 'web', 0)")
        write(db, course)
        db.executemany("INSERT INTO monitored VALUES (1, ?, ?)", watched)
        found = queries.tallies(db, ["web", "nobody"], (start, end), until)
        record = queries.records(db, {1: "web"}, start, end)["web"]
    within = [(a, b) for a, b in watched if a < end and (b is None or b > start) and a != b]
    if start < end and start < until and within and not overlap(within):
        assert found.keys() == {"web"}
    assert found.keys() <= {"web"}
    expected = Tally(
        account((start, end), record.spans, record.monitored, until=until),
        counted((start, end), ()).outages(record.spans, until),
    )
    if "web" in found:
        assert found["web"] == expected


EVENT = st.tuples(
    st.sampled_from(Condition), st.sampled_from(Condition), INSTANT, st.none() | INSTANT,
    st.none() | INSTANT,
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(EVENT, max_size=12), INSTANT, INSTANT)
def test_changes_however_late_leave_sums_that_give_the_time_ledger(
    events: list[tuple[Condition, Condition, int, int | None, int | None]], start: int, end: int
) -> None:
    window, until = (min(start, end), max(start, end)), END + 20
    with closing(made()) as db:
        book = Book(db)
        accept(book, {"web": None}, -10)
        for old, new, began, unknown_from, unknown_until in events:
            unknown = None if unknown_from is None else (unknown_from, unknown_until)
            change = Transition("web", END, old, new, Status.UP, Status.UP, began, unknown=unknown)
            book.apply(Batch(transitions=(change,)))
        found = db.execute("SELECT * FROM span ORDER BY began").fetchall()
        record = [rows.to_span(row) for row in found]
        assert [rows.to_summed(row) for row in found] == list(summed(None, record))
        tallies = queries.tallies(db, ["web"], window, until)
    ledger = account(window, record, [(-10, None)], until=until)
    count = counted(window, ()).outages(record, until)
    assert tallies == ({} if start == end else {"web": Tally(ledger, count)})


@dataclass(frozen=True)
class Over:
    held: list[tuple[int, int | None]]
    hours: list[tuple[int, int | None]] | None


@settings(max_examples=500)
@given(spans(), WATCHED, INSTANT, INSTANT, INSTANT, WATCHED, st.none() | WATCHED)
def test_what_is_laid_over_a_check_is_left_out_as_in_its_time_line(
    course: list[Span],
    watched: list[tuple[int, int | None]],
    start: int,
    end: int,
    until: int,
    held: list[tuple[int, int | None]],
    hours: list[tuple[int, int | None]] | None,
) -> None:
    window = min(start, end), max(start, end)
    laid = {"web": Over(held, hours)}
    with closing(made()) as db:
        db.execute("INSERT INTO checks (key, id, first) VALUES (1, 'web', 0)")
        write(db, course)
        db.executemany("INSERT INTO monitored VALUES (1, ?, ?)", watched)
        found = queries.counted(db, {1: "web"}, laid, window, until)["web"]
        record = queries.records(db, {1: "web"}, *window)["web"]
    line = timeline(
        window, record.spans, record.monitored, until=until, maintenance=held, hours=hours
    )
    assert replace(found.ledger, outside=0) == added_up(line)
    assert found.outages == counted(window, (), held, hours).outages(record.spans, until)


def made() -> sqlite3.Connection:
    """An empty database, copied as that is faster than making one."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    _EMPTY.backup(db)
    return db


def write(db: sqlite3.Connection, course: list[Span]) -> None:
    made = [rows.from_span(1, each) for each in summed(None, course)]
    db.executemany(f"INSERT INTO span VALUES ({', '.join('?' * 10)})", made)


def test_a_check_that_was_watched_all_the_time_is_added_up(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO checks (key, id, first) VALUES (1, 'web', 0)")
        db.execute("INSERT INTO monitored VALUES (1, 10, NULL)")
        course = [(10, 30, Condition.UP), (30, 42, Condition.DOWN), (42, None, Condition.UP)]
        write(db, [Span(*each, True) for each in course])
        db.commit()
    with History.open(url(path)) as history:
        tally = history.tallies(["web"], (0, 50), 48)["web"]
    ledger = tally.ledger
    assert (ledger.up, ledger.down, ledger.unknown, ledger.unmonitored) == (26, 12, 2, 10)
    assert tally.outages == 1
