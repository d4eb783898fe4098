"""What a batch becomes in the database, inside the transaction the writer opened.

Plain SQL on the writing connection: this is the hot path and the start of the daemon, and
SQLModel costs a second to import. Its tables say what the columns are (tables.py); a test
compares the two.

A batch may come again after a failure whose outcome nobody knows (the commit that raised may
have reached the disk). Its token, written in the same transaction, tells: what is there is not
applied twice, ledger entries included. Steady results need none: they count once by their id.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from operator import itemgetter

import orjson

from uptime.core.maintenance import Entered
from uptime.core.model import (
    Batch,
    Blip,
    CheckState,
    Entry,
    Incident,
    Notification,
    Pause,
    Result,
    Transition,
)
from uptime.core.spans import respan, tail_from
from uptime.core.sums import summed
from uptime.store import ledger, life, own_states, rows
from uptime.store.facts import FactBook
from uptime.store.heads_day import Closed
from uptime.store.ingest import to_row
from uptime.store.late import told_before

_AT = itemgetter(2)  # of an ingested row
_REMEMBERED = 10_000  # tokens; only the batches of the last transaction can come again


def _insert(table: str, columns: str) -> str:
    names = columns.split()
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - constants


def _upsert(table: str, columns: str) -> str:
    """Inserted, or replaced where the first column is already there."""
    first, *others = columns.split()
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{_insert(table, columns)} ON CONFLICT ({first}) DO UPDATE SET {sets}"


_INGEST = _insert("ingest", "check_key id at code duration latency loss phase_set phases detail")
_TRANSITION = _insert(
    "transition",
    "check_key at old new old_state new_state began bound unknown_from unknown_until"
    " reason detail result_id",
)
_SPAN = _insert("span", "check_key began ended condition known bound up degraded down outages")
_STATE = _upsert("state", "check_key value")
_INCIDENT = _upsert(
    "incident",
    "id kind check_key severity began began_bound ended ended_bound reason detail affected"
    " acked cause cause_reason notes told closing ticket proposed cause_by cause_at",
)
_OVERLAY = _upsert(
    "overlay",
    "id kind source check_key covers start duration zone rrule reason announced entered"
    " entered_by withdrawn withdrawn_by",
)
_BLIP = "INSERT OR REPLACE INTO blip (check_key, began, ended, fails) VALUES (?, ?, ?, ?)"
_NOTIFICATION = _upsert(
    "notification",
    "id incident channel kind seq created due state attempts attempted delivered error stored",
)


class Book:
    """The database as the writer knows it: what it need not look up for every batch.

    True as long as every transaction it took part in was committed; the writer opens a new one
    after any that was not.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.keys: dict[str, int] = dict(db.execute("SELECT id, key FROM checks"))
        self.former: dict[str, int] = {}  # ids renamed lately: what still comes under them
        self.facts = FactBook(db)
        self.head = ledger.head(db)
        self.closed = Closed(db)
        self._newest: dict[int, int] = {}  # by check the highest number so far
        self._phase_sets: dict[tuple[str, ...], int] = {
            tuple(orjson.loads(names)): number
            for number, names in db.execute("SELECT * FROM phase_set")
        }

    @property
    def phase_names(self) -> dict[int, tuple[str, ...]]:
        return {number: names for names, number in self._phase_sets.items()}

    @property
    def _phase_texts(self) -> dict[int, str]:
        return {number: rows.dump(names) for names, number in self._phase_sets.items()}

    def apply(self, batch: Batch) -> None:
        if batch.urgent and not self._first_time(batch.token):
            return
        self._results(batch.results, batch.life)
        self._transitions(batch.transitions)
        self._states(batch.states)
        self._incidents(batch.incidents)
        self._notifications(batch.notifications)
        self._overlays(batch.overlays)
        self._blips(batch.blips)
        own_states.insert(self.db, (o for o in batch.own if not self.closed.covers(o.began)))
        if batch.entries:
            self.enter(batch.entries)
        if batch.life is not None and (batch.urgent or not batch.results):
            # Steady results are signs of life themselves; a page a second is saved.
            life.give(self.db, batch.life)

    def enter(self, entries: Iterable[Entry]) -> ledger.Head:
        """Into the ledger; the new head."""
        self.head = ledger.append(self.db, self.head, entries)
        return self.head

    def key(self, check: str, at: int) -> int:
        """The number of a check; one nobody announced gets it now."""
        key = self.keys.get(check) or self.former.get(check)
        if key is None:
            cursor = self.db.execute("INSERT INTO checks (id, first) VALUES (?, ?)", (check, at))
            key = self.keys[check] = cursor.lastrowid or 0
        return key

    def _first_time(self, token: int) -> bool:
        cursor = self.db.execute("INSERT OR IGNORE INTO applied (token) VALUES (?)", (token,))
        if cursor.rowcount and token % 1000 == 0:
            self.db.execute("DELETE FROM applied WHERE token < ?", (token - _REMEMBERED,))
        return cursor.rowcount > 0

    def _phase_set(self, names: tuple[str, ...]) -> int:
        number = self._phase_sets.get(names)
        if number is None:
            cursor = self.db.execute(
                "INSERT INTO phase_set (names) VALUES (?)", (rows.dump(names),)
            )
            number = self._phase_sets[names] = cursor.lastrowid or 0
        return number

    def _results(self, results: Iterable[Result], life: int | None) -> None:
        phase_set, keys, facts = self._phase_set, self.keys, self.facts
        newest, closed = self._newest, self.closed.until
        taken, doubted = [], []
        for result in results:
            key = keys.get(result.check) or self.key(result.check, result.at)
            taken.append((key, *to_row(result, phase_set)))
            facts.take(key, result)
            last = newest.get(key)
            if result.at < closed and (last is None or result.id <= last):
                doubted.append(taken[-1])
            elif last is None or result.id > last:
                newest[key] = result.id
        if doubted:
            told = told_before(self.db, doubted)
            taken = list({row[:2]: row for row in taken if row[:2] not in told}.values())
        self.db.executemany(_INGEST, taken)
        facts.write(self.db)
        if taken and min(map(_AT, taken)) < self.closed.until:
            late = self.closed.late(taken, self._phase_texts, life or max(map(_AT, taken)))
            if late is not None:
                self.enter([late])

    def _transitions(self, transitions: Iterable[Transition]) -> None:
        by_check: dict[int, list[Transition]] = defaultdict(list)
        for transition in transitions:
            by_check[self.key(transition.check, transition.at)].append(transition)
        for key, changes in by_check.items():
            self.db.executemany(_TRANSITION, [rows.from_transition(key, t) for t in changes])
            for transition in changes:
                self._respan(key, transition)

    def _respan(self, key: int, transition: Transition) -> None:
        start, before, tail = tail_from(transition), None, []
        newest_first = self.db.execute(
            "SELECT * FROM span WHERE check_key = ? ORDER BY began DESC", (key,)
        )
        for row in newest_first:
            span = rows.to_span(row)
            if span.ended is not None and span.ended <= start:
                before = rows.to_summed(row)
                break  # spans of a check do not overlap: all others ended before, too
            tail.append(span)
        newest_first.close()
        tail.reverse()
        if tail:
            self.db.execute(
                "DELETE FROM span WHERE check_key = ? AND began >= ?", (key, tail[0].began)
            )
        made = summed(before, respan(tail, transition))
        self.db.executemany(_SPAN, [rows.from_span(key, each) for each in made])

    def _states(self, states: Mapping[str, CheckState]) -> None:
        self.db.executemany(
            _STATE,
            [
                (self.key(check, state.last_at or 0), rows.from_state(state))
                for check, state in states.items()
            ],
        )

    def _incidents(self, incidents: Iterable[Incident]) -> None:
        self.db.executemany(
            _INCIDENT,
            [
                rows.from_incident(None if i.check is None else self.key(i.check, i.began), i)
                for i in incidents
            ],
        )

    def _notifications(self, notifications: Iterable[Notification]) -> None:
        self.db.executemany(_NOTIFICATION, [rows.from_notification(n) for n in notifications])

    def _blips(self, blips: Iterable[Blip]) -> None:
        rows = [(self.key(b.check, b.began), b.began, b.ended, b.fails) for b in blips]
        self.db.executemany(_BLIP, rows)

    def _overlays(self, overlays: Iterable[Entered | Pause]) -> None:
        self.db.executemany(
            _OVERLAY,
            [
                rows.from_pause(self.key(each.check, each.entered), each)
                if isinstance(each, Pause)
                else rows.from_maintenance(partial(self.key, at=each.entered), each)
                for each in overlays
            ],
        )
