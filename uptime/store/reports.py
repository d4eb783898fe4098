"""Reports of closed months: kept as they were, their hash in the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from uptime.core.statements import entry
from uptime.store.batches import Book
from uptime.store.values import Finding, Kept


@dataclass(frozen=True, slots=True)
class Closed:
    """A report to be kept: `head` is the newest entry it was made of."""

    month: str
    revision: int
    head: str
    by: str
    reason: str | None
    text: str


def close(book: Book, report: Closed, at: int) -> Kept | None:
    """Keep a report and enter its hash; None if another was closed as this revision meanwhile."""
    (last,) = book.db.execute(
        "SELECT coalesce(max(revision), 0) FROM report WHERE month = ?", (report.month,)
    ).fetchone()
    if report.revision != last + 1:
        return None
    kept = Kept(report.month, report.revision, at, book.head.seq + 1, report.text)
    book.enter([
        entry(
            "report", at, month=kept.month, revision=kept.revision, by=report.by,
            reason=report.reason, hash=kept.hash, head=report.head,
        )
    ])  # fmt: skip
    book.db.execute(
        "INSERT INTO report (seq, month, revision, at, text) VALUES (?, ?, ?, ?, ?)",
        (kept.seq, kept.month, kept.revision, kept.at, kept.text),
    )
    return kept


def compare(db: sqlite3.Connection, said: Mapping[int, Mapping[str, Any]]) -> Iterator[Finding]:
    """Reports that are not what the entry of their number says."""
    there = set()
    for seq, month, revision, at, text in db.execute(
        "SELECT seq, month, revision, at, text FROM report ORDER BY seq"
    ):
        there.add(seq)
        told = said.get(seq)
        name = f"the report of {month}, revision {revision},"
        kept = Kept(month, revision, at, seq, str(text))
        if told is None:
            yield Finding("report", None, f"{name} is in no entry")
        elif (told["month"], told["revision"], told["at"]) != (month, revision, at):
            yield Finding("report", seq, f"{name} is not the one of entry {seq}")
        elif kept.hash != told["hash"]:
            yield Finding("report", seq, f"{name} is not what was closed in entry {seq}")
    for seq in sorted(said.keys() - there):
        name = f"the report of {said[seq]['month']}, revision {said[seq]['revision']},"
        yield Finding("report", seq, f"{name} of entry {seq} is gone")
