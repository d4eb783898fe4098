"""Writes that were refused, for the ledger: at most one entry a minute of a kind."""

from __future__ import annotations

from uptime.core.model import Entry
from uptime.core.statements import entry

EVERY = 60_000


class Denials:
    """A kind is a route and a status, so that there are only so many."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[int, int]] = {}

    def entry(self, action: str, status: int, who: str, why: str, now: int) -> Entry | None:
        """What is to be entered; `times` counts those that were not since the last one."""
        last, left_out = self._last.get((action, status), (None, 0))
        if last is not None and last <= now < last + EVERY:
            self._last[action, status] = (last, left_out + 1)
            return None
        self._last[action, status] = (now, 0)
        return entry(
            "denied", now, action=action, status=status, who=who, why=why, times=left_out + 1
        )
