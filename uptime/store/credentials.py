"""What the API writes of its own: tokens, and the answers it gave to writes."""

from __future__ import annotations

import sqlite3


def add_token(
    db: sqlite3.Connection,
    name: str,
    hash: str,
    scopes: frozenset[str],
    created: int,
    expires: int | None,
) -> int:
    cursor = db.execute(
        "INSERT INTO token (name, hash, scopes, created, expires) VALUES (?, ?, ?, ?, ?)",
        (name, hash, " ".join(sorted(scopes)), created, expires),
    )
    return cursor.lastrowid or 0


def revoke_token(db: sqlite3.Connection, id: int, at: int) -> bool:
    """Whether it was one to revoke: a second revocation does not move the time of the first."""
    cursor = db.execute("UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", (at, id))
    return cursor.rowcount > 0


def has_token(db: sqlite3.Connection, id: int) -> bool:
    return db.execute("SELECT 1 FROM token WHERE id = ?", (id,)).fetchone() is not None


def remember(
    db: sqlite3.Connection,
    key: str,
    principal: str,
    request_hash: str,
    status: int,
    body: bytes,
    at: int,
) -> None:
    """The first answer given under a key stays the answer."""
    db.execute(
        "INSERT OR IGNORE INTO idempotency (principal, key, request, status, body, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (principal, key, request_hash, status, body, at),
    )
