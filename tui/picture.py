"""What the daemon last said, kept current by its deltas. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def take(self, status: Status) -> Changes:
        """A full answer replaces everything, a delta what it names."""
        rows = {row.id: row for row in status.checks}
        if status.full:
            order = True
            self.rows = rows
            self.incidents = {}
        else:
            order = bool(status.removed) or any(
                (old := self.rows.get(id)) is None or _place(old) != _place(row)
                for id, row in rows.items()
            )
            self.rows.update(rows)
            for id in status.removed:
                self.rows.pop(id, None)
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
        for incident in self.incidents.values():
            if incident.state == "open" and row.id in incident.affected:
                return incident
        return None

    def children(self, check: str) -> list[BoardRow]:
        return [row for row in self.rows.values() if check in row.depends_on]

    def parents(self, row: BoardRow) -> list[BoardRow]:
        return [self.rows[id] for id in row.depends_on if id in self.rows]

    def counts(self) -> dict[str, int]:
        counts = {"down": 0, "degraded": 0, "unknown": 0, "up": 0}
        for row in self.rows.values():
            counts[row.state] += 1
        return counts


def _place(row: BoardRow) -> tuple[object, ...]:
    """All that the order of the board depends on."""
    return row.state, row.overlays, row.since, row.severity, row.group, row.name, row.incident
