"""The manual's tables of keys, from the same rows the reader works by."""

from __future__ import annotations

from enum import Enum

from uptime.config.keys import REQUIRED, Key, Table
from uptime.config.tables import (
    CALENDAR,
    CHANNEL,
    CHECK,
    CONTRACT,
    COVER,
    GROUP,
    HISTORY,
    MAINTENANCE,
    MATCH,
    ROUTE,
    SERVICE,
    SIAGA,
)

TABLES: dict[str, Table] = {
    "[siaga]": SIAGA,
    "[history]": HISTORY,
    "[groups.ID]": GROUP,
    "[checks.ID] and [defaults]": CHECK,
    "[checks.ID] of a service": SERVICE,
    "[channels.ID]": CHANNEL,
    "[[routes]]": ROUTE,
    "match of [[routes]]": MATCH,
    "[[maintenance]]": MAINTENANCE,
    "match of [[maintenance]]": COVER,
    "[calendars.ID]": CALENDAR,
    "[contracts.ID]": CONTRACT,
}


def reference() -> str:
    """Markdown: one table of keys for each table of checks.toml."""
    return "\n".join(f"### `{name}`\n\n{_table(table)}" for name, table in TABLES.items())


def _table(table: Table) -> str:
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for name, key in table.keys.items():
        rows.append(f"| `{name}` | {key.words} | {_default(key)} | {key.text} |")
    return "\n".join(rows) + "\n"


def _default(key: Key) -> str:
    if key.default is REQUIRED:
        return "required"
    if key.shown:
        return key.shown
    match key.default:
        case None | () | {}:
            return ""
        case Enum() as value:
            return f"`{value.value}`"
        case value:
            return f"`{value}`"
