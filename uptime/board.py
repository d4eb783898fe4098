"""What every output shows: the latest row of each check, under a version.

One writer (the recorder), many readers, all on the loop. A row keeps its own encoded JSON,
so that a poll over ten thousand checks joins bytes instead of building objects.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from uptime.core.model import CheckState, Incident, Overlay, Result, Severity, Status
from uptime.core.text import rfc3339

Planned = Callable[[str], int | None]
"""When a check runs next, in ms; asked when a row is encoded, which is seldom."""


@dataclass(slots=True)
class Row:
    """One check as shown. `version` is the board's count when it last changed."""

    id: str
    name: str
    group: str | None
    type: str
    target: str
    labels: dict[str, str] = field(default_factory=dict)
    severity: Severity = Severity.MEDIUM
    interval: float = 30.0
    objective: float | None = None
    depends_on: tuple[str, ...] = ()
    public: str | None = None
    state: CheckState = field(default_factory=CheckState)
    overlays: frozenset[Overlay] = frozenset()
    result: Result | None = None
    incident: int | None = None
    version: int = 0
    _json: bytes = b""
    _json_version: int = -1

    @property
    def status(self) -> Status:
        return self.state.state

    def wire(self, planned: Planned) -> bytes:
        """The row as JSON (schema.BoardRow), encoded once per version."""
        if self._json_version != self.version:
            result = self.result
            self._json = orjson.dumps(
                {
                    "id": self.id,
                    "name": self.name,
                    "group": self.group,
                    "type": self.type,
                    "target": self.target,
                    "labels": self.labels,
                    "severity": self.severity,
                    "state": self.state.state,
                    "condition": self.state.condition,
                    "since": rfc3339(self.state.since),
                    "overlays": sorted(self.overlays),
                    "fresh": self.state.known,
                    "blame": result.blame if result else None,
                    "reason": result.reason if result else None,
                    "detail": (result.detail or None) if result else None,
                    "latency_s": result.latency if result else None,
                    "loss": result.loss if result else None,
                    "last_result": rfc3339(result.at) if result else None,
                    "next_run": rfc3339(planned(self.id)),
                    "incident": f"INC-{self.incident}" if self.incident else None,
                    "objective": self.objective,
                    "depends_on": self.depends_on,
                }
            )
            self._json_version = self.version
        return self._json


class Board:
    """Rows by check id, with "what changed after version N, wait up to T"."""

    def __init__(self, planned: Planned = lambda _: None) -> None:
        self._planned = planned
        self._follower: Callable[[Row], None] | None = None
        self.rows: dict[str, Row] = {}
        self.incidents: dict[int, Incident] = {}
        self.monitor_version = 0
        self._start = secrets.token_hex(4)
        self._count = 0
        self._removed: dict[str, int] = {}
        self._incident_versions: dict[int, int] = {}
        self._changed = asyncio.Event()
        self._awaited = False

    @property
    def version(self) -> str:
        """Opaque to clients; holds the daemon's start so that another life is told apart."""
        return f"{self._start}-{self._count}"

    def wire(self, row: Row) -> bytes:
        """The row as JSON (schema.BoardRow)."""
        return row.wire(self._planned)

    def put(self, row: Row) -> None:
        """A row is new or has changed."""
        self.touch(row)
        self.rows[row.id] = row
        self._removed.pop(row.id, None)

    def touch(self, row: Row) -> None:
        self._count += 1
        row.version = self._count
        self._wake()
        if self._follower is not None:
            self._follower(row)

    def follow(self, follower: Callable[[Row], None]) -> None:
        """Be told of every row that changes, right after it did."""
        self._follower = follower

    def remove(self, check: str) -> None:
        if self.rows.pop(check, None) is not None:
            self._count += 1
            self._removed[check] = self._count
            self._wake()

    def show_incident(self, incident: Incident) -> None:
        """An incident opened, changed or closed; closed ones are forgotten after a day."""
        self._count += 1
        self.incidents[incident.id] = incident
        self._incident_versions[incident.id] = self._count
        self._wake()

    def forget_incidents(self, before: int) -> None:
        """Drop what closed before this time; clients keep what they were told."""
        for number, incident in list(self.incidents.items()):
            if incident.ended is not None and incident.ended < before:
                del self.incidents[number]
                del self._incident_versions[number]

    def touch_monitor(self) -> None:
        """The monitor's own health changed."""
        self._count += 1
        self.monitor_version = self._count
        self._wake()

    def since(self, version: str | None) -> int | None:
        """The count behind a client's version, or None when it must be answered in full."""
        if version is None:
            return None
        start, _, count = version.partition("-")
        if start != self._start or not count.isascii() or not count.isdigit():
            return None
        return int(count) if int(count) <= self._count else None

    def changed(self, after: int | None) -> tuple[list[Row], list[str], list[Incident]]:
        """Rows, removed ids and incidents newer than a count; everything for None."""
        if after is None:
            open_first = sorted(self.incidents.values(), key=lambda i: (not i.open, -i.began))
            return list(self.rows.values()), [], open_first
        return (
            [row for row in self.rows.values() if row.version > after],
            [check for check, count in self._removed.items() if count > after],
            [self.incidents[n] for n, count in self._incident_versions.items() if count > after],
        )

    async def wait(self, after: int, seconds: float) -> None:
        """Returns when something is newer than `after`, or after `seconds`."""
        if self._count > after:
            return
        self._awaited = True
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        # Everyone who waits now is released; who comes later waits for the next change.
        if self._awaited:
            self._awaited = False
            self._changed.set()
            self._changed = asyncio.Event()

    def counts(self, rows: Iterable[Row] | None = None) -> dict[str, int]:
        counts = {status.value: 0 for status in Status}
        for row in self.rows.values() if rows is None else rows:
            counts[row.status.value] += 1
        return counts
