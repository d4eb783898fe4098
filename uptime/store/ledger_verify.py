"""The whole record beside its ledger: chain, signed heads, spans, results and what is left of
them.

Read a page at a time, each in a short transaction, beside a daemon that may go on writing: what
is compared with the rebuilt past is read in the same transaction as the newest entries.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from uptime.core import ledger, own_state
from uptime.core.heads import Day
from uptime.core.rebuild import Past
from uptime.store import (
    heads_day,
    ledger_past,
    reports,
    verify_incidents,
    verify_rollups,
    verify_statements,
)
from uptime.store.chunks import HOUR_MS
from uptime.store.ingest import Row
from uptime.store.upkeep import OWN_KEPT_MS
from uptime.store.values import Audit, Finding
from uptime.store.verify_signatures import Signatures

if TYPE_CHECKING:
    from uptime.store.history import History

T = TypeVar("T")
PAGE = 2_000
_A_DAY = 86_400_000
_MOST = 20  # findings of one kind that are told; more say no more

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""
_NOT_UNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def audit(
    history: History,
    *,
    heads: Path | None = None,
    head: str | None = None,
    tip: bool = True,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Everything that does not fit, the first of it first. `heads` is a file of signed heads,
    those beside the database if None; `head` the hash of an entry that must be there. A copy
    has no `tip` of its own.

    FileNotFoundError if `heads` was given and is not there.
    """
    with closing(ledger_past.TemporaryShelf()) as shelf:
        signatures = Signatures(history.path, heads, tip=tip)
        return _Audit(history, signatures, Past(shelf)).run(head, progress)


class _Audit:
    def __init__(self, history: History, signatures: Signatures, past: Past) -> None:
        self._history = history
        self._findings = signatures.findings
        self._book = signatures
        self._past = past
        self._seq, self._head = 0, ledger.GENESIS
        self._bad: int | None = None
        self._wanted: str | None = None
        self._retained = 0  # results begun before this may have been dropped
        self._late: dict[tuple[int, int], int] = {}  # by check and id the entry that told it
        self._lates: list[tuple[int, Mapping[str, Any]]] = []
        self._days: dict[str, tuple[int, Day, str]] = {}
        self._minutes: dict[int, tuple[Day, str]] = {}  # the monitor's own, by entry
        self._reports: dict[int, Mapping[str, Any]] = {}
        self._last_at = 0
        self._unsigned = 0

    def run(self, head: str | None, progress: Progress) -> Audit:
        self._wanted = head
        total, checks = self._history.ask(_sizes)
        while self._history.ask(self._pull) and self._bad is None:
            progress("entries", self._seq, max(total, self._seq))
        days, rolled_up, compared = 0, 0, False
        if self._bad is None:
            self._unsigned += self._book.finish(self._seq)
            compared = self._spans(checks, progress)
            if self._bad is None:
                days = self._results(progress)
                rolled_up = self._rollups(progress)
            if head is not None and self._wanted is not None:
                text = f"no entry has the hash {head}: the record was cut or written anew"
                self._find("wanted", None, text)
        return Audit(
            count=self._seq,
            head=self._head,
            bad=self._bad,
            findings=tuple(self._findings),
            heads=len(self._days),
            days=days,
            rollups=rolled_up,
            checks=len(self._past.lines),
            spans=compared,
            unsigned=self._unsigned,
        )

    def _find(self, kind: str, entry: int | None, text: str) -> None:
        if sum(one.kind == kind for one in self._findings) < _MOST:
            self._findings.append(Finding(kind, entry, text))

    # ---- entries ----

    def _pull(self, db: sqlite3.Connection) -> bool:
        """The next page of entries; whether there was any."""
        page = db.execute(
            "SELECT seq, entry, prev, hash FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?",
            (self._seq, PAGE),
        ).fetchall()
        bad = ledger.verify(page, self._seq + 1, self._head)
        for seq, text, _, digest in page:
            if seq == bad:
                break
            self._take(seq, text, digest)
            self._seq, self._head = seq, digest
        if bad is not None:
            self._bad = bad
            text = f"entry {bad} does not fit: it or the one before was changed or removed"
            self._find("chain", bad, text)
        return bool(page)

    def _pull_all(self, db: sqlite3.Connection) -> None:
        while self._bad is None and self._pull(db):
            pass

    def _take(self, seq: int, text: str, digest: str) -> None:
        if digest == self._wanted:
            self._wanted = None
        try:
            entry = orjson.loads(text)
            self._last_at = entry["at"]
            self._past.take(seq, entry)
            self._note(seq, entry)
        except _NOT_UNDERSTOOD:
            self._find("entry", seq, f"entry {seq} is none that a daemon wrote")
        self._book.passes(seq, digest)

    def _note(self, seq: int, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "start" if "key" in entry:
                self._book.keys.add(entry["key"])
            case "gap":
                text = (
                    f"entry {seq}: at that start entry {entry['seq']}, which had been signed, was "
                    f"gone or another; there were {entry['entries']}"
                )
                self._find("gap", seq, text)
            case "retention":
                if entry["until"] > entry["at"] + _A_DAY:
                    self._find("entry", seq, f"entry {seq} drops what is not old yet")
                else:
                    self._retained = max(self._retained, entry["until"])
            case "unsigned":
                self._unsigned += entry["last"] - entry["first"] + 1
            case "late":
                for each in entry["results"]:
                    key, number = map(int, each.split())
                    self._late.setdefault((key, number), seq)
                self._lates.append((seq, entry))
            case "report":
                self._reports[seq] = {k: entry[k] for k in ("at", "month", "revision", "hash")}
            case "head":
                day = Day(entry["day"], entry["began"], entry["ended"])
                if day.name in self._days:
                    self._find("head", seq, f"entry {seq} is a second head of {day.name}")
                self._days[day.name] = (seq, day, entry["results"])
                if "minutes" in entry:
                    self._minutes[seq] = (day, entry["minutes"])
                self._book.head(seq, day.name, entry["results"])

    # ---- spans ----

    def _spans(self, checks: int, progress: Progress) -> bool:
        """Whether all of them could be compared."""
        after: int | None = 0
        done = 0

        def compare(db: sqlite3.Connection) -> tuple[int | None, list[Finding]]:
            return ledger_past.compare(db, self._past, after or 0)

        def rest(db: sqlite3.Connection) -> list[Finding]:
            found = ledger_past.unknown_checks(db, self._past) + self._closed(db)
            found += verify_statements.compare(db, self._past.said)
            found += verify_incidents.compare(db, self._past.incidents.told)
            return found + list(reports.compare(db, self._reports))

        while after is not None:
            after, found = self._ask_anew(compare)
            if self._bad is not None:
                return False
            self._tell(found)
            done += ledger_past.PORTION
            progress("spans", min(done, checks), checks)
        self._tell(self._ask_anew(rest))
        return True

    def _closed(self, db: sqlite3.Connection) -> list[Finding]:
        """The list of closed days, which the ledger has, too."""
        there = {
            day: (seq, Day(day, began, ended))
            for day, began, ended, seq in db.execute("SELECT day, began, ended, seq FROM sealed")
        }
        said = {name: (seq, day) for name, (seq, day, _) in self._days.items()}
        return [
            Finding(
                "head",
                said.get(name, (None,))[0],
                f"the list of closed days has not of {name} what the ledger has",
            )
            for name in sorted(there.keys() | said.keys())
            if there.get(name) != said.get(name)
        ]

    # ---- results ----

    def _results(self, progress: Progress) -> int:
        """The days that were computed again."""
        days = sorted(self._days.values(), key=lambda each: each[1].began)
        lines: dict[tuple[int, int], bytes] = {}
        horizon: int | None = None

        def tell(index: int, part: float) -> None:
            done = round((index + part) * 100)
            progress("results of closed days", done, len(days) * 100)

        done = 0
        for index, (seq, day, results) in enumerate(days):
            before = None
            while day.began >= self._retained and before != (known := len(self._late)):
                # What came late or was dropped while this was read is in the ledger by then.
                before = known
                found = self._day(seq, day, lines, partial(tell, index))
                self._history.ask(self._pull_all)
                if found.results == results:
                    break
            if day.began < self._retained:
                continue
            horizon = day.began if horizon is None else horizon
            done += 1
            if found.results != results:
                text = (
                    f"the results of {day.name} are not those of entry {seq}: "
                    f"some were changed, added or removed"
                )
                self._find("results", seq, text)
        for seq, entry in self._lates:
            if horizon is not None and entry["began"] >= max(horizon, self._retained):
                self._late_ones(seq, entry, lines)
        self._history.ask(self._between)
        self._own()
        return done

    def _own(self) -> None:
        """What the monitor recorded of itself on closed days, as far as it is kept."""
        for seq, (day, told) in self._minutes.items():
            if day.began < self._last_at - OWN_KEPT_MS + _A_DAY:
                continue
            found = own_state.lines(self._history.own_day(day))
            if hashlib.sha256(found).hexdigest() != told:
                text = (
                    f"the monitor's own minutes of {day.name} are not those of entry {seq}: "
                    f"some were changed, added or removed"
                )
                self._find("minutes", seq, text)

    def _day(
        self,
        seq: int,
        day: Day,
        lines: dict[tuple[int, int], bytes],
        tell: Callable[[float], None],
    ) -> heads_day.Hashed:
        def came_late(row: Row, key: int) -> bool:
            told = self._late.get((key, row.id))
            if told is None or told < seq:
                return False
            lines[key, row.id] = heads_day.line(row, reading.names)
            return True

        late = {key: partial(came_late, key=key) for key, _ in self._late}
        reading = self._history.ask(lambda db: heads_day.Reading(db, day, late))
        for done, hour in enumerate(reading.hours):
            tell(done / len(reading.hours))
            reading.take(hour, self._history.ask(partial(reading.fetch, hour=hour)))
        return reading.result()

    def _late_ones(
        self, seq: int, entry: Mapping[str, Any], lines: Mapping[tuple[int, int], bytes]
    ) -> None:
        places = [tuple(map(int, each.split())) for each in entry["results"]]
        there = [lines[key, number] for key, number in places if (key, number) in lines]
        if len(there) < len(places) or heads_day.late_hash(there) != entry["hash"]:
            self._find("late", seq, f"the late results of entry {seq} are not those it tells of")

    def _between(self, db: sqlite3.Connection) -> None:
        """Results where no day was closed, before one that was: nobody wrote them there."""
        if not self._days:
            return
        _, newest, _ = max(self._days.values())
        if newest.ended > self._last_at:
            return  # the clock was set back since: these days are still to be closed
        days = [day for _, day, _ in self._days.values()]
        for hour in heads_day.hours_with_results(db):
            began, ended = hour * HOUR_MS, (hour + 1) * HOUR_MS
            if ended > newest.began or ended <= self._retained:
                continue
            if not any(day.began < ended and began < day.ended for day in days):
                text = f"there are results in the hour {hour}, of a day that was never closed"
                self._find("results", None, text)
                return

    # ---- what is left of results ----

    def _rollups(self, progress: Progress) -> int:
        """The days that were compared."""
        named = {day.began: day.name for _, day, _ in self._days.values()}
        return verify_rollups.compare(
            self._ask_anew, self._past.rolled_up, named, self._tell, partial(progress, "rollups")
        )

    def _ask_anew(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """In the read transaction in which the newest entry was taken."""

        def both(db: sqlite3.Connection) -> T:
            self._pull_all(db)
            return work(db)

        return self._history.ask(both)

    def _tell(self, found: Iterable[Finding]) -> None:
        for one in found:
            self._find(one.kind, one.entry, one.text)


def _sizes(db: sqlite3.Connection) -> tuple[int, int]:
    (entries,) = db.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchone()
    (checks,) = db.execute("SELECT count(*) FROM checks").fetchone()
    return int(entries), int(checks)
