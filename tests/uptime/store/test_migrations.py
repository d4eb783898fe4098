"""The schema that migrations make is the one the tables describe, and the one plain SQL expects."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from scripts.schema import schema
from tests.uptime.store.helpers import opened, sql
from uptime.store import batches, migrate, migrations
from uptime.store.connect import connect_writer
from uptime.store.tables import Table


@pytest.fixture
def made(path: Path) -> Path:
    with opened(path):
        pass
    return path


def test_migrations_make_what_the_tables_describe(made: Path) -> None:
    engine = create_engine(f"sqlite:///{made}")
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_a_new_database_is_what_the_migrations_make() -> None:
    """`python -m scripts.schema` writes the file again."""
    assert migrate.SCHEMA.read_text().partition("\n\n")[2] == schema()


def test_columns_lie_in_the_order_of_the_tables(made: Path) -> None:
    """`SELECT *` and the tuples of rows.py depend on it; comparing metadata does not look."""
    for table in Table.metadata.sorted_tables:
        found = [name for _, name, *_ in sql(made, f"PRAGMA table_info({table.name})")]
        assert found == [column.name for column in table.columns], table.name


def test_tables_keyed_by_more_than_a_number_have_no_rowid_beside_it(made: Path) -> None:
    without = sql(made, "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'")
    assert {name for (name,) in without} == {
        "blip", "monitored", "fact", "span", "idempotency", "own_state",
    }  # fmt: skip


def test_the_ledger_has_its_fixed_form(made: Path) -> None:
    columns = sql(made, "PRAGMA table_info(ledger)")
    assert [(name, kind, key) for _, name, kind, _, _, key in columns] == [
        ("seq", "INTEGER", 1),
        ("entry", "TEXT", 0),
        ("prev", "TEXT", 0),
        ("hash", "TEXT", 0),
    ]


def test_every_revision_is_on_the_list_that_a_start_compares_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(revisions)) == migrations.REVISIONS


@pytest.mark.parametrize("statements", range(1, 40, 6))
def test_a_migration_that_fails_at_any_statement_leaves_nothing(
    path: Path, statements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed or out of space in the middle: the file is as it was."""
    sqlite3.connect(path).close()
    countdown = iter([sqlite3.SQLITE_OK] * statements)

    def guarded(where: Path) -> sqlite3.Connection:
        db = connect_writer(where)
        db.set_authorizer(lambda *_: next(countdown, sqlite3.SQLITE_DENY))
        return db

    monkeypatch.setattr(migrate, "connect_writer", guarded)
    with pytest.raises(Exception, match=r"not authorized|prohibited"):
        migrate.upgrade(path)
    assert sql(path, "SELECT name FROM sqlite_master") == []


def test_the_write_path_names_only_columns_there_are(made: Path) -> None:
    statements = [
        value for name, value in vars(batches).items() if name.isupper() and "INTO" in str(value)
    ]
    assert len(statements) == 8
    db = sqlite3.connect(made)
    for statement in statements:
        db.execute(f"EXPLAIN {statement}", [None] * statement.count("?"))
    db.close()
