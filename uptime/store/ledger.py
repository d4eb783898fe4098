"""The ledger's table: entries are appended to the chain's head, never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from uptime.core.ledger import GENESIS, canonical, link, verify
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


class Signed(Protocol):
    """An entry that was signed."""

    @property
    def seq(self) -> int: ...
    @property
    def hash(self) -> str: ...


class Gap(NamedTuple):
    """An entry that was signed and is gone or another now; `entries` is how many there are."""

    seq: int
    hash: str
    entries: int


def gap(db: sqlite3.Connection, signed: Sequence[Signed]) -> Gap | None:
    """The first of `signed` that the ledger does not have."""
    for each in sorted(signed, key=lambda each: each.seq):
        row = db.execute("SELECT hash FROM ledger WHERE seq = ?", (each.seq,)).fetchone()
        if row is None and each.seq == 0 and each.hash == GENESIS:
            continue
        if row is None or row[0] != each.hash:
            return Gap(each.seq, each.hash, head(db).seq)
    return None


def unsigned(
    db: sqlite3.Connection, last: Signed | None, tip: Signed | None
) -> Iterator[tuple[str, Head, str]]:
    """Day, head and results hash of what was closed after the head that was signed `last`.

    Only as far as the `tip` goes, and only if the chain holds from the one to the other: nobody
    gets a signature by putting an entry where it is missing.
    """
    seq, digest = (0, GENESIS) if last is None else (last.seq, last.hash)
    closed = db.execute("SELECT seq, day FROM sealed WHERE seq > ? ORDER BY seq", (seq,)).fetchall()
    if not closed or tip is None or gap(db, [tip]) is not None:
        return
    chain = db.execute(
        "SELECT seq, entry, prev, hash FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq",
        (seq, tip.seq),
    )
    if verify(chain, seq + 1, digest) is not None:
        return
    for number, day in closed:
        row = db.execute("SELECT entry, hash FROM ledger WHERE seq = ?", (number,)).fetchone()
        said = json.loads(row[0]) if row is not None and number <= tip.seq else {}
        if said.get("type") == "head" and said.get("day") == day:
            yield day, Head(number, row[1]), said["results"]
