"""What was told lately: the rows of open and recent incidents, in every state."""

from __future__ import annotations

from uptime.core.model import Notification
from uptime.notify.outbox import FINAL

MOST = 10_000
KEEP = 8_000


class Memory:
    """Rows by id and by incident; the oldest finished ones are forgotten when there are many."""

    def __init__(self) -> None:
        self._rows: dict[int, Notification] = {}
        self._incidents: dict[int, set[int]] = {}

    def knows(self, number: int) -> bool:
        return number in self._rows

    def put(self, row: Notification) -> None:
        self._rows[row.id] = row
        if row.incident is not None:
            self._incidents.setdefault(row.incident, set()).add(row.id)
        if len(self._rows) > MOST:
            self._forget()

    def of(self, incident: int) -> list[Notification]:
        """Ordered by channel and by when they were owed."""
        rows = [self._rows[number] for number in self._incidents.get(incident, ())]
        return sorted(rows, key=lambda row: (row.channel, row.seq, row.id))

    def _forget(self) -> None:
        finished = [number for number, row in self._rows.items() if row.state in FINAL]
        for number in finished[: len(self._rows) - KEEP]:
            row = self._rows.pop(number)
            if row.incident is not None:
                numbers = self._incidents[row.incident]
                numbers.discard(number)
                if not numbers:
                    del self._incidents[row.incident]
