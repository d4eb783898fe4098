"""Alembic's entry: runs on the connection it is handed, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from uptime.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,  # SQLite can; Alembic assumes the old driver's habits
    render_as_batch=True,  # SQLite cannot alter most columns in place
)
with context.begin_transaction():
    context.run_migrations()
