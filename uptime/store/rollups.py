"""Rollups in the database: made of a day's chunks, kept by the day.

A stretch is a local day of the configured zone, or what is left of it where the zone was
changed: stretches are disjoint, so that no result is in two of them. Once it is over, each check
gets one row of it: the hours and, merged of them, the day. An hour is one since the epoch, cut
where the stretch begins or ends, so that a day is made of whole hours in any zone. Minutes are
made when single results go, of these. `finest` says what a stretch is to be read from: what is
finer may still lie there, half deleted, and counts no more.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import NamedTuple

from uptime.core.calendar import days
from uptime.core.intervals import Closed, Set, subtract, union
from uptime.core.rollup import Histogram, Outcome, Rollup, merge
from uptime.store import chunks
from uptime.store.chunks import HOUR_MS
from uptime.store.codes import decode
from uptime.store.heads_day import hours_with_results
from uptime.store.ingest import Row
from uptime.store.rollup_pack import Dated, pack

MINUTE_MS = 60_000
_REACH_MS = 50 * HOUR_MS  # more than a stretch lasts
RAW, MINUTE, HOUR, DAY = LEVELS = ("raw", "minute", "hour", "day")

_PACKED = {
    MINUTE: "SELECT data FROM rollup_minutes WHERE began = ? AND check_key = ?",
    HOUR: "SELECT hours FROM rollup WHERE began = ? AND check_key = ?",
    DAY: "SELECT day FROM rollup WHERE began = ? AND check_key = ?",
}
_CHUNK = "SELECT data FROM chunk WHERE hour = ? AND check_key = ?"


class Stretch(NamedTuple):
    """Half-open in ms; `finest` is raw, minute or hour."""

    began: int
    ended: int
    finest: str


Packed = tuple[int, int, bytes, bytes]
"""Beginning, check, day, hours: a row of `rollup`."""
PackedMinutes = tuple[int, int, bytes]


def stretches(db: sqlite3.Connection, start: int, end: int) -> list[Stretch]:
    """Those that touch [start, end), oldest first."""
    found = db.execute(
        "SELECT began, ended, finest FROM rolled WHERE began < ? AND ended > ? ORDER BY began",
        (end, start),
    )
    return [Stretch(*row) for row in found]


def dropped(found: Iterable[Stretch]) -> Set:
    """Where single results count no more."""
    gone = [(each.began, each.ended) for each in found if each.finest != RAW]
    return union(gone, gone[0][0], gone[-1][1]) if gone else []


def due(db: sqlite3.Connection, until: int, zone: tzinfo) -> list[Closed]:
    """What is over by `until`, has results and was not rolled up yet, oldest first."""
    hours = hours_with_results(db)
    if not hours:
        return []
    around = (hours[0] * HOUR_MS - _REACH_MS, hours[-1] * HOUR_MS + _REACH_MS)
    rolled = [(each.began, each.ended) for each in stretches(db, *around)]
    found: set[Closed] = set()
    for hour in hours:
        start = hour * HOUR_MS
        if not subtract([(start, start + HOUR_MS)], rolled):
            continue
        for _, begins, ends in days(zone, (start, start + HOUR_MS)):
            found.update(
                (a, b)
                for a, b in subtract([(begins, ends)], rolled)
                if a < start + HOUR_MS and start < b <= until
            )
    return sorted(found)


def checks(db: sqlite3.Connection, stretch: Closed) -> list[int]:
    """Those that have results in it."""
    found = db.execute(
        "SELECT DISTINCT check_key FROM chunk WHERE hour BETWEEN ? AND ? ORDER BY check_key",
        (stretch[0] // HOUR_MS, (stretch[1] - 1) // HOUR_MS),
    )
    return [key for (key,) in found]


def rows(db: sqlite3.Connection, key: int, stretch: Closed) -> list[Row]:
    """The compacted results of a check in a stretch, in the order of time."""
    began, ended = stretch
    found: list[Row] = []
    for hour in range(began // HOUR_MS, (ended - 1) // HOUR_MS + 1):
        chunk = db.execute(_CHUNK, (hour, key)).fetchone()
        if chunk is not None:
            found += chunks.unpack(chunk[0])
    return [row for row in found if began <= row.at < ended]


def rolled_up(found: Iterable[Row]) -> Rollup:
    """What is left of these results."""
    rows = list(found)
    return _rolled_up(
        [row.code for row in rows], [row.latency for row in rows], [row.loss for row in rows]
    )


def _rolled_up(
    codes: Iterable[int], latencies: Iterable[int | None], losses: Iterable[int | None]
) -> Rollup:
    outcomes: dict[Outcome, int] = {}
    for code, n in Counter(codes).items():
        status, _, reason = decode(code)
        outcomes[status, reason] = outcomes.get((status, reason), 0) + n
    lost = [loss for loss in losses if loss is not None]
    timed = Histogram.of(latency for latency in latencies if latency is not None)
    return Rollup(outcomes, timed, len(lost), sum(lost))


def buckets(found: Sequence[Row], began: int, width: int) -> list[Dated]:
    """One every `width` ms since the epoch that has results, none from before `began`."""
    grouped = groupby(found, lambda row: max(began, row.at // width * width))
    return [(at, rolled_up(group)) for at, group in grouped]


def hours(db: sqlite3.Connection, key: int, stretch: Closed) -> list[Dated]:
    """The hours of a check in a stretch, of its chunks; those without results are left out."""
    began, ended = stretch
    out = []
    for hour in range(began // HOUR_MS, (ended - 1) // HOUR_MS + 1):
        chunk = db.execute(_CHUNK, (hour, key)).fetchone()
        if chunk is None:
            continue
        _, ats, codes, _, latencies, losses, *_ = chunks.unpack_columns(chunk[0])
        if ats[0] < began or ats[-1] >= ended:
            places = [place for place, at in enumerate(ats) if began <= at < ended]
            codes = [codes[place] for place in places]
            latencies = [latencies[place] for place in places]
            losses = [losses[place] for place in places]
        if codes:
            out.append((max(began, hour * HOUR_MS), _rolled_up(codes, latencies, losses)))
    return out


def roll(db: sqlite3.Connection, keys: Sequence[int], stretch: Closed) -> list[Packed]:
    """Hours and day of these checks."""
    out = []
    for key in keys:
        found = hours(db, key, stretch)
        if found:
            day = merge(rollup for _, rollup in found)
            out.append((stretch[0], key, pack([(stretch[0], day)]), pack(found)))
    return out


def roll_minutes(
    db: sqlite3.Connection, keys: Sequence[int], stretch: Closed
) -> list[PackedMinutes]:
    """Minutes of these checks."""
    out = []
    for key in keys:
        minutes = buckets(rows(db, key, stretch), stretch[0], MINUTE_MS)
        if minutes:
            out.append((stretch[0], key, pack(minutes)))
    return out


def store(db: sqlite3.Connection, packed: Sequence[Packed]) -> None:
    db.executemany(
        "INSERT INTO rollup (began, check_key, day, hours) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (began, check_key)"
        " DO UPDATE SET day = excluded.day, hours = excluded.hours",
        packed,
    )


def store_minutes(db: sqlite3.Connection, packed: Sequence[PackedMinutes]) -> None:
    db.executemany(
        "INSERT INTO rollup_minutes (began, check_key, data) VALUES (?, ?, ?)"
        " ON CONFLICT (began, check_key) DO UPDATE SET data = excluded.data",
        packed,
    )


def packed(db: sqlite3.Connection, key: int, began: int, level: str) -> bytes | None:
    """What is left of a check in the stretch that begins there."""
    row = db.execute(_PACKED[level], (began, key)).fetchone()
    return None if row is None else row[0]


def settle(db: sqlite3.Connection, stretch: Closed, finest: str) -> None:
    """From now on a stretch is read from there."""
    db.execute(
        "INSERT INTO rolled (began, ended, finest) VALUES (?, ?, ?)"
        " ON CONFLICT (began) DO UPDATE SET finest = excluded.finest",
        (*stretch, finest),
    )


def drop_minutes(db: sqlite3.Connection, limit: int) -> int:
    """Some of those that count no more; how many."""
    return db.execute(
        "DELETE FROM rollup_minutes WHERE seq IN (SELECT seq FROM rollup_minutes"
        " WHERE began IN (SELECT began FROM rolled WHERE finest = 'hour') LIMIT ?)",
        (limit,),
    ).rowcount


def drop(db: sqlite3.Connection, began: int, limit: int) -> int:
    """Some of the hours and days that begin there; how many."""
    return db.execute(
        "DELETE FROM rollup WHERE seq IN (SELECT seq FROM rollup WHERE began = ? LIMIT ?)",
        (began, limit),
    ).rowcount
