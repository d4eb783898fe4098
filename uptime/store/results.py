"""Results of one check over a window, out of the ingest table and the chunks together.

The ingest table has no index, so that its last hour or two are looked through; a result that
is in both (a compaction under way) counts once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby

import orjson

from uptime.core.model import Result, Status
from uptime.store import chunks
from uptime.store.chunks import HOUR_MS
from uptime.store.codes import decode
from uptime.store.ingest import Row, to_result
from uptime.store.values import Point

_WORST = (Status.DOWN, Status.DEGRADED, Status.UP, Status.UNKNOWN)


def rows(db: sqlite3.Connection, key: int, start: int, end: int) -> list[Row]:
    """Every stored result begun in [start, end), in the order of time."""
    found: dict[int, Row] = {}
    for hour in _hours(db, start, end):
        chunk = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if chunk is not None:
            found.update((row.id, row) for row in chunks.unpack(chunk[0]))
    ingested = db.execute(
        "SELECT id, at, code, duration, latency, loss, phase_set, phases, detail FROM ingest"
        " WHERE check_key = ? AND at >= ? AND at < ?",
        (key, start, end),
    )
    found.update((values[0], Row(*values)) for values in ingested)
    inside = (row for row in found.values() if start <= row.at < end)
    return sorted(inside, key=lambda row: (row.at, row.id))


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
    return [to_result(check, row, names, {}) for row in rows(db, key, start, end)]


def points(found: Iterable[Row], step: int | None) -> list[Point]:
    """One a result, or one a step of `step` ms that has any."""
    if step is None:
        return [_point(row.at, (row,)) for row in found]
    steps = groupby(found, lambda row: row.at // step * step)
    return [_point(at, tuple(group)) for at, group in steps]


def _point(at: int, group: Sequence[Row]) -> Point:
    judged = [decode(row.code) for row in group]
    statuses = {status for status, _, _ in judged}
    latencies = [row.latency for row in group if row.latency is not None]
    losses = [row.loss for row in group if row.loss is not None]
    return Point(
        at=at,
        status=next(status for status in _WORST if status in statuses),
        latency=sum(latencies) / len(latencies) / 100_000 if latencies else None,
        latency_max=max(latencies) / 100_000 if latencies else None,
        loss=sum(losses) / len(losses) / 1000 if losses else None,
        count=len(group),
        failed=sum(status is Status.DOWN for status, _, _ in judged),
        reason=next((reason for _, _, reason in reversed(judged) if reason is not None), None),
    )
