"""The record, read: by the daemon's reader threads, and by commands when no daemon runs.

Read-only whatever happens, each question in a transaction of its own, so that no reader keeps
the WAL from being folded in. Imports SQLModel, which takes a second; the daemon does that when
the first question is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Self, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from uptime.availability import Laid, Record, Tally
from uptime.core import ledger
from uptime.core.blips import Blips
from uptime.core.heads import Day
from uptime.core.maintenance import Entered
from uptime.core.model import Fact, Incident, Notification, Result, Span, Transition
from uptime.core.own_state import OwnState
from uptime.store import life, location, migrate, own_states, queries, results, series
from uptime.store.connect import connect_reader
from uptime.store.errors import StorageError, StoreBroken
from uptime.store.values import Kept, Series, Token, Verified

T = TypeVar("T")
_PAGE = 10_000


class History:
    """Questions to the record; safe to ask from several threads."""

    def __init__(self, path: Path, *, readers: int = 1, immutable: bool = False) -> None:
        self._path = path
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: connect_reader(path, immutable=immutable),
            pool_size=readers,
        )
        event.listen(self._engine, "begin", lambda db: db.exec_driver_sql("BEGIN"))

    @classmethod
    def open(cls, url: str) -> Self:
        """The database of a configuration, whether a daemon runs on it or not.

        Raises StorageError with the path and what to do; NotAllowed, one of them and a
        PermissionError, names the user who may. Without a WAL beside it the file is taken as
        it is and nothing is created, so that a look as root leaves no files of root's.
        """
        path = location.path_of(url)
        if not location.inspect(path, write=False):
            raise StorageError(f"{path}: does not exist; fix: start the daemon once (siaga run)")
        immutable = not path.with_name(path.name + "-wal").exists()
        if not migrate.check(path, immutable=immutable):
            raise StorageError(
                f"{path}: has an older schema; fix: start the daemon once (siaga run)"
            )
        return cls(path, immutable=immutable)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def key(self, check: str) -> int | None:
        """The number a check is kept under; None for one that never was."""
        return self._read(lambda db: queries.key_of(db, check))

    # ---- results ----

    def results(
        self, check: str, start: int, end: int, step: int | None, zone: tzinfo = UTC
    ) -> Series:
        """One point a result begun in [start, end), or one a step of `step` ms that has any; of
        one day, those of `zone`.
        """

        def work(db: Connection) -> Series:
            key = queries.key_of(db, check)
            if key is None:
                return Series([], None, None)
            return series.read(_driver(db), key, (start, end), step, zone)

        return self._read(work)

    def runs(self, check: str, start: int, end: int) -> list[Result]:
        """Results begun in [start, end), whole but for their facts."""

        def work(db: Connection) -> list[Result]:
            key = queries.key_of(db, check)
            return [] if key is None else results.runs(_driver(db), check, key, start, end)

        return self._read(work)

    def facts(self, check: str, at: int) -> dict[str, Fact]:
        """What was known of a check at an instant."""
        return self._read(lambda db: queries.facts(db, check, at))

    def facts_since(self, check: str, at: int) -> dict[str, tuple[int, Fact]]:
        """The same, each with the time since when it was recorded so."""
        return self._read(lambda db: queries.facts_since(db, check, at))

    # ---- availability ----

    def spans(self, check: str, start: int, end: int) -> list[Span]:
        """Those that touch [start, end), oldest first."""
        return self._read(lambda db: queries.spans(db, check, start, end))

    def monitored(self, check: str) -> list[tuple[int, int | None]]:
        """When the check was watched, oldest first."""
        return self._read(lambda db: queries.monitored(db, check))

    def records(self, checks: Sequence[str] | None, start: int, end: int) -> dict[str, Record]:
        """Spans and watched intervals that touch [start, end); of all checks ever, if None."""

        def work(db: Connection) -> dict[str, Record]:
            return queries.records(_driver(db), queries.names(db, checks), start, end)

        return self._read(work)

    def tallies(
        self, checks: Sequence[str], window: tuple[int, int], until: int
    ) -> dict[str, Tally]:
        """The time ledger of those checks whose spans can be added up as they are."""
        return self._read(lambda db: queries.tallies(_driver(db), checks, window, until))

    def counted(
        self, laid: Mapping[str, Laid], window: tuple[int, int], until: int
    ) -> dict[str, Tally]:
        """The time ledger of checks over which something is laid."""

        def work(db: Connection) -> dict[str, Tally]:
            names = queries.names(db, list(laid))
            return queries.counted(_driver(db), names, laid, window, until)

        return self._read(work)

    def blips(self, checks: Sequence[str] | None, start: int, end: int) -> dict[str, Blips]:
        """Failing streaks that confirmed nothing, begun in [start, end), by check."""
        return self._read(lambda db: queries.blips(db, checks, start, end))

    def transitions(self, check: str, start: int, end: int) -> list[Transition]:
        """Those found out in [start, end), oldest first."""
        return self._read(lambda db: queries.transitions(db, check, start, end))

    def maintenance(self) -> list[Entered]:
        """All that was ever entered, oldest first, withdrawn or not."""
        return self._read(queries.maintenance)

    def life(self) -> int | None:
        """The daemon's last sign of life; nothing is known of what came after."""
        return self._read(lambda db: life.last(_driver(db)))

    def own_states(self, start: int, end: int) -> list[OwnState]:
        """How the monitor itself fared, what touches [start, end), oldest first."""
        return self._read(lambda db: own_states.read(_driver(db), start, end))

    def own_day(self, day: Day) -> list[OwnState]:
        """What of that began on a day: its hash is in the day's head."""
        return self._read(lambda db: own_states.of_day(_driver(db), day))

    # ---- incidents ----

    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> list[Incident]:
        """Newest first, from below `after_id` on; `state` is open or closed."""
        return self._read(lambda db: queries.incidents(db, state, after_id, limit, check))

    def incidents_within(self, start: int, end: int) -> list[Incident]:
        """Those that touch [start, end), oldest first."""
        return self._read(lambda db: queries.incidents_within(db, start, end))

    def incident(self, id: int) -> Incident | None:
        return self._read(lambda db: queries.incident(db, id))

    def notifications(
        self,
        incident: int | None = None,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> list[Notification]:
        """Newest first, from below `after_id` on."""
        return self._read(lambda db: queries.notifications(db, incident, state, after_id, limit))

    def deliveries(self, start: int, end: int, late: int) -> tuple[int, int, int, int]:
        """Messages owed in [start, end): delivered, of those more than `late` ms after they were
        due, given up, still waiting. Marked tests are none.
        """
        return self._read(lambda db: queries.deliveries(db, start, end, late))

    # ---- reports ----

    def reports(self, month: str | None = None) -> list[Kept]:
        """Closed reports of a month, or of all, in the order in which they were closed."""
        return self._read(lambda db: queries.reports(db, month))

    def report(self, month: str) -> Kept | None:
        """The newest revision of a month that is closed."""
        return next(reversed(self.reports(month)), None)

    # ---- ledger ----

    def ledger(self, after_seq: int = 0, limit: int = 100) -> list[ledger.Row]:
        """Entries behind `after_seq`, oldest first."""
        return self._read(lambda db: queries.ledger_page(db, after_seq, limit))

    def ledger_verify(self) -> Verified:
        """Every entry, a page at a time, so that no read lasts."""
        seq, head, bad = 0, ledger.GENESIS, None
        while page := self.ledger(seq, _PAGE):
            bad = ledger.verify(page, seq + 1, head)
            if bad is not None:
                break
            seq, _, _, head = page[-1]
        return Verified(seq, head, bad)

    # ---- the API's own ----

    def tokens(self) -> list[Token]:
        """All of them, revoked ones too."""
        return self._read(queries.tokens)

    def remembered(self, key: str, principal: str) -> tuple[str, int, bytes] | None:
        """Hash of the request, status and body of the answer that was given to it."""
        return self._read(lambda db: queries.remembered(db, key, principal))

    # ---- the rest ----

    @property
    def path(self) -> Path:
        return self._path

    def spare(self) -> int:
        """Bytes of the file that hold nothing and will be used again."""

        def work(db: sqlite3.Connection) -> int:
            (pages,) = db.execute("PRAGMA freelist_count").fetchone()
            (size,) = db.execute("PRAGMA page_size").fetchone()
            return int(pages) * int(size)

        return self.ask(work)

    def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds, in one transaction of the driver's own connection."""
        return self._read(lambda db: work(_driver(db)))

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as db:
                return work(db)
        except DBAPIError as error:
            raise StoreBroken(f"{self._path}: {error.orig}") from error
        except sqlite3.Error as error:
            raise StoreBroken(f"{self._path}: {error}") from error


def _driver(db: Connection) -> sqlite3.Connection:
    """The connection beneath, for what goes by the ten thousands."""
    return cast("sqlite3.Connection", db.connection.driver_connection)
