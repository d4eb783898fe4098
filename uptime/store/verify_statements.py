"""Maintenance, pauses and tokens in the database beside the entries that made them.

The entry of each row is made again and compared: so every field of an entry is, and a row that
was added, edited or dropped shows.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from uptime.core.model import Entry
from uptime.core.rebuild_said import Stated, Statements, covers
from uptime.core.statements import of_maintenance, of_pause, of_revocation, of_token
from uptime.store import rows
from uptime.store.values import Finding

_NOT_READ = (KeyError, TypeError, ValueError, AttributeError)

Again = Callable[[Stated | None], tuple[Entry, Entry | None]]
"""The entries that a row would have been made by: entered, and taken back or None."""


def compare(db: sqlite3.Connection, said: Statements) -> list[Finding]:
    """What of the tables is not what the ledger says, the first of each thing. To be asked in
    the read transaction in which `said` took the newest entry.
    """
    names = dict(db.execute("SELECT key, id FROM checks"))
    return [*_maintenance(db, said, names), *_pauses(db, said, names), *_tokens(db, said)]


def _maintenance(
    db: sqlite3.Connection, said: Statements, names: Mapping[int, str]
) -> Iterator[Finding]:
    table = {
        f"MNT-{row[0]}": row
        for row in db.execute("SELECT * FROM overlay WHERE kind = 'maintenance'")
    }

    def again(row: Any) -> Again:
        def made(stated: Stated | None) -> tuple[Entry, Entry | None]:
            entered = rows.to_maintenance(names, row)
            first = of_maintenance(replace(entered, withdrawn=None))
            if stated is not None:
                words = sorted(entered.plan.match.words)
                if words != sorted(covers(stated)):
                    raise ValueError("it covers other checks")
                first = {**first, "covers": stated.entered.entry["covers"]}
            return first, None if entered.withdrawn is None else of_maintenance(entered)

        return made

    for name in sorted(table.keys() | said.maintenance.keys(), key=_number):
        row, stated = table.get(name), said.maintenance.get(name)
        yield from _differs("maintenance", name, again(row) if row else None, stated)
    strange = db.execute(
        "SELECT id, kind FROM overlay WHERE kind NOT IN ('maintenance', 'pause') LIMIT 1"
    )
    for number, kind in strange:
        yield Finding("maintenance", None, f"overlay {number}: {str(kind)[:40]!r} is none")


def _pauses(
    db: sqlite3.Connection, said: Statements, names: Mapping[int, str]
) -> Iterator[Finding]:
    table: dict[str, list[Any]] = defaultdict(list)
    for row in db.execute("SELECT * FROM overlay WHERE kind = 'pause' ORDER BY id"):
        table[names.get(row[3], f"number {row[3]}")].append(row)

    def again(row: Any) -> Again:
        def made(stated: Stated | None) -> tuple[Entry, Entry | None]:
            pause = rows.to_pause(names[row[3]], row)
            first = of_pause(replace(pause, withdrawn=None, withdrawn_by=None))
            last = None if pause.withdrawn is None else of_pause(pause)
            if stated is None:
                return first, last
            return _as_then(first, stated.entered.entry), last and _as_then(
                last, (stated.withdrawn or stated.entered).entry
            )

        return made

    told = said.pauses()
    for check in sorted(table.keys() | told.keys()):
        for row, stated in zip_longest(table.get(check, ()), told.get(check, ())):
            yield from _differs("pause", f"of {check}", again(row) if row else None, stated)


def _as_then(entry: Entry, then: Mapping[str, Any]) -> Entry:
    """Under the name the check had."""
    return {**entry, "check": then["check"]}


def _tokens(db: sqlite3.Connection, said: Statements) -> Iterator[Finding]:
    table = {row[0]: row for row in db.execute("SELECT * FROM token")}

    def again(row: Any) -> Again:
        def made(stated: Stated | None) -> tuple[Entry, Entry | None]:
            number, name, digest, scopes, created, expires, revoked = row
            first = of_token(number, name, digest, scopes.split(), created, expires, by="")
            last = None if revoked is None else of_revocation(number, revoked, by="")
            if stated is None:
                return first, last
            return {**first, "by": stated.entered.entry["by"]}, last and {
                **last, "by": (stated.withdrawn or stated.entered).entry["by"]
            }  # fmt: skip

        return made

    for number in sorted(table.keys() | said.tokens.keys()):
        row, stated = table.get(number), said.tokens.get(number)
        yield from _differs("token", str(number), again(row) if row else None, stated)


def _differs(kind: str, name: str, made: Again | None, stated: Stated | None) -> Iterator[Finding]:
    if stated is None:
        yield Finding(kind, None, f"{kind} {name}: is in no entry")
        return
    where = f"entry {stated.seq}"
    if made is None:
        yield Finding(kind, stated.seq, f"{kind} {name}: the one of {where} is gone")
        return
    try:
        first, last = made(stated)
    except _NOT_READ:
        first, last = {}, None
    if first != dict(stated.entered.entry):
        where = f"entry {stated.entered.seq}"
        yield Finding(kind, stated.entered.seq, f"{kind} {name}: is not what {where} says")
    elif last != (None if stated.withdrawn is None else dict(stated.withdrawn.entry)):
        yield Finding(kind, stated.seq, f"{kind} {name}: whether it ended is not what {where} says")


def _number(name: str) -> tuple[int, str]:
    digits = name.rpartition("-")[2]
    return (int(digits) if digits.isdigit() else 0, name)
