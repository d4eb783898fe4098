"""Services on the board: rows that follow those of their members, at once.

Derived and never stored: what a service was is computed from the record of its members when
asked (core/service.py), and the row here is that same rule at this moment. Planned work lies
over it as over a check: the state goes on saying what is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from uptime.board import Board, Row
from uptime.config import Service
from uptime.core.model import Condition, Overlay
from uptime.core.service import judge
from uptime.core.timeline import Class

_FOR_EVER = 1 << 62
_CONDITIONS = {
    Class.UP: Condition.UP,
    Class.DEGRADED: Condition.DEGRADED,
    Class.DOWN: Condition.DOWN,
}
_OVERLAYS = {Class.MAINTENANCE: Overlay.MAINTENANCE, Class.UNMONITORED: Overlay.PAUSED}


class ServiceRows:
    """Keeps a row a service; told by the board of every row that changes."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._services: dict[str, Service] = {}
        self._of: dict[str, list[Service]] = {}
        self._seen: dict[str, tuple[Class, bool]] = {}  # measured, and whether work is on
        board.follow(self.changed)

    def configure(self, services: Mapping[str, Service]) -> None:
        """These and no others; after the rows of their members."""
        for gone in self._services.keys() - services.keys():
            self._board.remove(gone)
        self._services = dict(services)
        self._of, self._seen = {}, {}
        for service in services.values():
            for member in service.members:
                self._of.setdefault(member, []).append(service)
        for member in self._of:
            row = self._board.rows.get(member)
            self._seen[member] = (Class.UNMONITORED, False) if row is None else _look(row)
        for service in services.values():
            self._put(service)

    def changed(self, row: Row) -> None:
        """A row changed; mostly one of no service, or one whose class stays what it was."""
        services = self._of.get(row.id)
        if services is None:
            return
        look = _look(row)
        news = self._seen[row.id] != look
        self._seen[row.id] = look
        for service in services:
            shown = self._board.rows[service.id]
            shown.state = shown.state._replace(last_known=row.state.last_known)
            if news:
                self._judge(service, shown, [row.id])

    def _put(self, service: Service) -> None:
        row = self._board.rows.get(service.id)
        if row is None:
            row = Row(service.id, service.name, service.group, service.type, "")
        row.name, row.group, row.type = service.name, service.group, service.type
        row.target = ", ".join(service.members)
        row.labels, row.severity = dict(service.labels), service.severity
        row.objective = service.objective
        row.depends_on = service.members  # what it hangs on, for whoever shows that
        row.public = service.public.name if service.public else None
        self._board.put(row)
        self._judge(service, row, service.members)

    def _judge(self, service: Service, row: Row, because: Iterable[str]) -> None:
        """What it is now; a change is as old as the newest of what it follows from."""
        looks = [self._seen[member] for member in service.members]
        kind = judge(service.type, Counter(kind for kind, _ in looks), service.n or 1)
        laid = judge(
            service.type,
            Counter(Class.MAINTENANCE if work else kind for kind, work in looks),
            service.n or 1,
        )
        condition = _CONDITIONS.get(kind, row.state.condition)
        known = kind in _CONDITIONS
        overlays = frozenset({_OVERLAYS[laid]} if laid in _OVERLAYS else ())
        was = row.state
        if (was.condition, was.known, row.overlays) == (condition, known, overlays):
            return
        since = was.since
        if condition is not was.condition:
            began = (self._began(member) for member in because)
            since = max((at for at in began if at is not None), default=None)
        row.overlays = overlays
        row.state = was._replace(
            condition=condition, since=since, known=known, valid_until=_FOR_EVER
        )
        self._board.touch(row)

    def _began(self, member: str) -> int | None:
        row = self._board.rows.get(member)
        return None if row is None else row.state.since


def _look(row: Row) -> tuple[Class, bool]:
    """What a check is measured to be, and whether planned work lies over that."""
    if Overlay.PAUSED in row.overlays:
        return Class.UNMONITORED, False
    work = Overlay.MAINTENANCE in row.overlays
    if not row.state.known or row.state.condition is Condition.NONE:
        return Class.UNKNOWN, work
    return Class(row.state.condition.value), work
