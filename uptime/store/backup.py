"""A copy of the database while a daemon writes it, and a copy put in its place.

A copy is made in slices from one snapshot (a read transaction that lasts as long; the WAL grows
meanwhile), under another name, checked, and renamed: under its own name it is whole or not
there. It has the signed heads beside it, never the key.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from uptime.core.statements import entry
from uptime.store import ledger, location, migrate
from uptime.store.connect import connect_reader, connect_writer
from uptime.store.errors import NotAllowed, StorageError
from uptime.store.heads import Signer, heads_path, read_heads, tip_path
from uptime.store.history import History
from uptime.store.ledger_verify import Progress, audit
from uptime.store.lock import Lock
from uptime.store.values import Finding

_PAGES = 2_000
_STEPS = 200_000  # of SQLite's machine between two looks at how far a check is
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied and where to; `replaced` is where what stood there is now."""

    path: Path
    bytes: int
    entries: int
    head: str
    findings: tuple[Finding, ...] = ()
    replaced: Path | None = None


def backup(source: Path, dest: Path, *, force: bool, progress: Progress) -> Copied:
    """A checked copy of `source` at `dest`. StorageError says what is in the way."""
    _there(source)
    if dest.exists() and dest.samefile(source):
        raise StorageError(f"{dest}: is the database itself; fix: name another file")
    if dest.exists() and not force:
        raise StorageError(f"{dest}: exists; fix: name another file, or say --force")
    if not dest.parent.is_dir():
        raise StorageError(f"{dest}: its directory does not exist; fix: mkdir -p {dest.parent}")
    heads = heads_path(source)
    part = dest.with_name(dest.name + ".part")
    try:
        kept = heads.read_bytes() if heads.exists() else None  # before, so that none is too new
        _copy(source, part, progress)
        found = _checked(part, heads if kept is not None else None, progress)
        if kept is not None:
            heads_path(dest).write_bytes(kept)
        _sync(part)
        part.replace(dest)
        _sync(dest.parent)
    except (OSError, sqlite3.Error) as error:
        _forget(part)
        raise StorageError(f"{dest}: cannot be written: {error}; fix: check the disk") from error
    except StorageError:
        _forget(part)
        raise
    return Copied(dest, dest.stat().st_size, found.entries, found.head, found.findings)


def restore(source: Path, target: Path, *, by: str, now: int, progress: Progress) -> Copied:
    """`source` in the place of `target`, which is kept under another name; the ledger says so.

    AlreadyRunning while a daemon holds it; StorageError for a copy that is not whole. Heads of
    entries that the copy has not go with the replaced record: whoever kept one finds it missing.
    """
    _there(source)
    if target.exists() and target.samefile(source):
        raise StorageError(f"{source}: is the database itself; fix: name a backup")
    if target.exists() and target.stat().st_uid != os.geteuid():
        raise NotAllowed(location.who_may(target, "restore this file"))
    lock = Lock(target)
    new = target.with_name(target.name + ".restoring")
    try:
        _copy(source, new, progress)
        beside = heads_path(source)
        found = _checked(new, beside if beside.exists() else None, progress)
        if found.findings:
            raise StorageError(f"{source}: {found.findings[0].text}; fix: restore another backup")
        if target.exists():
            shutil.copymode(target, new)
        head = _enter(new, found, target, by=by, now=now)
        suffix = datetime.fromtimestamp(now / 1000, UTC).strftime(".replaced-%Y%m%dT%H%M%SZ")
        replaced = _set_aside(target, suffix)
        new.replace(target)
        _heads_of(target, suffix, beside)
        _sync(target.parent)
        Signer(target).move_tip(head)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{target}: cannot be restored: {error}; fix: check the disk") from error
    finally:
        _forget(new)
        lock.release()
    return Copied(target, target.stat().st_size, head.seq, head.hash, (), replaced)


def sound(path: Path, *, full: bool, progress: Progress) -> list[str]:
    """What SQLite finds wrong with the file: quick_check, or integrity_check, which compares
    indices, too.
    """
    with closing(connect_reader(path, immutable=not _wal(path).exists())) as db:
        return _sound(db, full=full, progress=progress)


@dataclass(frozen=True, slots=True)
class _Found:
    entries: int
    head: str
    findings: tuple[Finding, ...]


def _there(source: Path) -> None:
    if not location.inspect(source, write=False):
        raise StorageError(f"{source}: does not exist; fix: name a database")
    migrate.check(source, immutable=not _wal(source).exists())


def _copy(source: Path, dest: Path, progress: Progress) -> None:
    _forget(dest)

    def step(_: int, remaining: int, total: int) -> None:
        progress("pages copied", total - remaining, total)

    with (
        closing(connect_reader(source, immutable=not _wal(source).exists())) as reader,
        closing(sqlite3.connect(dest, isolation_level=None)) as writer,
    ):
        # One snapshot: a writer's commit would begin the copy anew, and they come every second.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reader.backup(writer, pages=_PAGES, progress=step)
        writer.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file and nothing beside


def _checked(copy: Path, heads: Path | None, progress: Progress) -> _Found:
    """StorageError if the file is not sound; findings if its record is not what was written."""
    problems = sound(copy, full=False, progress=progress)
    if problems:
        raise StorageError(f"{copy}: is damaged: {problems[0]}; fix: siaga store check")
    with closing(History(copy, immutable=True)) as history:
        found = audit(history, heads=heads, tip=False, progress=progress)
    return _Found(found.count, found.head, found.findings)


def _sound(db: sqlite3.Connection, *, full: bool, progress: Progress) -> list[str]:
    name = "integrity_check" if full else "quick_check"
    steps = 0

    def look() -> int:
        nonlocal steps
        steps += 1
        progress(name, steps, 0)
        return 0

    db.set_progress_handler(look, _STEPS)
    try:
        rows = db.execute(f"PRAGMA {name}({_TOLD})").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(text) for (text,) in rows if text != "ok"]


def _enter(new: Path, found: _Found, target: Path, *, by: str, now: int) -> ledger.Head:
    """The last entry of the copy: what it is a copy of, and what it took the place of."""
    before = _head_of(target)
    with closing(connect_writer(new)) as db:
        db.execute("BEGIN IMMEDIATE")
        head = ledger.append(
            db,
            ledger.Head(found.entries, found.head),
            [
                entry(
                    "restore", now, by=by, seq=found.entries, hash=found.head,
                    replaced_seq=None if before is None else before.seq,
                    replaced_hash=None if before is None else before.hash,
                )
            ],
        )  # fmt: skip
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
    _sync(new)
    return head


def _head_of(path: Path) -> ledger.Head | None:
    if not path.exists():
        return None
    try:
        with closing(connect_reader(path, immutable=not _wal(path).exists())) as db:
            return ledger.head(db)
    except sqlite3.Error:
        return None  # damaged: that may be why it is replaced


def _set_aside(target: Path, suffix: str) -> Path | None:
    """What stands at `target` under another name, too; nothing of it beside it any more."""
    if not target.exists():
        return None
    with suppress(sqlite3.Error), closing(connect_writer(target)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    replaced = target.with_name(target.name + suffix)
    os.link(target, replaced)
    # A log that could not be folded in must not meet the new file.
    if _wal(target).exists():
        _wal(target).rename(_wal(replaced))
    target.with_name(target.name + "-shm").unlink(missing_ok=True)
    return replaced


def _heads_of(target: Path, suffix: str, beside: Path) -> None:
    """The signed heads that the restored record has; the file as it was is kept."""
    own, tip = heads_path(target), tip_path(target)
    source = own if own.exists() else beside
    lines = []
    with suppress(FileNotFoundError, ValueError), closing(connect_reader(target)) as db:
        for _, head in read_heads(source):
            row = db.execute("SELECT hash FROM ledger WHERE seq = ?", (head.seq,)).fetchone()
            if row is not None and row[0] == head.hash:
                lines.append(head.line + "\n")
    for file in (own, tip):
        if file.exists():
            shutil.copy2(file, file.with_name(file.name + suffix))
    if own.exists() or lines:
        new = own.with_name(own.name + ".new")
        new.write_text("".join(lines))
        new.replace(own)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _forget(path: Path) -> None:
    for rest in (path, _wal(path), Path(f"{path}-shm"), Path(f"{path}-journal")):
        rest.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
