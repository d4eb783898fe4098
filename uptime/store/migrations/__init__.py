"""Revisions of the schema, oldest first: told apart without importing Alembic."""

from __future__ import annotations

REVISIONS = ("0001",)
