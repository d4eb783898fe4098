"""Compaction, retention and giving space back, as a plan of short slices.

Once an hour is over and its stragglers are in, its rows leave the ingest table and become one
chunk a check. Reading and packing is a reader's work; the writer only inserts what is packed
and deletes what is in chunks. First all chunks, then the rows: whoever reads in between, or
starts again after a kill in between, finds a result in both and counts it once, by its id.
(Deleting check by check in the same commits would rewrite every page of the ingest table once
a slice.) A late result goes the same way an hour later and rewrites its one chunk.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from uptime.core.statements import entry
from uptime.store import chunks
from uptime.store.ballast import Ballast
from uptime.store.batches import Book
from uptime.store.chunks import HOUR_MS
from uptime.store.heads_day import GRACE_MS
from uptime.store.ingest import Row

log = logging.getLogger(__name__)

READ_ROWS = 30_000
# More are sorted before they are packed, for 130 bytes of temporary file a result: looking through
# all of them for each portion would cost 40 us a result at 5,000 results a second, 4 at 500.
SORT_ROWS = 64 * READ_ROWS
CHUNKS = 200
DELETE_ROWS = 20_000
VACUUM_PAGES = 512
_KEPT_FREE = 2_000  # pages the next hour will want again
_ANSWERS_KEPT_MS = 86_400_000


class Read(NamedTuple):
    """On a reading connection."""

    work: Callable[[sqlite3.Connection], Any]


class Write(NamedTuple):
    """A transaction of the writer."""

    work: Callable[[Book], Any]


class Outside(NamedTuple):
    """On the writer's connection, outside of a transaction."""

    work: Callable[[Book], Any]


Slice = Read | Write | Outside
Plan = Generator[Slice, Any, None]
_Packed = tuple[int, int, int, bytes]
_Rows = Callable[[sqlite3.Connection, tuple[int, int]], list[Any]]
_PACKED = "check_key, id, at, code, duration, latency, loss, phase_set, phases, detail"


class Upkeep:
    """What is due; one plan at a time, nothing between two hours but the ballast."""

    def __init__(self, raw_ms: int, ballast: Ballast) -> None:
        self._raw_ms = raw_ms
        self._ballast = ballast
        self._done_until = 0
        self._announced = 0

    def plan(self, now: int) -> Plan:
        yield Outside(lambda _: self._ballast.restore())
        until = (now - GRACE_MS) // HOUR_MS * HOUR_MS
        if until == self._done_until:
            return
        yield from _compact(until)
        first_hour = (now - self._raw_ms) // HOUR_MS
        yield Write(partial(self._announce, first_hour=first_hour, now=now))
        yield from _retain(first_hour)
        yield Write(partial(_forget_answers, before=now - _ANSWERS_KEPT_MS))
        yield from _give_back()
        self._done_until = until

    def _announce(self, book: Book, first_hour: int, now: int) -> None:
        """Before results go the ledger says so, a day ahead and so once a day: whoever finds
        them missing is to know that it was not by hand.
        """
        until = (first_hour // 24 + 1) * 24 * HOUR_MS
        if (
            until != self._announced
            and book.db.execute(
                "SELECT 1 FROM chunk WHERE hour < ? LIMIT 1", (first_hour,)
            ).fetchone()
        ):
            book.enter([entry("retention", now, until=until)])
            self._announced = until


def _compact(until: int) -> Plan:
    """Rows dated before `until` become chunks."""
    last, counts = yield Read(partial(_due, until=until))
    in_order = False
    if sum(count for _, count in counts) > SORT_ROWS:
        in_order = yield Read(partial(_sort, until=until, last=last))
    fetch = _of_sorted if in_order else partial(_of_ingest, until=until, last=last)
    for keys in _portions(counts):
        packed = yield Read(partial(_pack, keys=keys, fetch=fetch))
        for start in range(0, len(packed), CHUNKS):
            yield Write(partial(_store, packed=packed[start : start + CHUNKS]))
    if in_order:
        yield Read(_forget_sorted)
    if counts:
        first = yield Read(_first)
        for start in range(first, last + 1, DELETE_ROWS):
            end = min(start + DELETE_ROWS - 1, last)
            yield Write(partial(_delete, until=until, first=start, last=end))


def _first(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT min(seq) FROM ingest").fetchone()[0])


def _due(db: sqlite3.Connection, until: int) -> tuple[int, list[tuple[int, int]]]:
    """The last row to look at, and how many are due of each check."""
    last = db.execute("SELECT max(seq) FROM ingest").fetchone()[0] or 0
    counts = db.execute(
        "SELECT check_key, count(*) FROM ingest WHERE at < ? AND seq <= ?"
        " GROUP BY check_key ORDER BY check_key",
        (until, last),
    ).fetchall()
    return last, counts


def _portions(counts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges of checks with no more rows than fit in memory without being noticed."""
    first, rows = None, 0
    for index, (key, count) in enumerate(counts):
        first = key if first is None else first
        rows += count
        if index + 1 == len(counts) or rows + counts[index + 1][1] > READ_ROWS:
            yield first, key
            first, rows = None, 0


def _sort(db: sqlite3.Connection, until: int, last: int) -> bool:
    """Rows that are due, into a temporary database in the order of checks, so that they are
    looked through once and not once a portion. False if there is no room for it.
    """
    _forget_sorted(db)
    db.execute("PRAGMA query_only = OFF")
    try:
        db.execute("ATTACH '' AS sorted")
        # One whole number as the key: the only kind of table that is filled without rewriting.
        db.execute(f"CREATE TABLE sorted.due (place INTEGER PRIMARY KEY, {_PACKED})")
        db.execute(
            f"INSERT INTO due SELECT check_key << 40 | seq AS place, {_PACKED} FROM ingest"  # noqa: S608
            " WHERE at < ? AND seq <= ? ORDER BY place",
            (until, last),
        )
    except sqlite3.OperationalError as error:
        log.warning("results are packed the slow way, without a temporary file: %s", error)
        _forget_sorted(db)
        return False
    finally:
        db.execute("PRAGMA query_only = ON")
    return True


def _forget_sorted(db: sqlite3.Connection) -> None:
    """The file goes with the database; dropping a table would write all of it once more."""
    if any(name == "sorted" for _, name, _ in db.execute("PRAGMA database_list")):
        db.execute("DETACH sorted")


def _of_sorted(db: sqlite3.Connection, keys: tuple[int, int]) -> list[Any]:
    return db.execute(
        f"SELECT {_PACKED} FROM sorted.due WHERE place BETWEEN ? << 40 AND ((? + 1) << 40) - 1",  # noqa: S608
        keys,
    ).fetchall()


def _of_ingest(db: sqlite3.Connection, keys: tuple[int, int], until: int, last: int) -> list[Any]:
    return db.execute(
        f"SELECT {_PACKED} FROM ingest WHERE at < ? AND seq <= ? AND check_key BETWEEN ? AND ?",  # noqa: S608
        (until, last, *keys),
    ).fetchall()


def _pack(db: sqlite3.Connection, keys: tuple[int, int], fetch: _Rows) -> list[_Packed]:
    """Chunks of a range of checks, with what their chunks held already."""
    found = fetch(db, keys)
    found.sort(key=_place)
    packed = []
    for (key, hour), group in groupby(found, _place):
        rows = [Row._make(row[1:]) for row in group]
        old = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if old is not None:
            rows = [*chunks.unpack(old[0]), *rows]
        packed.append((hour, key, len({row.id for row in rows}), chunks.pack(rows)))
    packed.sort(key=lambda chunk: chunk[:2])
    return packed


def _place(row: tuple[Any, ...]) -> tuple[int, int]:
    return row[0], row[2] // HOUR_MS


def _store(book: Book, packed: Sequence[_Packed]) -> None:
    book.db.executemany(
        "INSERT INTO chunk (hour, check_key, count, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hour, check_key)"
        " DO UPDATE SET count = excluded.count, data = excluded.data",
        packed,
    )


def _delete(book: Book, until: int, first: int, last: int) -> None:
    book.db.execute("DELETE FROM ingest WHERE seq BETWEEN ? AND ? AND at < ?", (first, last, until))


def _retain(first_hour: int) -> Plan:
    """Raw results from before `first_hour` go, and what facts were before them."""
    deleted = CHUNKS
    while deleted == CHUNKS:
        deleted = yield Write(partial(_drop_chunks, first_hour=first_hour))
    last_key = yield Read(_last_key)
    for key in range(1, last_key + 1, CHUNKS):
        yield Write(partial(_drop_facts, before=first_hour * HOUR_MS, key=key))


def _last_key(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(key), 0) FROM checks").fetchone()[0])


def _drop_chunks(book: Book, first_hour: int) -> int:
    return book.db.execute(
        "DELETE FROM chunk WHERE seq IN"
        " (SELECT seq FROM chunk WHERE hour < ? ORDER BY hour LIMIT ?)",
        (first_hour, CHUNKS),
    ).rowcount


def _drop_facts(book: Book, before: int, key: int) -> None:
    """What had been replaced by `before`; what still held then stays."""
    book.db.execute(
        "DELETE FROM fact WHERE check_key BETWEEN ? AND ? AND since < ? AND EXISTS"
        " (SELECT 1 FROM fact AS newer WHERE newer.check_key = fact.check_key"
        " AND newer.name = fact.name AND newer.since > fact.since AND newer.since <= ?)",
        (key, key + CHUNKS - 1, before, before),
    )


def _forget_answers(book: Book, before: int) -> None:
    book.db.execute("DELETE FROM idempotency WHERE at < ?", (before,))


def _give_back() -> Plan:
    """Free pages beyond what the next hour needs return to the file system."""
    spare = yield Read(_spare_pages)
    while spare > 0:
        yield Outside(_vacuum)
        left = yield Read(_spare_pages)
        if left >= spare:
            break
        spare = left
    yield Outside(_checkpoint)


def _vacuum(book: Book) -> None:
    # A row a page without a column: only executescript steps through all of them.
    book.db.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")


def _checkpoint(book: Book) -> None:
    book.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _spare_pages(db: sqlite3.Connection) -> int:
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    return int(free) - max(_KEPT_FREE, int(pages) // 4)
