"""Writes uptime/store/migrations/schema.sql: what all migrations together make."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from uptime.store import migrate
from uptime.store.migrations import REVISIONS


def schema() -> str:
    """The statements of a database that was brought to the newest revision step by step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "new.db")
        sqlite3.connect(path).close()
        migrate.upgrade(path)
        db = sqlite3.connect(path)
        statements = [
            sql
            for (sql,) in db.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name"
            )
        ]
        db.close()
    version = f"INSERT INTO alembic_version VALUES ('{REVISIONS[-1]}')"
    return ";\n\n".join(" ".join(s.split()) for s in [*statements, version]) + ";\n"


if __name__ == "__main__":
    migrate.SCHEMA.write_text(
        "-- Written by scripts/schema.py: what all migrations together make.\n\n" + schema()
    )
