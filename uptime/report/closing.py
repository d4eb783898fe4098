"""When a month is closed, and what that makes of its report.

A month is closed 72 hours after its end, so that causes can be entered and what was stored late
is in, or when a person says so. What is closed is kept as it is; a correction is another
revision beside it, and says why and what differs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

import orjson

from uptime import availability
from uptime.core.calendar import date_of
from uptime.store.reports import Closed
from uptime.store.values import Kept

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.store.history import History

T = TypeVar("T")
log = logging.getLogger(__name__)

AFTER = 72 * 3_600_000  # ms from the end of a month until it is closed by itself
BY_ITSELF = "siaga"
LOOK_EVERY = 600_000


def made(
    config: Config, history: History, month: str, now: int, by: str, reason: str | None
) -> Closed:
    """The next revision of a month's report, as it is to be kept.

    ValueError for a month that is not over, and for a correction without a reason.
    """
    from uptime.report.changes import changes
    from uptime.report.gather import gather
    from uptime.report.kept import report_of, text_of
    from uptime.report.model import Closing

    _, end = availability.month(month, ZoneInfo(config.siaga.timezone))
    if now < end:
        raise ValueError(f"{month} is not over; fix: close it when it is")
    last = history.report(month)
    if last is not None and not reason:
        raise ValueError(
            f"{month} is closed, revision {last.revision}; "
            "fix: give the reason for another one: --reason TEXT"
        )
    found = gather(config, history, month, now)
    differs = () if last is None else tuple(changes(report_of(last.text), found))
    revision = 1 if last is None else last.revision + 1
    report = replace(found, closing=Closing(revision, by, reason, differs))
    return Closed(month, revision, report.book.head, by, reason, text_of(report))


def last_over(now: int, zone: ZoneInfo) -> str:
    """The newest month that is over."""
    start, _ = availability.month_of(now, zone)
    return f"{date_of(start - 1, zone):%Y-%m}"


def due(history: History, now: int, zone: ZoneInfo) -> list[str]:
    """Months on record that ended long enough ago and are not closed, oldest first."""
    first = next(iter(history.ledger(0, 1)), None)
    if first is None:
        return []
    closed = {kept.month for kept in history.reports()}
    out = []
    start, end = availability.month_of(int(orjson.loads(first[1])["at"]), zone)
    while end + AFTER <= now:
        name = f"{date_of(start, zone):%Y-%m}"
        if name not in closed:
            out.append(name)
        start, end = availability.month_of(end, zone)
    return out


Make = Callable[["Config", str, int, str, str | None], Awaitable[Closed]]
"""The configuration, month, now, by whom, and why: a report to be kept."""


class StoreLike(Protocol):
    """What is asked of the store."""

    async def ask(self, work: Callable[[History], T]) -> T: ...
    async def close_report(self, report: Closed, at: int) -> Kept | None: ...


class Reports:
    """Closes months for a daemon: by itself when they are due, and when told."""

    def __init__(
        self, store: StoreLike, config: Callable[[], Config], make: Make | None = None
    ) -> None:
        """`make` makes a report elsewhere; without it a reader's thread does."""
        self._store = store
        self._config = config
        self._make = make or self._make_here
        self._looked: int | None = None
        self._closing = asyncio.Lock()

    async def tend(self, now: int) -> None:
        """Close what is due; looks rarely. To be called when all that is known is stored."""
        if self._looked is not None and self._looked <= now < self._looked + LOOK_EVERY:
            return
        self._looked = now
        zone = ZoneInfo(self._config().siaga.timezone)
        for month in await self._store.ask(lambda history: due(history, now, zone)):
            try:
                kept = await self.close(month, now, BY_ITSELF, None)
            except ValueError as error:
                log.warning("%s is not closed yet: %s", month, error)
                return
            log.info("%s is closed: revision 1, entry %d", month, kept.seq)

    async def close(self, month: str, now: int, by: str, reason: str | None) -> Kept:
        """The month's next revision, kept. ValueError says why it cannot be."""
        async with self._closing:
            report = await self._make(self._config(), month, now, by, reason)
            kept = await self._store.close_report(report, now)
        if kept is None:
            raise ValueError(f"{month} was closed meanwhile; fix: look at it again")
        return kept

    async def _make_here(
        self, config: Config, month: str, now: int, by: str, reason: str | None
    ) -> Closed:
        return await self._store.ask(lambda history: made(config, history, month, now, by, reason))
