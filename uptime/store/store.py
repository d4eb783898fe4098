"""The daemon's record: opened once, written through one thread, read through a few.

Decides how SQL, threads and files go together; what is worth recording is decided outside. On
the loop everything is awaited; `open`, `recover` and `close` block and belong to start and end.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from uptime.core.heads import Day, SignedHead
from uptime.core.ledger import Row as LedgerLine
from uptime.core.model import (
    Batch,
    Fact,
    Incident,
    Notification,
    Pause,
    Result,
    Span,
    Transition,
)
from uptime.core.statements import entry, of_revocation, of_token
from uptime.store import (
    accept,
    credentials,
    heads_day,
    ledger_terms,
    location,
    migrate,
    recovery,
    reports,
    upkeep,
)
from uptime.store.batches import Book
from uptime.store.connect import connect_reader
from uptime.store.heads import Signer
from uptime.store.ledger import Gap, gap, unsigned
from uptime.store.ledger_terms import Accepted
from uptime.store.lock import Lock
from uptime.store.values import Kept, Recovered, Series, Token, Verified
from uptime.store.writer import Work, Writer

if TYPE_CHECKING:
    from uptime.availability import Laid, Record, Tally
    from uptime.store.history import History

T = TypeVar("T")
_READERS = 2
_BETWEEN = 0.02  # seconds between two pieces of work that hold the interpreter


class Store:
    """Made by `open`."""

    def __init__(self, path: Path, lock: Lock, raw_ms: int, clock: Callable[[], int]) -> None:
        self.path = path
        self._clock = clock
        self._lock = lock
        self.signer = Signer(path)
        self._writer = Writer(path, self.signer.move_tip)
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._history: History | None = None
        self._importing = threading.Lock()
        self._upkeep = upkeep.Upkeep(raw_ms, self._writer.ballast)
        self._upkeep_db: sqlite3.Connection | None = None
        self._plan: upkeep.Plan | None = None
        self._found: object = None
        self._maintaining = asyncio.Lock()

    @classmethod
    def open(cls, url: str, *, raw_s: float = 35 * 86_400, clock: Callable[[], int]) -> Store:
        """Locked, made or brought to the newest schema.

        Raises AlreadyRunning, or StorageError with the path and what to do; then nothing was
        written.
        """
        path = location.path_of(url)
        location.inspect(path, write=True)
        lock = Lock(path)
        try:
            if not location.inspect(path, write=True):
                migrate.create(path)
            elif not migrate.check(path):
                migrate.upgrade(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, lock, round(raw_s * 1000), clock)

    def close(self) -> None:
        """After what waits is written; the WAL is folded in, so that the file is all there is."""
        self._pool.shutdown()
        if self._history is not None:
            self._history.close()
        if self._upkeep_db is not None:
            self._upkeep_db.close()
        self._writer.close()
        self._lock.release()

    # ---- writing ----

    def missed(self, now: int) -> Gap | None:
        """What was signed and is not in the ledger any more. The ledger is told, and of entries
        that nobody signed, too. First of all, since whatever is written moves the tip. Blocks;
        StoreBroken if it cannot.
        """
        tip = self.signer.tip
        signed = [each for each in (self.signer.tip, self.signer.published) if each is not None]

        def work(book: Book) -> Gap | None:
            found = gap(book.db, signed)
            if found is not None:
                book.enter([entry("gap", now, **found._asdict())])
            elif tip is not None and tip.seq < book.head.seq:
                book.enter([entry("unsigned", now, first=tip.seq + 1, last=book.head.seq)])
            return found

        return self._writer.call(work).result()

    def recover(self, validity: Mapping[str, int]) -> Recovered:
        """The past; `validity` is how long a result of each check holds, in ms. Once, first."""
        return self._writer.call(lambda book: recovery.recover(book, validity)).result()

    def pauses(self) -> list[Pause]:
        """Those that last, under the names their checks have. At a start, before and after the
        configuration is accepted.
        """
        return self._writer.call(recovery.pauses).result()

    async def commit(self, batch: Batch) -> None:
        """Returns when it is in the database, on the disk if it is urgent; StoreBroken if not.

        The same batch may be committed again after a failure; it will stand once.
        """
        await _answer(self._writer.commit(batch))

    async def accept(
        self,
        checks: Mapping[str, str | None],
        at: int,
        paused: Collection[str] = (),
        configuration: Accepted | None = None,
    ) -> None:
        """Exactly these checks (id to former id) are configured from `at` on, and watched but
        for the paused ones; by a new `configuration`, if that is why.
        """

        def work(book: Book) -> None:
            accept.accept(book, checks, at, paused)
            if configuration is not None:
                ledger_terms.enter(book, configuration, at)

        await self._write(work)

    async def configured(self, configuration: Accepted, at: int) -> None:
        """A start with this configuration, in the ledger."""
        await self._write(lambda book: ledger_terms.enter(book, configuration, at))

    async def seal(self, day: Day, at: int) -> SignedHead | None:
        """Close a day: its results hashed in the ledger, that entry signed. None if a result of
        it came in meanwhile; then it is to be tried again.

        Not while results wait to be stored, and not beside `maintain`. OSError if the file of
        heads cannot be written: the head is in the ledger then, unsigned.
        """
        async with self._maintaining:
            reading = await self._in_pool(lambda: heads_day.Reading(self._upkeep_reader(), day))
            for hour in reading.hours:
                packed = await self._in_pool(partial(self._fetch, reading, hour))
                for portion in heads_day.portions(packed):
                    await self._in_pool(partial(reading.take, hour, portion))
                    await asyncio.sleep(_BETWEEN)
            hashed = reading.result()
            head = await self._write(
                lambda book: heads_day.close(book, day, hashed, reading.last, at)
            )
            if head is None:
                return None
            return await self._in_pool(lambda: self.signer.publish(day.name, head, hashed.results))

    async def sign_left(self) -> SignedHead | None:
        """Sign heads that are in the ledger and could not be signed when they were made; the
        newest that is published.
        """

        def work() -> SignedHead | None:
            last = self.signer.published
            for day, head, results in unsigned(self._upkeep_reader(), last, self.signer.tip):
                self.signer.publish(day, head, results)
            return self.signer.published

        async with self._maintaining:
            return await self._in_pool(work)

    def _fetch(self, reading: heads_day.Reading, hour: int) -> list[tuple[int, bytes | None]]:
        return reading.fetch(self._upkeep_reader(), hour)

    async def unsealed(self, now: int, zone: tzinfo) -> list[Day]:
        """Days that are over, with all their results in, and not closed yet; oldest first."""
        async with self._maintaining:
            return await self._in_pool(lambda: heads_day.unsealed(self._upkeep_reader(), now, zone))

    async def close_report(self, report: reports.Closed, at: int) -> Kept | None:
        """Keep the report of a month; None if another was closed as this revision meanwhile."""
        return await self._write(lambda book: reports.close(book, report, at))

    async def token_add(
        self,
        name: str,
        hash: str,
        scopes: frozenset[str],
        created: int,
        expires: int | None,
        by: str,
    ) -> int:
        """Its number. Who may speak is in the ledger, too."""

        def work(book: Book) -> int:
            number = credentials.add_token(book.db, name, hash, scopes, created, expires)
            book.enter([of_token(number, name, hash, scopes, created, expires, by)])
            return number

        return await self._write(work)

    async def token_revoke(self, id: int, at: int, by: str) -> bool:
        """False if there is no such token."""

        def work(book: Book) -> bool:
            if credentials.revoke_token(book.db, id, at):
                book.enter([of_revocation(id, at, by)])
            return credentials.has_token(book.db, id)

        return await self._write(work)

    async def remember(
        self, key: str, principal: str, request_hash: str, status: int, body: bytes, at: int
    ) -> None:
        """The answer to a write; the first one given stays."""
        await self._write(
            lambda book: credentials.remember(
                book.db, key, principal, request_hash, status, body, at
            )
        )

    async def maintain(self, now: int | None = None, zone: tzinfo = UTC) -> bool:
        """One slice of what is due: compaction, rollups by days of `zone`, retention, room.
        Whether there is more.
        """
        async with self._maintaining:
            if self._plan is None:
                self._plan = self._upkeep.plan(self._clock() if now is None else now, zone)
                self._found = None
            plan, self._plan = self._plan, None  # after a failure all is planned anew
            try:
                part = plan.send(self._found)
            except StopIteration:
                return False
            self._found = await self._do(part)
            self._plan = plan
            return True

    async def _do(self, part: upkeep.Slice) -> object:
        match part:
            case upkeep.Read(look):
                return await self._in_pool(lambda: look(self._upkeep_reader()))
            case upkeep.Write(change):
                return await _answer(self._writer.call(change, urgent=False))
            case upkeep.Outside(change):
                return await _answer(self._writer.outside(change))

    def _upkeep_reader(self) -> sqlite3.Connection:
        """Upkeep's own: it reads without SQLModel, one slice at a time."""
        if self._upkeep_db is None:
            self._upkeep_db = connect_reader(self.path)
        return self._upkeep_db

    async def _write(self, work: Work[T]) -> T:
        return await _answer(self._writer.call(work))

    # ---- reading: what History answers, off the loop ----

    async def results(
        self, check: str, start: int, end: int, step: int | None, zone: tzinfo = UTC
    ) -> Series:
        return await self._read(lambda h: h.results(check, start, end, step, zone))

    async def runs(self, check: str, start: int, end: int) -> list[Result]:
        return await self._read(lambda h: h.runs(check, start, end))

    async def facts(self, check: str, at: int) -> dict[str, Fact]:
        return await self._read(lambda h: h.facts(check, at))

    async def spans(self, check: str, start: int, end: int) -> list[Span]:
        return await self._read(lambda h: h.spans(check, start, end))

    async def monitored(self, check: str) -> list[tuple[int, int | None]]:
        return await self._read(lambda h: h.monitored(check))

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> dict[str, Record]:
        return await self._read(lambda h: h.records(checks, start, end))

    async def tallies(
        self, checks: Sequence[str], window: tuple[int, int], until: int
    ) -> dict[str, Tally]:
        return await self._read(lambda h: h.tallies(checks, window, until))

    async def counted(
        self, laid: Mapping[str, Laid], window: tuple[int, int], until: int
    ) -> dict[str, Tally]:
        return await self._read(lambda h: h.counted(laid, window, until))

    async def transitions(self, check: str, start: int, end: int) -> list[Transition]:
        return await self._read(lambda h: h.transitions(check, start, end))

    async def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> list[Incident]:
        return await self._read(lambda h: h.incidents(state, after_id, limit, check))

    async def incident(self, id: int) -> Incident | None:
        return await self._read(lambda h: h.incident(id))

    async def notifications(
        self,
        incident: int | None = None,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> list[Notification]:
        return await self._read(lambda h: h.notifications(incident, state, after_id, limit))

    async def ledger(self, after_seq: int = 0, limit: int = 100) -> list[LedgerLine]:
        return await self._read(lambda h: h.ledger(after_seq, limit))

    async def ledger_verify(self) -> Verified:
        return await self._read(lambda h: h.ledger_verify())

    async def tokens(self) -> list[Token]:
        return await self._read(lambda h: h.tokens())

    async def remembered(self, key: str, principal: str) -> tuple[str, int, bytes] | None:
        return await self._read(lambda h: h.remembered(key, principal))

    async def ask(self, work: Callable[[History], T]) -> T:
        """What `work` makes of the record, in a thread that reads."""
        return await self._read(work)

    async def _read(self, ask: Callable[[History], T]) -> T:
        return await self._in_pool(lambda: ask(self._reader()))

    async def _in_pool(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _reader(self) -> History:
        """Made by the first who reads, since SQLModel takes a second to import."""
        with self._importing:
            if self._history is None:
                from uptime.store.history import History

                self._history = History(self.path, readers=_READERS)
            return self._history


async def _answer(future: Future[T]) -> T:
    """What the writer's thread says; who stops waiting does not stop the writing."""
    return await asyncio.shield(asyncio.wrap_future(future))
