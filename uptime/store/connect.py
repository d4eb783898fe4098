"""Connections: the one that writes, and those that only read."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

BUSY_S = 5.0
_WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA wal_autocheckpoint = 0",  # the writer does it after its answers are given
    "PRAGMA journal_size_limit = 1048576",  # so that a WAL that is larger has really grown
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = OFF",  # Debian's default writes every freed page once more
    "PRAGMA synchronous = NORMAL",
)


def connect_writer(path: Path) -> sqlite3.Connection:
    """The one writing and checkpointing connection.

    One of them in one process: SQLite before 3.51.3 can lose a WAL that two connections reset.
    Transactions are ours alone (`isolation_level` None), so that DDL is inside them too.
    """
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, cached_statements=256)
    try:
        for pragma in _WRITER:
            db.execute(pragma)
    except BaseException:
        db.close()
        raise
    return db


def connect_reader(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Reads only, whatever it is told; may be handed from thread to thread."""
    how = "immutable=1" if immutable else "mode=ro"
    db = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{how}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    db.execute("PRAGMA query_only = ON")
    return db
