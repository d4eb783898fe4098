"""How every check stands: its availability over the usual windows, refreshed once a minute.

The record of a check changes only when its state does, so only what changed is read again: with
ten thousand checks a reading of all of them a minute cost half as much as their probing. And what
never was down while it was watched has 100 % of every window until it changes: it is not even
worked out again, which cost a tenth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime.availability import DAY, Lay, Record, month_of, service_line
from uptime.config import Check, Config, Service
from uptime.core.model import CheckState, Condition
from uptime.core.sla import TimeLedger, account, added_up
from uptime.overlays import NOTHING

WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
_SLICE = 20  # checks at once: one to two milliseconds of the loop
_PAUSE = 0.02


class Gauges(Protocol):
    """Where it is shown."""

    def availability(self, check: str, window: str, percent: float | None) -> None: ...
    def budget(self, check: str, ratio: float | None) -> None: ...


class Reader(Protocol):
    """What is asked of the store."""

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...


class Standing:
    """Availability of all checks, off the record."""

    def __init__(
        self,
        reader: Reader,
        gauges: Gauges,
        shown: Callable[[str], CheckState | None],
        lay: Lay,
    ) -> None:
        """`shown` is the state of a check that is on record already, not one that runs ahead;
        `lay` what is laid over a check.
        """
        self._reader = reader
        self._gauges = gauges
        self._shown = shown
        self._lay = lay
        self._kept: dict[str, tuple[object, Record]] = {}  # with the state it was read at
        self._perfect: dict[str, object] = {}  # shown with 100 % of every window, at that state
        self._month: dict[str, float | None] = {}
        self._config: Config | None = None
        self._now = 0

    def month(self, check: str) -> float | None:
        """Availability since the month began, in percent, as of the last refresh."""
        return self._month.get(check)

    async def refresh(self, config: Config, now: int, *, keep: bool = True) -> None:
        """A few checks at a time, so that probes go on between. With `keep=False` (while the
        store is in trouble) what was read is not kept: what is shown may not be on record.
        """
        if config is not self._config or now < self._now:
            self._perfect.clear()
            self._kept.clear()  # watched since, watched no more; or the clock was set back
            self._month = {c: ratio for c, ratio in self._month.items() if c in config.checks}
        self._config, self._now = config, now
        first, _ = month_of(now, ZoneInfo(config.siaga.timezone))
        window = min(first, now - 30 * DAY), now
        checks = list(config.checks.values())
        for index in range(0, len(checks), _SLICE):
            part = [
                check
                for check in checks[index : index + _SLICE]
                if not self._is_perfect(check.id, window)
            ]
            if not part:
                await asyncio.sleep(0)
                continue
            found = await self._records([c.id for c in part], *window, keep)
            for check in part:
                record = found.get(check.id)
                if record is None:
                    continue
                perfect = self._show(check, record, first, now) and _never_down(record)
                if perfect and keep and self._lay(check.id, window) is NOTHING:
                    self._perfect[check.id] = self._kept[check.id][0]
                else:
                    self._perfect.pop(check.id, None)
            await asyncio.sleep(_PAUSE)
        for service in config.services.values():
            found = await self._records(service.members, *window, keep)
            self._show_service(service, found, first, now)
            await asyncio.sleep(0)

    def _is_perfect(self, check: str, window: tuple[int, int]) -> bool:
        """Whether what is shown of a check still holds without a look: what is laid over it may
        leave nothing of a window.
        """
        state = self._shown(check)
        return (
            state is not None
            and self._perfect.get(check) == state.lasting
            and self._lay(check, window) is NOTHING
        )

    async def _records(
        self, checks: Sequence[str], start: int, now: int, keep: bool
    ) -> dict[str, Record]:
        shown = {check: state for check in checks if (state := self._shown(check)) is not None}
        kept = {check: self._kept[check] for check in shown if check in self._kept}
        found = {c: record for c, (was, record) in kept.items() if was == shown[c].lasting}
        changed = [check for check in shown if check not in found]
        if changed:
            read = await self._reader.records(changed, start, now)
            found |= read
            if keep:
                self._kept |= {c: (shown[c].lasting, record) for c, record in read.items()}
        return found

    def _show_service(
        self, service: Service, records: Mapping[str, Record], first: int, now: int
    ) -> None:
        for name, length in WINDOWS.items():
            ledger = added_up(service_line(service, records, (now - length, now), now, self._lay))
            self._gauges.availability(service.id, name, ledger.availability)
        ledger = added_up(service_line(service, records, (first, now), now, self._lay))
        self._month[service.id] = ledger.availability
        self._gauges.budget(service.id, ledger.budget_ratio(service.objective))

    def _show(self, check: Check, record: Record, first: int, now: int) -> bool:
        """Whether all of it is 100 %."""
        shown = []
        for name, length in WINDOWS.items():
            shown.append(self._account(check.id, record, (now - length, now)).availability)
            self._gauges.availability(check.id, name, shown[-1])
        ledger = self._account(check.id, record, (first, now))
        self._month[check.id] = ledger.availability
        self._gauges.budget(check.id, ledger.budget_ratio(check.objective))
        return all(percent == 100 for percent in (*shown, ledger.availability))

    def _account(self, check: str, record: Record, window: tuple[int, int]) -> TimeLedger:
        laid = self._lay(check, window)
        return account(
            window,
            record.spans,
            record.monitored,
            until=window[1],
            maintenance=laid.held,
            hours=laid.hours,
        )


def _never_down(record: Record) -> bool:
    """Whether it is up, watched, and was nothing else in all that is known."""
    spans, monitored = record.spans, record.monitored
    return (
        bool(spans and monitored)
        and spans[-1].ended is None
        and spans[-1].known
        and monitored[-1][1] is None
        and all(s.condition in (Condition.UP, Condition.DEGRADED) for s in spans if s.known)
    )
