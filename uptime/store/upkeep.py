"""Compaction, rollups, retention and giving space back, as a plan of short slices.

Once an hour is over and its stragglers are in, its rows leave the ingest table and become one
chunk a check. Reading and packing is a reader's work; the writer only inserts what is packed
and deletes what is in chunks. First all chunks, then the rows: whoever reads in between, or
starts again after a kill in between, finds a result in both and counts it once, by its id.
(Deleting check by check in the same commits would rewrite every page of the ingest table once
a slice. At the end it still rewrites every page once, a quarter of all that is written: so a table
of the usual size is emptied instead, and what stays is put back.) A late result goes the same way
an hour later, rewrites its one chunk and, where the day is rolled up, what is left of it, before
its row goes: so that a kill in between leaves the row behind, and all is done again.

A local day that is over is rolled up once, of its chunks. Single results go by such days: the
minutes are made of them, then the day is said not to be read from them any more, then they are
deleted. Minutes go the same way `MINUTES_KEPT_MS` after the day. Each step can be done again.
What is left of a day is hashed in the ledger in the commit that says so (rollup_proof.py).
"""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, NamedTuple

from uptime.core.intervals import Closed
from uptime.core.statements import entry
from uptime.store import chunks, own_states, rollup_proof, rollups
from uptime.store.ballast import Ballast
from uptime.store.batches import Book
from uptime.store.chunks import HOUR_MS
from uptime.store.heads_day import GRACE_MS
from uptime.store.rollup_proof import Digest

log = logging.getLogger(__name__)

READ_ROWS = 30_000
# More are sorted before they are packed, for 130 bytes of temporary file a result: looking through
# all of them for each portion would cost 40 us a result at 5,000 results a second, 4 at 500.
SORT_ROWS = 64 * READ_ROWS
CHUNKS = 200
DELETE_ROWS = 20_000
# As many of this hour may be written anew, so that the table is emptied as a whole: that rewrites
# none of its pages, where deleting rewrites each. 30 ms for both on the slowest machine measured.
STAY_ROWS = 15_000
GO_ROWS = 200_000
VACUUM_PAGES = 512
ROLL_CHECKS = 2  # days of as many checks are unpacked at a time
ROLL_ROWS = 20  # of five kilobytes where they are minutes
MINUTES_KEPT_MS = 100 * 86_400_000  # a quarter, and the time to dispute its last month
OWN_KEPT_MS = 400 * 86_400_000  # how the monitor fared: a year, and the time to ask about it
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
_Making = Generator[Slice, Any, Digest]
_Packed = tuple[int, int, int, bytes]
_Rows = Callable[[sqlite3.Connection, tuple[int, int]], list[Any]]
_PACKED = "check_key, id, at, code, duration, latency, loss, phase_set, phases, detail"


class Upkeep:
    """What is due; one plan at a time, nothing between two hours but the ballast."""

    def __init__(self, raw_ms: int, ballast: Ballast) -> None:
        self._raw_ms = raw_ms
        self._ballast = ballast
        self._done_until = 0

    def plan(self, now: int, zone: tzinfo = UTC) -> Plan:
        """`zone` says what a day is."""
        yield Outside(lambda _: self._ballast.restore())
        until = (now - GRACE_MS) // HOUR_MS * HOUR_MS
        if until == self._done_until:
            return
        yield from _compact(until, now)
        for stretch in (yield Read(partial(rollups.due, until=until, zone=zone))):
            keys = yield Read(partial(rollups.checks, stretch=stretch))
            # Left by a start that was killed, and meant another day by the same beginning.
            yield from _until_few(partial(_drop_rollups, began=stretch[0]))
            made = yield from _roll(stretch, keys)
            yield _settle(stretch, rollups.RAW, made, now)
        yield from self._retain(now)
        yield Write(partial(_forget_answers, before=now - _ANSWERS_KEPT_MS))
        yield from _give_back()
        self._done_until = until

    def _retain(self, now: int) -> Plan:
        """Single results of days that ended `raw` ago go, and what facts were before them."""
        before = now - self._raw_ms
        old = yield Read(partial(_settled, finest=rollups.RAW, before=before))
        if old:
            yield Write(partial(_announce, until=old[-1][1], now=now))
        for stretch in old:
            if stretch[1] <= now - MINUTES_KEPT_MS:
                yield _settle(stretch, rollups.HOUR, None, now)
                continue
            keys = yield Read(partial(rollups.checks, stretch=stretch))
            minutes_made = yield from _roll_minutes(stretch, keys)
            yield _settle(stretch, rollups.MINUTE, minutes_made, now)
        for hours in (yield Read(_hours_to_drop)):
            yield from _until_few(partial(_drop_chunks, hours=hours))
        minutes = partial(_settled, finest=rollups.MINUTE, before=now - MINUTES_KEPT_MS)
        for stretch in (yield Read(minutes)):
            yield _settle(stretch, rollups.HOUR, None, now)
        yield from _until_few(_drop_minutes)
        last_key = yield Read(_last_key)
        for key in range(1, last_key + 1, CHUNKS):
            yield Write(partial(_drop_facts, before=before, key=key))
        yield from _until_few(partial(_drop_own, before=now - OWN_KEPT_MS))


def _announce(book: Book, until: int, now: int) -> None:
    """Before results go the ledger says so: whoever finds them missing is to know that it was
    not by hand.
    """
    book.enter([entry("retention", now, until=until)])


def _compact(until: int, now: int) -> Plan:
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
        for stretch, late in (yield Read(partial(_touched, packed=packed))):
            yield from _roll_again(stretch, late, now)
    if in_order:
        yield Read(_forget_sorted)
    if counts and not (yield Write(partial(_empty, until=until, last=last))):
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
    """Chunks of a range of checks, with what their chunks held already; without what is of a
    day whose single results are gone.
    """
    places: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in _kept(db, fetch(db, keys)):
        places[row[2] // HOUR_MS, row[0]].append(row[1:])
    packed = []
    for (hour, key), rows in sorted(places.items()):
        old = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if old is not None:
            rows[:0] = chunks.unpack(old[0])
        packed.append((hour, key, len({row[0] for row in rows}), chunks.pack(rows)))
    return packed


def _kept(db: sqlite3.Connection, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    if not found:
        return found
    ats = [row[2] for row in found]
    gone = rollups.dropped(rollups.stretches(db, min(ats), max(ats) + 1))
    return [row for row in found if not any(a <= row[2] < b for a, b in gone)] if gone else found


def _store(book: Book, packed: Sequence[_Packed]) -> None:
    book.db.executemany(
        "INSERT INTO chunk (hour, check_key, count, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hour, check_key)"
        " DO UPDATE SET count = excluded.count, data = excluded.data",
        packed,
    )


def _empty(book: Book, until: int, last: int) -> bool:
    """Rows that are due leave all at once; False if there are too many, or too many others."""
    db = book.db
    due = "at < ? AND seq <= ?"
    go, stay = db.execute(
        f"SELECT count(*) FILTER (WHERE {due}), count(*) FROM ingest",  # noqa: S608 - a constant
        (until, last),
    ).fetchone()
    stay -= go
    if go > GO_ROWS or stay > min(STAY_ROWS, go):
        return False
    db.execute(f"CREATE TEMP TABLE stay AS SELECT * FROM ingest WHERE NOT ({due})", (until, last))  # noqa: S608
    db.execute("DELETE FROM ingest")
    db.execute("INSERT INTO ingest SELECT * FROM temp.stay")
    db.execute("DROP TABLE temp.stay")
    return True


def _delete(book: Book, until: int, first: int, last: int) -> None:
    book.db.execute("DELETE FROM ingest WHERE seq BETWEEN ? AND ? AND at < ?", (first, last, until))


def _touched(db: sqlite3.Connection, packed: Sequence[_Packed]) -> list[tuple[Closed, list[int]]]:
    """Days that are rolled up and got a result after that, and of which checks."""
    if not packed:
        return []
    first, last = packed[0][0] * HOUR_MS, (packed[-1][0] + 1) * HOUR_MS
    return [
        ((began, ended), sorted({key for hour, key, *_ in packed
                                 if hour * HOUR_MS < ended and began < (hour + 1) * HOUR_MS}))
        for began, ended, finest in rollups.stretches(db, first, last)
        if finest == rollups.RAW
    ]  # fmt: skip


def _roll(stretch: Closed, keys: Sequence[int]) -> _Making:
    """Hours and day of these checks."""
    return _made(partial(rollups.roll, stretch=stretch), _store_rollups, keys)


def _roll_again(stretch: Closed, keys: Sequence[int], now: int) -> _Making:
    """The same on a day of which the ledger has the hash."""
    rewrite = partial(rollup_proof.rewrite, at=now)
    return _made(partial(rollups.roll, stretch=stretch), rewrite, keys)


def _roll_minutes(stretch: Closed, keys: Sequence[int]) -> _Making:
    return _made(partial(rollups.roll_minutes, stretch=stretch), _store_minutes, keys)


def _made(
    make: Callable[..., list[Any]], store: Callable[..., None], keys: Sequence[int]
) -> _Making:
    """What is made of a few checks at a time, stored a few more at a time; the hash of all."""
    digest = Digest()
    ready: list[Any] = []
    for start in range(0, len(keys), ROLL_CHECKS):
        ready += yield Read(partial(make, keys=keys[start : start + ROLL_CHECKS]))
        if len(ready) >= ROLL_ROWS or start + ROLL_CHECKS >= len(keys):
            yield Write(partial(store, packed=ready))
            digest.add(ready)
            ready = []
    return digest


def _store_rollups(book: Book, packed: Sequence[rollups.Packed]) -> None:
    rollups.store(book.db, packed)


def _store_minutes(book: Book, packed: Sequence[rollups.PackedMinutes]) -> None:
    rollups.store_minutes(book.db, packed)


def _settle(stretch: Closed, finest: str, digest: Digest | None, now: int) -> Write:
    return Write(
        partial(rollup_proof.settle, stretch=stretch, finest=finest, digest=digest, at=now)
    )


def _settled(db: sqlite3.Connection, finest: str, before: int) -> list[Closed]:
    """Days read from there that ended by `before`, oldest first."""
    return db.execute(
        "SELECT began, ended FROM rolled WHERE finest = ? AND ended <= ? ORDER BY began",
        (finest, before),
    ).fetchall()


def _hours_to_drop(db: sqlite3.Connection) -> list[Closed]:
    """Half-open ranges of hours since the epoch that count no more."""
    first, last = db.execute("SELECT min(hour), max(hour) FROM chunk").fetchone()
    if first is None:
        return []
    gone = rollups.dropped(rollups.stretches(db, first * HOUR_MS, (last + 1) * HOUR_MS))
    return [(-(-began // HOUR_MS), ended // HOUR_MS) for began, ended in gone]


def _last_key(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(key), 0) FROM checks").fetchone()[0])


def _drop_chunks(book: Book, hours: Closed) -> int:
    return book.db.execute(
        "DELETE FROM chunk WHERE seq IN"
        " (SELECT seq FROM chunk WHERE hour >= ? AND hour < ? ORDER BY hour LIMIT ?)",
        (*hours, CHUNKS),
    ).rowcount


def _drop_minutes(book: Book) -> int:
    return rollups.drop_minutes(book.db, CHUNKS)


def _drop_rollups(book: Book, began: int) -> int:
    return rollups.drop(book.db, began, CHUNKS)


def _drop_own(book: Book, before: int) -> int:
    return own_states.drop(book.db, before, CHUNKS)


def _until_few(drop: Callable[[Book], int]) -> Plan:
    """Slice by slice until one has less to delete than it may."""
    deleted = CHUNKS
    while deleted == CHUNKS:
        deleted = yield Write(drop)


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
