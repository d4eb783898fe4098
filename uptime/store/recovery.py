"""What a start finds, read in one transaction by the writer.

A state is written when more than its times changed, so that those come from the results: the
last one of each check, found by reading what came in last, backwards, for as long as something
is missing, and after that in the chunks.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from uptime.core.model import CheckState, Incident, Notification, Pause, Status
from uptime.store import chunks, rows
from uptime.store import life as signs
from uptime.store.batches import Book
from uptime.store.codes import decode
from uptime.store.ingest import Row, to_result
from uptime.store.values import Recovered

_RECENT_MS = 600_000
_LEAST_VALIDITY_MS = 45_000
_Values = dict[str, Any]
_OPEN = "SELECT id FROM incident WHERE ended IS NULL"


def recover(book: Book, validity: Mapping[str, int]) -> Recovered:
    """`validity` says for each check how long a result of it holds, in ms."""
    collecting = gc.isenabled()
    gc.disable()  # everything made here stays; looking through it again and again takes as long
    try:
        return _recover(book, validity)
    finally:
        if collecting:
            gc.enable()


def _recover(book: Book, validity: Mapping[str, int]) -> Recovered:
    db = book.db
    names = {key: check for check, key in book.keys.items()}
    life = signs.last(db)
    era = signs.begin(db)
    db.execute("DELETE FROM applied")  # no batch of another process comes again
    states = {
        names[key]: rows.state_values(value)
        for key, value in db.execute("SELECT check_key, value FROM state")
    }
    newest = _newest(book, states, validity, life)
    for check, found in newest.items():
        if check in states:
            _bring_up(states[check], found, validity.get(check, _LEAST_VALIDITY_MS))
    return Recovered(
        states={check: CheckState(**values) for check, values in states.items()},
        last={
            check: to_result(
                check, found.last, book.phase_names, book.facts.known.get(book.keys[check], {})
            )
            for check, found in newest.items()
            if found.last is not None
        },
        incidents=[
            _incident(names, row)
            for row in db.execute("SELECT * FROM incident WHERE ended IS NULL ORDER BY id")
        ],
        told=_notifications(db, f"incident IN ({_OPEN})"),
        notifications=_notifications(db, "state IN ('pending', 'claimed')"),
        maintenance=[
            rows.to_maintenance(names, row)
            for row in db.execute("SELECT * FROM overlay WHERE kind = 'maintenance' ORDER BY id")
        ],
        life=life,
        era=era,
        next_incident=_next(db, "incident"),
        next_notification=_next(db, "notification"),
        next_overlay=_next(db, "overlay"),
    )


def pauses(book: Book) -> list[Pause]:
    """Those that last, under the names their checks have."""
    names = {key: check for check, key in book.keys.items()}
    found = book.db.execute(
        "SELECT * FROM overlay WHERE kind = 'pause' AND withdrawn IS NULL ORDER BY id"
    )
    return [rows.to_pause(names[row[3]], row) for row in found]


@dataclass(slots=True)
class _Found:
    """The newest row of a check, and the newest that was not unknown."""

    last: Row | None = None
    known: Row | None = None

    def take(self, row: Row) -> bool:
        """Newest first; whether it is complete."""
        self.last = self.last or row
        if self.known is None and decode(row.code)[0] is not Status.UNKNOWN:
            self.known = row
        return self.known is not None


def _newest(
    book: Book,
    states: Mapping[str, _Values],
    validity: Mapping[str, int],
    life: int | None,
) -> dict[str, _Found]:
    if life is None:
        return {}
    db = book.db
    # Those that were known to the end have a result not older than its validity; the policy
    # may have changed since, so that the one the state speaks of counts, too.
    wanted = {
        book.keys[check]: life
        - _RECENT_MS
        - max(validity.get(check, 0), state.get("valid_until", 0) - state.get("last_at", 0))
        for check, state in states.items()
        if state.get("known")
    }
    configured = {book.keys[check] for check in validity if check in book.keys}
    newest = db.execute("SELECT seq, check_key, at, code FROM ingest ORDER BY seq DESC")
    last, known = _scan(newest, configured | wanted.keys(), life - _RECENT_MS)
    missing = wanted.keys() - known.keys()
    if missing:
        older = db.execute(
            "SELECT seq, check_key, at, code FROM ingest"
            " WHERE check_key IN (SELECT value FROM json_each(?)) ORDER BY seq DESC",
            (rows.dump(list(missing)),),
        )
        more_last, more_known = _scan(older, missing, 0)
        last, known = {**more_last, **last}, {**more_known, **known}
    by_seq = "SELECT * FROM ingest WHERE seq = ?"
    at_seq = {
        seq: Row._make(db.execute(by_seq, (seq,)).fetchone()[2:])
        for seq in {*last.values(), *known.values()}
    }
    found = {
        key: _Found(at_seq[seq], at_seq[known[key]] if key in known else None)
        for key, seq in last.items()
    }
    for key in missing - known.keys():
        _from_chunks(db, found.setdefault(key, _Found()), key, wanted[key], life)
    names = {key: check for check, key in book.keys.items()}
    return {names[key]: entry for key, entry in found.items()}


def _scan(
    newest_first: Iterable[tuple[int, int, int, int]], awaited: Collection[int], until: int
) -> tuple[dict[int, int], dict[int, int]]:
    """By check the `seq` of its last row, and of its last that was not unknown."""
    last: dict[int, int] = {}
    known: dict[int, int] = {}
    awaited = set(awaited)
    for seq, key, at, code in newest_first:
        if at < until or not awaited:
            break
        if key in known:
            continue
        last.setdefault(key, seq)
        if decode(code)[0] is not Status.UNKNOWN:
            known[key] = seq
            awaited.discard(key)
    return last, known


def _from_chunks(db: sqlite3.Connection, found: _Found, key: int, since: int, life: int) -> None:
    hour = life // chunks.HOUR_MS
    while hour >= since // chunks.HOUR_MS:
        row = db.execute(
            "SELECT data FROM chunk WHERE hour = ? AND check_key = ?", (hour, key)
        ).fetchone()
        if row and any(found.take(each) for each in reversed(chunks.unpack(row[0]))):
            return
        hour -= 1


def _bring_up(state: _Values, found: _Found, holds: int) -> None:
    last, known, told = found.last, found.known, state.get("last_id", 0)
    if last is not None and last.id > told:
        state.update(last_id=last.id, last_at=last.at)
    if known is not None and known.id > told:  # by its time it need not be later: clocks are set
        state.update(
            last_known=known.at,
            last_status=decode(known.code)[0],
            valid_until=known.at + holds,
        )


def _incident(names: Mapping[int, str], row: tuple[object, ...]) -> Incident:
    key = row[2]
    return rows.to_incident(names[key] if isinstance(key, int) else None, row)


def _notifications(db: sqlite3.Connection, which: str) -> list[Notification]:
    found = db.execute(f"SELECT * FROM notification WHERE {which} ORDER BY id")  # noqa: S608
    return [rows.to_notification(row) for row in found]


def _next(db: sqlite3.Connection, table: str) -> int:
    (last,) = db.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608 - constants
    return (last or 0) + 1
