"""The past of a check as points: from single results where they are, else from what is left.

The figures of a point are those of a rollup wherever they come from, so that they stay what they
were when single results go. Where a day is rolled up and lies whole in the window, hours and days
are read from the rollup, unless a result came since that is still to be put into it.

A step of exactly one day is a day of the zone; any other begins at its multiples since the epoch.
What is finer than what is left is answered with what is left, each minute or hour counted where
it begins, and said.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import NamedTuple

from uptime.core.calendar import days
from uptime.core.rollup import Rollup, merge
from uptime.core.text import rfc3339
from uptime.store import results, rollups
from uptime.store.chunks import HOUR_MS
from uptime.store.ingest import Row
from uptime.store.rollup_pack import unpack
from uptime.store.rollups import DAY, HOUR, LEVELS, MINUTE, MINUTE_MS, RAW, Stretch
from uptime.store.values import Point, Series

DAY_MS = 86_400_000
_TICKS = 100_000  # a second
_WIDTHS = {MINUTE: MINUTE_MS, HOUR: HOUR_MS}


class _Part(NamedTuple):
    at: int
    source: str
    rollup: Rollup


class _Steps(NamedTuple):
    """How a window is cut: where the step begins that an instant lies in, and the coarsest level
    of which none lies across an edge.
    """

    place: Callable[[int], int] | None
    grain: str


def read(
    db: sqlite3.Connection, key: int, window: tuple[int, int], step: int | None, zone: tzinfo
) -> Series:
    """One point a result, or one a step of `step` ms that has any."""
    steps = _steps(step, zone, window)
    fresh = results.ingested(db, key, *window)
    found = rollups.stretches(db, *window)
    levels = [(each, _level(each, window, steps, fresh)) for each in found]
    parts = list(_parts(db, key, window, levels, steps, fresh))
    place = steps.place
    if place is not None:
        parts = [_merged(at, group) for at, group in groupby(parts, lambda part: place(part.at))]
    whole = _point(_merged(window[0], parts)) if parts else None
    return Series([_point(part) for part in parts], whole, _notice(window, levels, steps.grain))


def _steps(step: int | None, zone: tzinfo, window: tuple[int, int]) -> _Steps:
    if step is None:
        return _Steps(None, RAW)
    if step == DAY_MS:
        midnights = [begins for _, begins, _ in days(zone, window)]
        return _Steps(lambda at: midnights[bisect_right(midnights, at) - 1], DAY)
    grain = RAW
    if step % MINUTE_MS == 0:
        grain = HOUR if step % HOUR_MS == 0 else MINUTE
    return _Steps(lambda at: at // step * step, grain)


def _level(stretch: Stretch, window: tuple[int, int], steps: _Steps, fresh: Sequence[Row]) -> str:
    """What a stretch is to be read from."""
    began, ended, finest = stretch
    whole = window[0] <= began and ended <= window[1]
    if finest == RAW and (
        not whole or steps.grain in (RAW, MINUTE) or any(began <= row.at < ended for row in fresh)
    ):
        return RAW
    level = max(steps.grain, finest, key=LEVELS.index)
    if level == DAY and steps.place is not None:
        one = steps.place(began) == steps.place(ended - 1)
        return DAY if whole and one else max(HOUR, finest, key=LEVELS.index)
    return level


def _parts(
    db: sqlite3.Connection,
    key: int,
    window: tuple[int, int],
    levels: Iterable[tuple[Stretch, str]],
    steps: _Steps,
    fresh: Sequence[Row],
) -> Iterator[_Part]:
    cursor, end = window
    for (began, ended, _), level in levels:
        if level == RAW:
            continue  # read together with what is around it
        yield from _singles(db, key, (cursor, began), steps, fresh)
        for at, rollup in _kept(db, key, began, level):
            if window[0] <= at < end:
                yield _Part(at, level, rollup)
        cursor = ended
    yield from _singles(db, key, (cursor, end), steps, fresh)


def _singles(
    db: sqlite3.Connection,
    key: int,
    window: tuple[int, int],
    steps: _Steps,
    fresh: Sequence[Row],
) -> Iterator[_Part]:
    if window[0] >= window[1]:
        return
    found = results.rows(db, key, *window, fresh)
    place = steps.place
    if place is None:
        for row in found:
            yield _Part(row.at, RAW, rollups.rolled_up((row,)))
    else:
        for at, group in groupby(found, lambda row: place(row.at)):
            yield _Part(at, RAW, rollups.rolled_up(group))


def _kept(db: sqlite3.Connection, key: int, began: int, level: str) -> list[tuple[int, Rollup]]:
    data = rollups.packed(db, key, began, level)
    return [] if data is None else unpack(data)


def _merged(at: int, parts: Iterable[_Part]) -> _Part:
    """At least one as one, from the coarsest source of them."""
    first, *others = parts
    if not others:
        return first._replace(at=at)
    source = max((first.source, *(part.source for part in others)), key=LEVELS.index)
    return _Part(at, source, merge(part.rollup for part in (first, *others)))


def _point(part: _Part) -> Point:
    rollup = part.rollup
    latency = rollup.latency
    p50, p95, p99 = (_seconds(latency.quantile(percent)) for percent in (50, 95, 99))
    return Point(
        at=part.at,
        source=part.source,
        status=rollup.worst,
        latency=_seconds(latency.mean),
        latency_min=_seconds(latency.least if latency.count else None),
        latency_p50=p50,
        latency_p95=p95,
        latency_p99=p99,
        latency_max=_seconds(latency.greatest if latency.count else None),
        loss=rollup.loss,
        count=rollup.count,
        failed=rollup.failed,
        statuses=rollup.statuses,
        reason=rollup.reason,
    )


def _seconds(ticks: float | None) -> float | None:
    return None if ticks is None else ticks / _TICKS


def _notice(
    window: tuple[int, int], levels: Sequence[tuple[Stretch, str]], grain: str
) -> str | None:
    """What the answer cannot hold, since single results are not kept for ever."""
    said = []
    for level in (MINUTE, HOUR):
        ends = [each.ended for each, read in levels if read == level]
        if ends and LEVELS.index(level) > LEVELS.index(grain):
            before = rfc3339(ends[-1])
            said.append(f"of the time before {before} only {level}s are left, not what was asked")
    for edge in window:
        for stretch, level in levels:
            if (
                level != RAW
                and stretch.began < edge < stretch.ended
                and edge % _WIDTHS.get(level, HOUR_MS)
            ):
                said.append(f"the {level} around {rfc3339(edge)} counts where it begins")
    return "; ".join(said) or None
