"""Results of closed days that are on record already: told again, they are none.

A batch may come again after a failure whose outcome nobody knows, and its steady results count
once by their number. Where their day was closed meanwhile they must not even be entered as late:
whoever computes the day again would leave out the ones that were there in time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from uptime.store import chunks
from uptime.store.chunks import HOUR_MS

Taken = tuple[Any, ...]
"""The number of a check and a `Row`."""


def told_before(db: sqlite3.Connection, taken: Iterable[Taken]) -> set[tuple[int, int]]:
    """Check and number of those that are on record in the hour they are dated in."""
    by_hour: dict[tuple[int, int], set[int]] = {}
    for key, number, at, *_ in taken:
        by_hour.setdefault((at // HOUR_MS, key), set()).add(number)
    if not by_hour:
        return set()
    hours = [hour for hour, _ in by_hour]
    fresh = db.execute(
        "SELECT check_key, id, at FROM ingest WHERE at >= ? AND at < ?",
        (min(hours) * HOUR_MS, (max(hours) + 1) * HOUR_MS),
    )
    found = {(key, id_) for key, id_, at in fresh if id_ in by_hour.get((at // HOUR_MS, key), ())}
    for (hour, key), numbers in by_hour.items():
        chunk = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if chunk is not None:
            found |= {(key, row.id) for row in chunks.unpack(chunk[0]) if row.id in numbers}
    return found
