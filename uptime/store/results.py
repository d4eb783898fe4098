"""Results of one check over a window, out of the ingest table and the chunks together.

The ingest table has no index, so that its last hour or two are looked through; a result that
is in both (a compaction under way) counts once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import orjson

from uptime.core.model import Result
from uptime.store import chunks
from uptime.store.chunks import HOUR_MS
from uptime.store.ingest import Row, to_result


def rows(db: sqlite3.Connection, key: int, start: int, end: int, fresh: Iterable[Row]) -> list[Row]:
    """Every stored result begun in [start, end), in the order of time; `fresh` are those in the
    ingest table, of this window or a larger one.
    """
    found: dict[int, Row] = {}
    for hour in _hours(db, start, end):
        chunk = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if chunk is not None:
            found.update((row.id, row) for row in chunks.unpack(chunk[0]))
    found.update((row.id, row) for row in fresh)
    inside = (row for row in found.values() if start <= row.at < end)
    return sorted(inside, key=lambda row: (row.at, row.id))


def ingested(db: sqlite3.Connection, key: int, start: int, end: int) -> list[Row]:
    """Those that are not compacted yet, or just being."""
    found = db.execute(
        "SELECT id, at, code, duration, latency, loss, phase_set, phases, detail FROM ingest"
        " WHERE check_key = ? AND at >= ? AND at < ?",
        (key, start, end),
    )
    return [Row._make(values) for values in found]


def _hours(db: sqlite3.Connection, start: int, end: int) -> range:
    """Those of the window that may have a chunk."""
    (first,) = db.execute("SELECT min(hour) FROM chunk").fetchone()
    (last,) = db.execute("SELECT max(hour) FROM chunk").fetchone()
    if first is None:
        return range(0)
    return range(max(start // HOUR_MS, first), min((end - 1) // HOUR_MS, last) + 1)


def runs(db: sqlite3.Connection, check: str, key: int, start: int, end: int) -> list[Result]:
    """Without their facts, which are kept by when they changed."""
    names = {
        number: tuple(orjson.loads(text)) for number, text in db.execute("SELECT * FROM phase_set")
    }
    found = rows(db, key, start, end, ingested(db, key, start, end))
    return [to_result(check, row, names, {}) for row in found]
