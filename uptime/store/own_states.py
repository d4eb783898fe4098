"""Rows of how the monitor itself fared; the columns are the fields of OwnState, in their order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, fields

from uptime.core.heads import Day
from uptime.core.own_state import MINUTE_MS, OwnState

_NAMES = [each.name for each in fields(OwnState)]
_INSERT = (
    f"INSERT OR REPLACE INTO own_state ({', '.join(_NAMES)})"  # noqa: S608 - constants
    f" VALUES ({', '.join('?' * len(_NAMES))})"
)
# Longer than any record lasts: one of a standstill lasts as long as that did.
_REACH_MS = 1440 * MINUTE_MS


def insert(db: sqlite3.Connection, states: Iterable[OwnState]) -> None:
    """Written again they stand once."""
    db.executemany(_INSERT, [astuple(each) for each in states])


def read(db: sqlite3.Connection, start: int, end: int) -> list[OwnState]:
    """What touches [start, end), oldest first."""
    rows = db.execute(
        f"SELECT {', '.join(_NAMES)} FROM own_state"  # noqa: S608 - constants
        " WHERE began >= ? AND began < ? AND ended > ? ORDER BY began, ended",
        (start - _REACH_MS, end, start),
    )
    return [_state(row) for row in rows]


def of_day(db: sqlite3.Connection, day: Day) -> list[OwnState]:
    """What began on a day, oldest first."""
    rows = db.execute(
        f"SELECT {', '.join(_NAMES)} FROM own_state"  # noqa: S608 - constants
        " WHERE began >= ? AND began < ? ORDER BY began, ended",
        (day.began, day.ended),
    )
    return [_state(row) for row in rows]


def drop(db: sqlite3.Connection, before: int, most: int) -> int:
    """Delete at most so many of those that ended by `before`; how many there were."""
    return db.execute(
        "DELETE FROM own_state WHERE (began, ended) IN (SELECT began, ended FROM own_state"
        " WHERE began < ? AND ended <= ? ORDER BY began LIMIT ?)",
        (before, before, most),
    ).rowcount


def _state(row: tuple[int | None, ...]) -> OwnState:
    found = dict(zip(_NAMES, row, strict=True))
    said = found["synchronised"]
    return OwnState(**(found | {"synchronised": None if said is None else bool(said)}))  # type: ignore[arg-type]
