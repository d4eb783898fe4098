"""The one thread that writes: one connection, one transaction at a time, answers in order.

Batches that wait together share a commit, so that a storm costs a few. After a failure the
connection's picture of the database is thrown away, and the connection, too, unless the disk
was merely full; the next commit tries again. Nothing is retried here but a full disk, once,
after the ballast was given up and the WAL was folded in.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from uptime.core.model import Batch
from uptime.store.ballast import Ballast
from uptime.store.batches import Book
from uptime.store.connect import connect_writer
from uptime.store.errors import StoreBroken
from uptime.store.ledger import Head

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Book], T]

GROUP = 256
WAL_BYTES = 4 << 20
WAL_BYTES_BUSY = 32 << 20
# Errors of what was handed in, not of the disk: these condemn one batch, not its neighbours.
_OF_CONTENT = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
)


@dataclass(frozen=True, slots=True)
class _Commit:
    batch: Batch
    done: Future[None] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Call:
    """Any other work; in a transaction or, where SQLite allows none, outside (`urgent` None)."""

    work: Work[Any]
    urgent: bool | None
    done: Future[Any] = field(default_factory=Future)


class Writer:
    def __init__(self, path: Path, on_head: Callable[[Head], None] = lambda _: None) -> None:
        """`on_head` is called on the writer's thread when entries of the ledger are durable."""
        self.ballast = Ballast(path)
        self._path = path
        self._wal = Path(f"{path}-wal")
        self._queue: queue.SimpleQueue[_Commit | _Call | None] = queue.SimpleQueue()
        self._db: sqlite3.Connection | None = None
        self._book: Book | None = None
        self._full: bool | None = None
        self._on_head = on_head
        self._said: Head | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    # ---- from any thread ----

    def commit(self, batch: Batch) -> Future[None]:
        return self._put(_Commit(batch))

    def call(self, work: Work[T], *, urgent: bool = True) -> Future[T]:
        """In a transaction of its own."""
        return self._put(_Call(work, urgent))

    def outside(self, work: Work[T]) -> Future[T]:
        """Not in a transaction, which some pragmas do not bear."""
        return self._put(_Call(work, None))

    def close(self) -> None:
        """After what waits is written."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()

    def _put(self, job: _Commit | _Call) -> Future[Any]:
        if self._closed:
            raise StoreBroken(f"{self._path}: is closed")
        self._queue.put(job)
        return job.done

    # ---- on the writer's thread ----

    def _run(self) -> None:
        job = self._queue.get()
        while job is not None:
            if isinstance(job, _Call):
                self._answer(job)
                following = None
            else:
                group, following = self._waiting_with(job)
                self._commit(group)
            self._checkpoint()
            job = following or self._queue.get()
        self._shut()

    def _waiting_with(self, first: _Commit) -> tuple[list[_Commit], _Call | None]:
        """The batches that wait together, and what stopped the gathering."""
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._queue.put(None)  # nothing comes after it, so its place is the end
                break
            if isinstance(job, _Call):
                return group, job
            group.append(job)
        return group, None

    def _commit(self, group: Sequence[_Commit]) -> None:
        def work(book: Book) -> None:
            for job in group:
                book.apply(job.batch)

        try:
            self._transact(work, urgent=any(job.batch.urgent for job in group))
        except Exception as error:
            if len(group) > 1 and not _of_the_store(error):
                for job in group:
                    self._commit([job])
                return
            for job in group:
                job.done.set_exception(self._named(error))
        else:
            for job in group:
                job.done.set_result(None)

    def _answer(self, job: _Call) -> None:
        try:
            if job.urgent is not None:
                result = self._transact(job.work, urgent=job.urgent)
            else:
                result = job.work(self._open())
        except Exception as error:
            if job.urgent is None:
                self._drop(error)
            job.done.set_exception(self._named(error))
        else:
            job.done.set_result(result)

    def _transact(self, work: Work[T], *, urgent: bool) -> T:
        try:
            return self._try(work, urgent=urgent)
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            if self.ballast.release():
                log.warning("%s: the disk is full; the ballast was given up", self._path)
            self._fold()  # what is in the WAL may have room in the database
            return self._try(work, urgent=urgent)

    def _try(self, work: Work[T], *, urgent: bool) -> T:
        book = self._open()
        db = book.db
        try:
            if urgent is not self._full:
                db.execute(f"PRAGMA synchronous = {'FULL' if urgent else 'NORMAL'}")
                self._full = urgent
            db.execute("BEGIN IMMEDIATE")
            result = work(book)
            db.execute("COMMIT")
        except BaseException as error:
            self._drop(error)
            raise
        if urgent and book.head != self._said:
            self._said = book.head
            self._on_head(book.head)
        return result

    def _open(self) -> Book:
        if self._db is None:
            self._db, self._full = connect_writer(self._path), None
        if self._book is None:
            self._book = Book(self._db)
        return self._book

    def _drop(self, error: BaseException) -> None:
        """What was in memory may be ahead of the disk now; after an I/O error so may SQLite's."""
        self._book = None
        if self._db is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        if _of_the_store(error) and not _is_full(error):
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _checkpoint(self) -> None:
        """Fold the WAL into the database once it has grown, when nobody waits."""
        try:
            size = self._wal.stat().st_size
        except OSError:
            return
        if size > (WAL_BYTES if self._queue.empty() else WAL_BYTES_BUSY):
            self._fold()

    def _fold(self) -> None:
        if self._db is not None:
            try:
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.Error as error:
                log.warning("%s: checkpoint failed: %s", self._path, error)
                self._drop(error)

    def _shut(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with contextlib.suppress(sqlite3.Error):
                self._db.close()

    def _named(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.Error | OSError):
            broken = StoreBroken(f"{self._path}: {error}")
            broken.__cause__ = error
            return broken
        return error


def _of_the_store(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error | OSError) and not isinstance(error, _OF_CONTENT)


def _is_full(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
