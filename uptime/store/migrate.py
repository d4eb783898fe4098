"""The schema's version: compared by a plain SELECT, changed by Alembic, which is imported then.

A first start needs no Alembic either (it takes a second to import): what all migrations
together make stands in `schema.sql`. A new database is made under another name and renamed when
it is whole, so that a file at the database's path is a database or none, wherever the process
was killed. Later revisions run in one transaction each start.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from uptime.store.connect import connect_reader, connect_writer
from uptime.store.errors import StorageError
from uptime.store.migrations import REVISIONS

SCHEMA = Path(__file__).parent / "migrations" / "schema.sql"


def create(path: Path) -> None:
    """A new database of the newest revision at `path`, where nothing is."""
    new = path.with_name(path.name + ".new")
    for rest in (new, Path(f"{new}-wal"), Path(f"{new}-shm"), Path(f"{new}-journal")):
        rest.unlink(missing_ok=True)
    try:
        db = sqlite3.connect(new, isolation_level=None)
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only possible before the first table
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(f"BEGIN;{SCHEMA.read_text()}COMMIT;")
        db.close()
        _sync(new)
        new.rename(path)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path}: cannot be made: {error}; fix: check the disk") from error


def check(path: Path, *, immutable: bool = False) -> bool:
    """Whether the database at `path` is of the newest revision.

    Raises StorageError for a newer one than this program knows, and for one that is not ours.
    """
    try:
        db = connect_reader(path, immutable=immutable)
        try:
            version = _version(db)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StorageError(
            f"{path}: cannot be opened: {error}; fix: check the disk, or restore a backup"
        ) from error
    if version is None:
        raise StorageError(f"{path}: is another program's database; fix: name another file")
    if version not in REVISIONS:
        raise StorageError(
            f"{path}: was written by a newer version (schema {version}, this program knows up "
            f"to {REVISIONS[-1]}); fix: install that version again"
        )
    return version == REVISIONS[-1]


def upgrade(path: Path) -> None:
    """Bring a database to the newest revision, all or nothing."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    engine = create_engine("sqlite://", creator=lambda: connect_writer(path), poolclass=NullPool)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _version(db: sqlite3.Connection) -> str | None:
    """None for a database without our version table."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = db.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
