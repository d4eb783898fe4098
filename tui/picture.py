"""What the daemon last said, kept current by its deltas. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.tree import SHOWN, shown
from uptime.schema import BoardRow, IncidentRow, MonitorHealth, Status


@dataclass(frozen=True, slots=True)
class Changes:
    """Which rows are new or different, and whether the order of the board may have changed."""

    rows: frozenset[str]
    order: bool


@dataclass(slots=True)
class Picture:
    version: str | None = None
    rows: dict[str, BoardRow] = field(default_factory=dict)
    incidents: dict[str, IncidentRow] = field(default_factory=dict)
    monitor: MonitorHealth | None = None
    _counts: dict[str, int] | None = None  # until the order changes

    def take(self, status: Status) -> Changes:
        """A full answer replaces everything, a delta what it names."""
        rows = {row.id: row for row in status.checks}
        if status.full:
            order = True
            self.rows = rows
            # What is closed stays as it was; what was open and is not named any more is over.
            closed = (each for each in self.incidents.values() if each.state == "closed")
            self.incidents = {each.id: each for each in closed}
        else:
            order = bool(status.removed) or any(
                (old := self.rows.get(check)) is None or _place(old) != _place(row)
                for check, row in rows.items()
            )
            self.rows.update(rows)
            for check in status.removed:
                self.rows.pop(check, None)
        if order:
            self._counts = None
        self.incidents.update((incident.id, incident) for incident in status.incidents)
        self.monitor = status.monitor
        self.version = status.version
        named = {incident.check for incident in status.incidents if incident.check}
        return Changes(frozenset(rows) | named, order)

    def incident_of(self, row: BoardRow) -> IncidentRow | None:
        """The open incident a row belongs to: its own, else the one of what it hangs on."""
        own = self.incidents.get(row.incident) if row.incident else None
        if own is not None and own.state == "open":
            return own
        opened = [each for each in self.incidents.values() if each.state == "open"]
        for incident in opened:
            if incident.check == row.id:
                return incident
        return next((each for each in opened if row.id in each.affected), None)

    def children(self, check: str) -> list[BoardRow]:
        return [row for row in self.rows.values() if check in row.depends_on]

    def parents(self, row: BoardRow) -> list[BoardRow]:
        return [self.rows[each] for each in row.depends_on if each in self.rows]

    def counts(self) -> dict[str, int]:
        """How many rows show what."""
        if self._counts is None:
            self._counts = dict.fromkeys(SHOWN, 0)
            for row in self.rows.values():
                self._counts[shown(row)] += 1
        return self._counts


def _place(row: BoardRow) -> tuple[object, ...]:
    """All that the order of the board depends on."""
    return row.state, row.overlays, row.since, row.severity, row.group, row.name, row.incident
