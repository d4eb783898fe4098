"""Facts are stored when they change, and one that changes at every run is sampled.

A row a result would cost more than all the rest, so that a fact changes on disk at most once
in ten minutes, unless the status of its check changed with it. `facts` holds what the last run
knew, for the next one; `fact` what was known from when on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import orjson

from uptime.core.model import Fact, Result, Status
from uptime.store.rows import dump

SAMPLE_MS = 600_000
_GOOD = frozenset({Status.UP, Status.DEGRADED})
_FORGET_OVER = 100_000


class FactBook:
    """What is on disk of the facts of every check, and what a transaction adds to it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.known: dict[int, Mapping[str, Fact]] = {
            key: orjson.loads(value)
            for key, value in db.execute("SELECT check_key, value FROM facts")
        }
        self._statuses: dict[int, Status] = {}
        self._written: dict[tuple[int, str], int] = {}
        self._now: set[int] = set()
        self._past: list[tuple[int, str, int, str]] = []

    def take(self, key: int, result: Result) -> None:
        """One result; what is worth a row waits for `write`."""
        known = self.known.get(key, {})
        status, self._statuses[key] = self._statuses.get(key), result.status
        if result.facts == known:
            return
        facts = result.facts
        changed = {
            name: value
            for name, value in facts.items()
            if name not in known or known[name] != value
        }
        if result.status in _GOOD:  # a failing run knows less, which is no news of the target
            changed |= dict.fromkeys(known.keys() - facts.keys())
        if status is result.status:
            before = result.at - SAMPLE_MS
            changed = {
                name: value
                for name, value in changed.items()
                if self._written.get((key, name), before) <= before
            }
        if not changed:
            return
        for name, value in changed.items():
            self._written[key, name] = result.at
            self._past.append((key, name, result.at, dump(value)))
        merged = {**known, **changed}
        for name in changed.keys() - facts.keys():
            del merged[name]
        self.known[key] = facts if merged == facts else merged  # one dict where one is enough
        self._now.add(key)

    def write(self, db: sqlite3.Connection) -> None:
        if not self._now:
            return
        db.executemany(
            "INSERT OR REPLACE INTO fact (check_key, name, since, value) VALUES (?, ?, ?, ?)",
            self._past,
        )
        db.executemany(
            "INSERT INTO facts (check_key, value) VALUES (?, ?)"
            " ON CONFLICT (check_key) DO UPDATE SET value = excluded.value",
            [(key, dump(self.known[key])) for key in self._now],
        )
        self._now.clear()
        self._past.clear()
        if len(self._written) > _FORGET_OVER:
            self._written.clear()
