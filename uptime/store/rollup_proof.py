"""Rollups bound to the ledger: hashed as they are stored, entered with what is decided on them.

The leaf of a check and a day is the SHA-256 over the SHA-256 of each of its packed values (day
and hours, or minutes). The hash of a day is the SHA-256 of one line `check-number leaf` each,
in the order of the numbers. Rows and entry are one commit, so that there is no instant at which
they differ.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from uptime.core.intervals import Closed
from uptime.core.rebuild_rollups import NONE, Leaf, leaf_line
from uptime.core.statements import entry
from uptime.store import rollups
from uptime.store.batches import Book
from uptime.store.rollups import Packed, PackedMinutes

_STORED = {
    rollups.RAW: "SELECT check_key, day, hours FROM rollup WHERE began = ? ORDER BY check_key",
    rollups.MINUTE: "SELECT check_key, data FROM rollup_minutes WHERE began = ? ORDER BY check_key",
}


class Digest:
    """The hash of a day in the making."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, rows: Iterable[Packed | PackedMinutes]) -> None:
        """In the order of the checks' numbers."""
        for _, key, *values in rows:
            self._hash.update(leaf_line(key, leaf(values)))
            self.count += 1

    @property
    def text(self) -> str:
        return self._hash.hexdigest()


def leaf(values: Iterable[object]) -> str:
    """Of packed values; what an edit left that is none has a hash of its own."""
    found = hashlib.sha256()
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode()
        found.update(hashlib.sha256(data).digest())
    return found.hexdigest()


def stored(db: sqlite3.Connection, began: int, finest: str) -> Iterator[Leaf]:
    """Of what lies there of a day: hours and days if it was read from raw, or minutes."""
    for key, *values in db.execute(_STORED[finest], (began,)):
        yield key, leaf(values)


def settle(book: Book, stretch: Closed, finest: str, digest: Digest | None, at: int) -> None:
    """From now on a day is read from there; `digest` is of what was made for that."""
    rollups.settle(book.db, stretch, finest)
    book.enter([
        entry(
            "rollup", at, began=stretch[0], ended=stretch[1], finest=finest,
            count=None if digest is None else digest.count,
            hash=None if digest is None else digest.text,
        )
    ])  # fmt: skip


def rewrite(book: Book, packed: Sequence[Packed], at: int) -> None:
    """Hours and days of checks that got a late result, on a day that was rolled up."""
    changes = []
    for began, key, *values in packed:
        old = book.db.execute(
            "SELECT day, hours FROM rollup WHERE began = ? AND check_key = ?", (began, key)
        ).fetchone()
        before, after = NONE if old is None else leaf(old), leaf(values)
        if before != after:
            changes.append(f"{key} {before} {after}")
    rollups.store(book.db, packed)
    if changes:
        book.enter([entry("rollup late", at, began=packed[0][0], rows=changes)])
