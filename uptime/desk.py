"""What people say of an incident: entered in the ledger, stored, shown, and taken back.

Every statement has its inverse, and all but an acknowledgement can be made however long ago the
incident closed. All raise KeyError for an incident that never was, ValueError where it is too late.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from uptime.clock import Clock
from uptime.core import statements
from uptime.core.model import Acknowledgement, Incident, Note
from uptime.core.ticket import Said, revised
from uptime.recorder import Recorder


class Desk:
    """Takes statements; `stored` finds an incident that memory does not hold any more."""

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        stored: Callable[[int], Awaitable[Incident | None]],
        zone: Callable[[], ZoneInfo],
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._stored = stored
        self._zone = zone

    async def acknowledge(
        self, incident: int, by: str, note: str | None, until: int | None
    ) -> Incident:
        """Raises KeyError for an unknown incident, ValueError for a closed one."""
        current = await self._incident(incident)
        if not current.open:
            raise ValueError(f"{current.name} is closed")
        now = self._clock.now()
        notes = (*current.notes, Note(by, now, note)) if note else current.notes
        entry = statements.entry(
            "acknowledgement", now, incident=current.name, by=by, note=note, until=until
        )
        acked = Acknowledgement(by, now, until, note or "")
        return await self._recorder.revise(incident, entry, current, acked=acked, notes=notes)

    async def unacknowledge(self, incident: int, by: str) -> Incident:
        current = await self._incident(incident)
        if current.acked is None:
            raise ValueError(f"{current.name} is not acknowledged")
        entry = statements.entry(
            "acknowledgement withdrawn", self._clock.now(), incident=current.name, by=by
        )
        return await self._recorder.revise(incident, entry, current, acked=None)

    async def note(self, incident: int, by: str, text: str) -> Incident:
        current = await self._incident(incident)
        now = self._clock.now()
        entry = statements.entry("note", now, incident=current.name, by=by, text=text)
        notes = (*current.notes, Note(by, now, text))
        return await self._recorder.revise(incident, entry, current, notes=notes)

    async def cause(self, incident: int, by: str, cause: str, reason: str | None) -> Incident:
        current = await self._incident(incident)
        now = self._clock.now()
        entry = statements.entry(
            "cause", now, incident=current.name, by=by, cause=cause, reason=reason
        )
        said = {"cause": cause, "cause_reason": reason, "cause_by": by, "cause_at": now}
        return await self._recorder.revise(incident, entry, current, **said)

    async def cause_withdraw(self, incident: int, by: str) -> Incident:
        """Nobody has said what it was, after all; what was said stays in the ledger."""
        current = await self._incident(incident)
        if current.cause is None:
            raise ValueError(f"{current.name} has no cause")
        entry = statements.entry(
            "cause withdrawn", self._clock.now(), incident=current.name, by=by, cause=current.cause
        )
        said = dict.fromkeys(("cause", "cause_reason", "cause_by", "cause_at"))
        return await self._recorder.revise(incident, entry, current, **said)

    async def ticket(self, incident: int, by: str, said: Said) -> Incident:
        """Raises KeyError for an unknown incident, Untrue for a time that cannot be, ValueError
        where there is nothing to revise.
        """
        current = await self._incident(incident)
        ticket = revised(
            current.ticket,
            said,
            since=current.began if current.began_bound is None else current.began_bound,
            by=by,
            now=self._clock.now(),
            zone=self._zone(),
        )
        entry = statements.of_ticket(current.name, ticket)
        return await self._recorder.revise(incident, entry, current, ticket=ticket)

    async def ticket_withdraw(self, incident: int, by: str) -> Incident:
        current = await self._incident(incident)
        if current.ticket is None:
            raise ValueError(f"{current.name} has no ticket")
        entry = statements.of_ticket_withdrawn(
            current.name, current.ticket.number, by, self._clock.now()
        )
        return await self._recorder.revise(incident, entry, current, ticket=None)

    async def _incident(self, number: int) -> Incident:
        """As it stands, however long ago it was; KeyError if there never was one."""
        with contextlib.suppress(KeyError):
            return self._recorder.incident(number)
        stored = await self._stored(number)
        with contextlib.suppress(KeyError):  # somebody revised it while it was read
            return self._recorder.incident(number)
        if stored is None:
            raise KeyError(number)
        return stored
