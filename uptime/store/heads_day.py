"""A day's results as one hash, and the closing of a day.

Of each check and hour (since the epoch, clipped to the day) the rows in the order of time and
number, each as one line of JSON; their SHA-256 is a leaf. The hash of the day is the SHA-256 of
one line `hour check-number count leaf` each, in that order. So it speaks for what was stored,
not for how: packing chunks anew changes nothing. The names of phases are part of a leaf.

A result that is stored after its day was closed would change the hash. It is told apart when it
is written (`Closed`), and entered in the ledger as `late` with a hash of its own; whoever
computes the day again leaves those out. What retention drops is entered before it is dropped.

The head's entry has a hash of the monitor's own records of that day, too (`minutes`); one that
is dated into a closed day is not kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from uptime.core import own_state
from uptime.core.heads import Day, day_at
from uptime.core.model import Entry
from uptime.core.statements import entry
from uptime.store import chunks, own_states
from uptime.store.chunks import HOUR_MS
from uptime.store.ingest import Row, pack_phases, unpack_phases
from uptime.store.ledger import Head

if TYPE_CHECKING:
    from uptime.store.batches import Book

GRACE_MS = 300_000  # after an hour, for results that are still under way
PORTION = 50  # chunks that are unpacked in one piece of work
_INGEST = (
    "SELECT check_key, id, at, code, duration, latency, loss, phase_set, phases, detail"
    " FROM ingest WHERE at >= ? AND at < ?"
)

Leaf = tuple[int, int, int, str]
"""The hour since the epoch, the number of the check, how many results, and the hash of them."""

_SEAM = b"],["  # between two rows

Late = Mapping[int, Callable[[Row], bool]]
"""By the number of a check whether a row of it came after its day was closed; is told every row
of the day. Checks that are not there have no such rows."""


class Hashed(NamedTuple):
    """A day's results: their hash, and how many there are."""

    results: str
    rows: int


class Closed:
    """The days that are closed: what is dated into them from now on is late."""

    def __init__(self, db: sqlite3.Connection) -> None:
        days = sorted(db.execute("SELECT began, ended FROM sealed").fetchall())
        self._began = [began for began, _ in days]
        # Days of two time zones may overlap: the furthest end of all that began before.
        self._ended: list[int] = []
        for _, ended in days:
            self._ended.append(max(ended, self._ended[-1] if self._ended else ended))
        self.until = self._ended[-1] if days else 0

    def covers(self, at: int) -> bool:
        index = bisect_right(self._began, at)
        return index > 0 and at < self._ended[index - 1]

    def late(
        self, taken: Sequence[tuple[Any, ...]], names: Mapping[int, str], at: int
    ) -> Entry | None:
        """The statement on those of `taken` (key and row) that come late; None if none do."""
        found = [(key, Row._make(row)) for key, *row in taken if self.covers(row[1])]
        if not found:
            return None
        lines = [line(row, names) for _, row in found]
        return entry(
            "late",
            at,
            began=min(row.at for _, row in found),
            results=[f"{key} {row.id}" for key, row in found],
            hash=late_hash(lines),
        )


def line(row: Row, names: Mapping[int, str]) -> bytes:
    """The one text of a result; `names` are those of phases as stored, by their set."""
    phases = None if row.phases is None else list(unpack_phases(row.phases))
    return orjson.dumps((
        row.id, row.at, row.code, row.duration, row.latency, row.loss,
        names.get(row.phase_set), phases, row.detail,
    ))  # fmt: skip


def lines(columns: chunks.Columns, names: Mapping[int, str]) -> bytes:
    """The texts of an hour's results, a line each: as `line` makes them, in a third of the time."""
    named = [names.get(number) for number in columns.phase_set]
    rows = list(zip(*columns[:6], named, columns.phases, columns.detail, strict=True))
    whole = orjson.dumps(rows)[1:-1]
    if whole.count(_SEAM) == len(rows) - 1:
        return whole.replace(_SEAM, b"]\n[")
    return b"\n".join(map(orjson.dumps, rows))  # a text has what looks like a seam


def leaf_line(leaf: Leaf) -> bytes:
    """What the hash of a day is made of."""
    return b"%d %d %d %s\n" % (*leaf[:3], leaf[3].encode())


def row_of(line: bytes) -> tuple[Row, tuple[str, ...]]:
    """A result out of its one text, and the names of its phases. ValueError or TypeError for
    what is no such text; the set of the names is lost.
    """
    id_, at, code, duration, latency, loss, names, phases, detail = orjson.loads(line)
    packed = None if phases is None else pack_phases(phases)
    row = Row(id_, at, code, duration, latency, loss, 0, packed, detail)
    return row, () if names is None else tuple(orjson.loads(names))


def late_hash(lines: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


class Reading:
    """One day being hashed, hour by hour, so that no read lasts and no work either."""

    def __init__(
        self,
        db: sqlite3.Connection,
        day: Day,
        late: Late = MappingProxyType({}),
        told: Callable[[Leaf, bytes], None] = lambda *_: None,
    ) -> None:
        """Takes what lies in the ingest table; what comes into it later is late. `told` hears of
        every leaf, with the lines it is the hash of.
        """
        self.day = day
        self._told = told
        self.last = int(db.execute("SELECT coalesce(max(seq), 0) FROM ingest").fetchone()[0])
        self.hours = range(day.began // HOUR_MS, (day.ended - 1) // HOUR_MS + 1)
        self._late = late
        self._names: dict[int, str] = dict(db.execute("SELECT id, names FROM phase_set"))
        self._fresh: dict[tuple[int, int], list[Row]] = defaultdict(list)
        for key, *values in db.execute(_INGEST, (day.began, day.ended)):
            row = Row._make(values)
            self._fresh[row.at // HOUR_MS, key].append(row)
        self._hash = hashlib.sha256()
        self._rows = 0

    def fetch(self, db: sqlite3.Connection, hour: int) -> list[tuple[int, bytes | None]]:
        """The chunks of an hour; None where there is none but rows in the ingest table."""
        found: dict[int, bytes | None] = dict(
            db.execute("SELECT check_key, data FROM chunk WHERE hour = ?", (hour,))
        )
        for of_hour, key in self._fresh:
            if of_hour == hour:
                found.setdefault(key, None)
        return sorted(found.items())

    def take(self, hour: int, packed: Sequence[tuple[int, bytes | None]]) -> None:
        """Hash these chunks, in order."""
        for key, data in packed:
            try:
                self._leaf(hour, key, data)
            except chunks.UNREADABLE:  # whoever edited it did not know how; it is what it is
                digest = hashlib.sha256(repr(data).encode()).hexdigest()
                self._hash.update(f"{hour} {key} unreadable {digest}\n".encode())

    def result(self) -> Hashed:
        return Hashed(self._hash.hexdigest(), self._rows)

    def _leaf(self, hour: int, key: int, data: bytes | None) -> None:
        fresh = self._fresh.get((hour, key))
        if data is not None and not fresh and key not in self._late:
            columns = chunks.unpack_columns(data)
            if self.day.began <= columns.at[0] and columns.at[-1] < self.day.ended:
                self._add(hour, key, len(columns.at), lines(columns, self._names))
                return
        rows = chunks.unpack(data) if data is not None else []
        if fresh:
            # The same row may be in both while it is on its way.
            unique = {row.id: row for row in (*rows, *fresh)}
            rows = sorted(unique.values(), key=lambda row: (row.at, row.id))
        late = self._late.get(key, _never)
        found = [
            line(row, self._names)
            for row in rows
            if self.day.began <= row.at < self.day.ended and not late(row)
        ]
        if found:
            self._add(hour, key, len(found), b"\n".join(found))

    def _add(self, hour: int, key: int, count: int, text: bytes) -> None:
        leaf = (hour, key, count, hashlib.sha256(text).hexdigest())
        self._hash.update(leaf_line(leaf))
        self._rows += count
        self._told(leaf, text)

    @property
    def names(self) -> Mapping[int, str]:
        return self._names


def _never(_: Row) -> bool:
    return False


def portions(
    packed: Sequence[tuple[int, bytes | None]],
) -> Iterator[Sequence[tuple[int, bytes | None]]]:
    for start in range(0, len(packed), PORTION):
        yield packed[start : start + PORTION]


def unsealed(db: sqlite3.Connection, now: int, zone: tzinfo) -> list[Day]:
    """Days that are over and compacted (upkeep.py) but not closed, oldest first: yesterday, and
    those that have results.

    A day without any, on which no daemon ran, needs no head: a result that were put into it
    would lie in a day that is not closed, which `ledger verify` names.
    """
    until = (now - GRACE_MS) // HOUR_MS * HOUR_MS
    began = first_entry(db)
    if began is None:
        return []
    days = {day_at(day_at(now, zone).began - 1, zone)}
    for hour in hours_with_results(db):
        start = hour * HOUR_MS
        days |= {day_at(start, zone), day_at(start + HOUR_MS - 1, zone)}
    done = sealed(db)
    return sorted(
        (day for day in days if began < day.ended <= until and day.name not in done),
        key=lambda day: day.began,
    )


def hours_with_results(db: sqlite3.Connection) -> list[int]:
    """Hours that have chunks, by leaping through the index."""
    return [
        hour
        for (hour,) in db.execute(
            "WITH RECURSIVE each(hour) AS (SELECT min(hour) FROM chunk UNION ALL"
            " SELECT (SELECT min(hour) FROM chunk WHERE hour > each.hour) FROM each"
            " WHERE each.hour IS NOT NULL) SELECT hour FROM each WHERE hour IS NOT NULL"
        )
    ]


def sealed(db: sqlite3.Connection) -> set[str]:
    """Names of the days that are closed."""
    return {day for (day,) in db.execute("SELECT day FROM sealed")}


def first_entry(db: sqlite3.Connection) -> int | None:
    """When the record begins, in ms."""
    row = db.execute("SELECT entry FROM ledger ORDER BY seq LIMIT 1").fetchone()
    return None if row is None else int(orjson.loads(row[0])["at"])


def newcomers(db: sqlite3.Connection, day: Day, last: int) -> bool:
    """Whether a result of the day was stored after row `last` of the ingest table."""
    found = db.execute(
        "SELECT 1 FROM ingest WHERE seq > ? AND at >= ? AND at < ? LIMIT 1",
        (last, day.began, day.ended),
    )
    return found.fetchone() is not None


def close(book: Book, day: Day, hashed: Hashed, last: int, at: int) -> Head | None:
    """Enter the head of a day; None if a result of it came in behind row `last` meanwhile."""
    if newcomers(book.db, day, last):
        return None
    own = own_states.of_day(book.db, day)
    head = book.enter([
        entry(
            "head", at, day=day.name, began=day.began, ended=day.ended,
            results=hashed.results, count=hashed.rows,
            minutes=hashlib.sha256(own_state.lines(own)).hexdigest() if own else None,
        )
    ])  # fmt: skip
    book.db.execute(
        "INSERT INTO sealed (day, began, ended, seq) VALUES (?, ?, ?, ?)", (*day, head.seq)
    )
    book.closed = Closed(book.db)
    return head
