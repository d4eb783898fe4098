"""The ledger's table: entries are appended to the chain's head, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from uptime.core.ledger import GENESIS, canonical, link
from uptime.core.model import Entry


class Head(NamedTuple):
    seq: int
    hash: str


def head(db: sqlite3.Connection) -> Head:
    row = db.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(0, GENESIS) if row is None else Head(*row)


def append(db: sqlite3.Connection, last: Head, entries: Iterable[Entry]) -> Head:
    """The new head. TypeError for an entry without a canonical form."""
    rows = []
    for entry in entries:
        text = canonical(entry)
        digest = link(last.hash, text)
        rows.append((last.seq + 1, text, last.hash, digest))
        last = Head(last.seq + 1, digest)
    db.executemany("INSERT INTO ledger (seq, entry, prev, hash) VALUES (?, ?, ?, ?)", rows)
    return last
