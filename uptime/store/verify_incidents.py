"""What people said of incidents, in the database beside the entries that said it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from uptime.core.model import Acknowledgement, Note
from uptime.core.rebuild_incidents import Caused, Told
from uptime.core.ticket import Ticket
from uptime.store.values import Finding

_NOT_READ = (KeyError, TypeError, ValueError, AttributeError)
_NOTHING = Told()
_SAID = (
    "SELECT id, acked, cause, cause_reason, cause_by, cause_at, notes, ticket FROM incident"
    " WHERE acked IS NOT NULL OR cause IS NOT NULL OR cause_reason IS NOT NULL"
    " OR cause_by IS NOT NULL OR cause_at IS NOT NULL OR notes IS NOT '[]' OR ticket IS NOT NULL"
)


def compare(db: sqlite3.Connection, said: Mapping[int, Told]) -> Iterator[Finding]:
    """What of the table is not what the ledger says, field by field. To be asked in the read
    transaction in which `said` took the newest entry.
    """
    there = set()
    for row in db.execute(_SAID):
        there.add(row[0])
        yield from _differs(row[0], _fields(row), said.get(row[0], _NOTHING))
    for number, told in sorted(said.items()):
        if number in there or not told.seqs:
            continue
        if db.execute("SELECT 1 FROM incident WHERE id = ?", (number,)).fetchone() is None:
            seq = max(told.seqs.values())
            text = f"incident INC-{number}: the one of entry {seq} is gone"
            yield Finding("incident", seq, text)
        else:
            yield from _differs(number, _fields((number, *[None] * 5, "[]", None)), told)


def _differs(number: int, found: Mapping[str, object], told: Told) -> Iterator[Finding]:
    should = {
        "acknowledgement": told.acked,
        "cause": told.cause,
        "notes": tuple(told.notes),
        "ticket": told.ticket,
    }
    for name, value in should.items():
        if found[name] == value:
            continue
        seq = told.seqs.get(name)
        what = "is in no entry" if seq is None else f"is not what entry {seq} says"
        yield Finding("incident", seq, f"incident INC-{number}: its {name} {what}")


def _fields(row: Any) -> dict[str, object]:
    """By name; of what cannot be read the text, which is no statement."""
    _, acked, cause, reason, by, at, notes, ticket = row
    return {
        "acknowledgement": _read(acked, lambda found: Acknowledgement(**found)),
        "cause": Caused(cause, reason, by, at),
        "notes": _read(notes, lambda found: tuple(Note(**note) for note in found)),
        "ticket": _read(ticket, lambda found: Ticket(**found)),
    }


def _read(text: Any, make: Any) -> object:
    if text is None:
        return None
    try:
        return make(orjson.loads(text))
    except _NOT_READ:
        return repr(text)
