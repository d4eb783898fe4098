"""Stores on real files, and values of which a test states only what matters."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from uptime.core.model import (
    Batch,
    CheckState,
    Condition,
    Incident,
    Notification,
    Result,
    Severity,
    Status,
    Transition,
)
from uptime.core.statements import of_transition
from uptime.store import Store

HOUR = 3_600_000
NOW = 490_000 * HOUR  # the full hour of a day in November 2025


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_store(path: Path, raw_s: float = 35 * 86_400) -> Store:
    return Store.open(url(path), raw_s=raw_s, clock=lambda: NOW)


@contextmanager
def opened(path: Path, raw_s: float = 35 * 86_400) -> Iterator[Store]:
    store = open_store(path, raw_s)
    try:
        yield store
    finally:
        store.close()


@asynccontextmanager
async def living(path: Path, raw_s: float = 35 * 86_400) -> AsyncIterator[Store]:
    """A store for a test that has more than one of them in its life."""
    store = await asyncio.to_thread(open_store, path, raw_s)
    try:
        yield store
    finally:
        await asyncio.to_thread(store.close)


def result(check: str = "web", id: int = 1, at: int = NOW, **values: Any) -> Result:
    values.setdefault("duration", 0.0125)
    values.setdefault("status", Status.UP)
    return Result(check=check, id=id, at=at, **values)


def went(
    check: str = "web",
    at: int = NOW,
    old: Condition = Condition.UP,
    new: Condition = Condition.DOWN,
    **values: Any,
) -> Transition:
    values.setdefault("began", at)
    states = {Condition.NONE: Status.UNKNOWN}
    return Transition(
        check=check,
        at=at,
        old=old,
        new=new,
        old_state=states.get(old) or Status(old.value),
        new_state=states.get(new) or Status(new.value),
        **values,
    )


def incident(id: int = 1, check: str | None = "web", **values: Any) -> Incident:
    values.setdefault("kind", "down")
    values.setdefault("severity", Severity.HIGH)
    values.setdefault("began", NOW)
    return Incident(id=id, check=check, **values)


def notification(id: int = 1, incident: int | None = 1, **values: Any) -> Notification:
    usual: dict[str, Any] = {
        "channel": "mail", "kind": "down", "seq": 1, "created": NOW, "due": NOW,
    }  # fmt: skip
    return Notification(id=id, incident=incident, **(usual | values))


def known(at: int, condition: Condition = Condition.UP, **values: Any) -> CheckState:
    usual: dict[str, Any] = {
        "last_id": 1, "last_at": at, "last_known": at, "valid_until": at + 45_000,
    }  # fmt: skip
    return CheckState(condition=condition, known=True, since=at, **(usual | values))


def outage(check: str = "web", number: int = 1, at: int = NOW) -> Batch:
    """A transition with all that hangs on it."""
    return Batch(
        results=(result(check, number, at, status=Status.DOWN, reason="refused"),),
        transitions=(went(check, at),),
        states={check: known(at, Condition.DOWN, last_id=number)},
        incidents=(incident(number, check, began=at),),
        notifications=(notification(number, number),),
        entries=(of_transition(went(check, at), number),),
        life=at,
    )


def sql(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What another program sees or does."""
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(statement, values).fetchall()


def count(path: Path, table: str) -> int:
    return int(sql(path, f"SELECT count(*) FROM {table}")[0][0])
