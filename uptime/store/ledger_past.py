"""The past rebuilt from the ledger, beside the tables that were made as it happened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from uptime.core.model import Condition, Span
from uptime.core.rebuild import Line, Made, Past
from uptime.core.sums import Summed, Sums, summed
from uptime.core.text import rfc3339
from uptime.store.values import Finding

PORTION = 50  # checks compared in one read: half a second of a year with two spans a day

_COLUMNS = "began, ended, condition, known, bound"
_SUMS = ", ".join(Sums._fields)


class TemporaryShelf:
    """Older spans in a database of its own that is gone with it; SQLite spills it to a file."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(
            "CREATE TABLE span (line INTEGER, began INTEGER, ended INTEGER, condition TEXT,"
            " known INTEGER, bound INTEGER, seq INTEGER, PRIMARY KEY (line, began)) WITHOUT ROWID"
        )
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("BEGIN")

    def put(self, line: int, spans: Sequence[Made]) -> None:
        self._db.executemany(
            "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (line, s.began, s.ended, s.condition.value, s.known, s.bound, seq)
                for s, seq in spans
            ],
        )

    def take(self, line: int, start: int) -> list[Made]:
        found: list[Made] = []
        for made in self._rows(line, "ORDER BY began DESC"):
            if made.span.ended is not None and made.span.ended <= start:
                break
            found.append(made)
        if found:
            self._db.execute(
                "DELETE FROM span WHERE line = ? AND began >= ?", (line, found[-1].span.began)
            )
        return found[::-1]

    def all(self, line: int) -> Iterator[Made]:
        return self._rows(line, "ORDER BY began")

    def close(self) -> None:
        self._db.close()

    def _rows(self, line: int, order: str) -> Iterator[Made]:
        found = self._db.execute(
            f"SELECT {_COLUMNS}, seq FROM span WHERE line = ? {order}",  # noqa: S608 - constants
            (line,),
        )
        for row in found:
            yield Made(_span(row), row[5])


def compare(db: sqlite3.Connection, past: Past, after: int) -> tuple[int | None, list[Finding]]:
    """What of the next checks behind number `after` is not what the ledger says.

    The last number looked at, None at the end. To be asked in the read transaction in which
    `past` took the newest entry.
    """
    checks = db.execute(
        "SELECT key, id FROM checks WHERE key > ? ORDER BY key LIMIT ?", (after, PORTION)
    ).fetchall()
    found: list[Finding] = []
    for key, name in checks:
        found += _check(db, past, key, name)
    return (checks[-1][0] if checks else None), found


def unknown_checks(db: sqlite3.Connection, past: Past) -> list[Finding]:
    """Checks that the ledger knows and the database does not."""
    there = {name for (name,) in db.execute("SELECT id FROM checks")}
    return [
        Finding("check", _first(past, line), f"check {name}: the ledger has it, the database not")
        for name, line in sorted(past.lines.items())
        if name not in there
    ]


def _first(past: Past, line: Line) -> int | None:
    seqs = [made.seq for made in past.spans(line)] + [seq for _, seq in line.watched.values()]
    return min(seqs, default=None)


def _check(db: sqlite3.Connection, past: Past, key: int, name: str) -> Iterator[Finding]:
    line = past.lines.get(name)
    if line is not None and line.key is not None and line.key != key:
        yield Finding("check", None, f"check {name}: has number {key}, the ledger says {line.key}")
        return
    spans = db.execute(
        f"SELECT {_COLUMNS}, {_SUMS} FROM span WHERE check_key = ? ORDER BY began",  # noqa: S608
        (key,),
    )
    made = past.spans(line) if line is not None else iter(())
    last: Summed | None = None
    for row, should in zip_longest(spans, made):
        problem = _differs(row, should)
        if problem is None:
            (last,) = summed(last, (should.span,))
            problem = _miscounted(row, last, should.seq)
        if problem is not None:
            seq = None if should is None else should.seq
            yield Finding("span", seq, f"check {name}: {problem}")
            break
    spans.close()
    watched = db.execute(
        "SELECT began, ended FROM monitored WHERE check_key = ? ORDER BY began", (key,)
    ).fetchall()
    said = {} if line is None else line.watched
    for began in sorted({began for began, _ in watched} | said.keys()):
        ended, seq = said.get(began, (None, None))
        if (began, ended) not in watched or began not in said:
            text = f"check {name}: when it was watched from {rfc3339(began)} on is not what "
            yield Finding("watched", seq, text + _says(seq))
            break


def _differs(row: Any, made: Made | None) -> str | None:
    """What is wrong with a row of the table; None if it is what the ledger says."""
    if row is None:
        assert made is not None
        return f"the span from {rfc3339(made.span.began)} of entry {made.seq} is gone"
    try:
        found = _span(row)
    except ValueError:
        found = None
    if made is not None and found == made.span:
        return None
    if made is None:
        return f"the span from {_when(row[0])} is in no entry"
    if found is not None and found.began > made.span.began:
        return f"the span from {rfc3339(made.span.began)} of entry {made.seq} is gone"
    return f"the span from {_when(row[0])} is not what {_says(made.seq)}"


def _miscounted(row: Any, last: Summed, seq: int) -> str | None:
    """Sums of a right span that are not those of the spans before it: they make the figures."""
    if row[5:] == last.sums:
        return None
    began = rfc3339(last.span.began)
    return f"the sums of the span from {began} of entry {seq} are not those of the spans before it"


def _when(value: object) -> str:
    try:
        return str(rfc3339(value)) if isinstance(value, int) else repr(value)[:40]
    except OverflowError:
        return str(value)[:40]


def _says(seq: int | None) -> str:
    return "any entry says" if seq is None else f"entry {seq} says"


def _span(row: Sequence[Any]) -> Span:
    began, ended, condition, known, bound, *_ = row
    if known not in (0, 1):
        raise ValueError(f"known is {known!r}")
    return Span(began, ended, Condition(condition), bool(known), bound)
