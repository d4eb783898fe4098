"""What the ledger says of rolled-up days: what each is read from, and the hashes of what is left.

A day's rollups are hashed as a whole when it is rolled up. Late results rewrite those of a few
checks; of each the ledger then has the hash before and the one after. So what was there at
first follows from what is there now, and no rewriting hashes a whole day again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

NONE = "-"  # in the place of the hash of what was not there
DAYS, MINUTES = "raw", "minute"  # from where a day is read when each is hashed
_FINEST = frozenset({DAYS, MINUTES, "hour"})
_GREATEST = (1 << 63) - 1  # of what a database can hold

Leaf = tuple[int, str]
"""The number of a check, and the hash of what is left of its day."""


class Hashed(NamedTuple):
    """The hash of an entry."""

    seq: int
    hash: str


class Change(NamedTuple):
    """A check's leaf before it was first rewritten, after it last was, and the entry of that."""

    old: str
    new: str
    seq: int


@dataclass(slots=True)
class RolledUp:
    """One day; `hashes` are by what it was read from when that was entered."""

    began: int
    ended: int
    finest: str
    seq: int
    hashes: dict[str, Hashed] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)


class RolledUps:
    """By their beginnings; `torn` are checks (day, number, entry) that a late result found with
    something else than what the ledger had last.
    """

    TYPES = frozenset({"rollup", "rollup late"})

    def __init__(self) -> None:
        self.days: dict[int, RolledUp] = {}
        self.torn: list[tuple[RolledUp, int, int]] = []

    def take(self, seq: int, entry: Mapping[str, Any]) -> None:
        """One of TYPES. KeyError, TypeError or ValueError for one that cannot be understood."""
        began = _number(entry["began"])
        if entry["type"] == "rollup late":
            self._late(seq, self.days[began], entry["rows"])
            return
        finest = entry["finest"]
        if finest not in _FINEST:
            raise ValueError(f"a day is not read from {finest!r}")
        day = self.days.setdefault(began, RolledUp(began, entry["ended"], finest, seq))
        day.ended, day.finest, day.seq = entry["ended"], finest, seq
        if "hash" in entry:
            day.hashes[finest] = Hashed(seq, entry["hash"])

    def _late(self, seq: int, day: RolledUp, rows: Iterable[str]) -> None:
        for row in rows:
            check, old, new = row.split()
            key = _number(int(check))
            before = day.changes.get(key)
            if before is not None and before.new != old:
                self.torn.append((day, key, seq))
            day.changes[key] = Change(old if before is None else before.old, new, seq)


def _number(value: int) -> int:
    if not abs(value) <= _GREATEST:
        raise ValueError(f"{value} is too great")
    return value


def whole(leaves: Iterable[Leaf]) -> str:
    """The hash of a day's leaves, in the order of the numbers."""
    found = hashlib.sha256()
    for key, leaf in leaves:
        found.update(leaf_line(key, leaf))
    return found.hexdigest()


def leaf_line(key: int, leaf: str) -> bytes:
    return f"{key} {leaf}\n".encode()


def at_first(
    leaves: Iterable[Leaf], changes: Mapping[int, Change]
) -> tuple[list[Leaf], list[tuple[int, Change]]]:
    """The leaves as they were before any late result, out of those that are there now; and the
    changed checks that are not there as they were last changed: if there are none, the leaves
    are in the order they came in.
    """
    now = dict(leaves)
    wrong = [(key, c) for key, c in sorted(changes.items()) if now.get(key, NONE) != c.new]
    first = now | {key: change.old for key, change in changes.items()}
    return [(key, leaf) for key, leaf in first.items() if leaf != NONE], wrong
