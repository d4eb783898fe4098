"""The daemon's sign of life: what is after it, nobody saw."""

from __future__ import annotations

import sqlite3


def give(db: sqlite3.Connection, at: int) -> None:
    db.execute(
        "INSERT INTO life (id, at, seq, era)"
        " VALUES (1, ?, (SELECT coalesce(max(seq), 0) FROM ingest), 0)"
        " ON CONFLICT (id) DO UPDATE SET at = excluded.at, seq = excluded.seq",
        (at,),
    )


def last(db: sqlite3.Connection) -> int | None:
    """The end of the last result, if that came after the last sign that was given.

    Which came last is told by their order in the database; a clock may have been set back.
    """
    at, seq = db.execute("SELECT at, seq FROM life").fetchone() or (None, 0)
    newest = db.execute(
        "SELECT at + duration / 10 FROM ingest WHERE seq > ? ORDER BY seq DESC LIMIT 1", (seq,)
    ).fetchone()
    return at if newest is None else int(newest[0])


def begin(db: sqlite3.Connection) -> int:
    """A start: the number of it, counted from one."""
    db.execute(
        "INSERT INTO life (id, at, seq, era) VALUES (1, NULL, 0, 1)"
        " ON CONFLICT (id) DO UPDATE SET era = era + 1"
    )
    return int(db.execute("SELECT era FROM life").fetchone()[0])
