"""Causes proposed for incidents: at their opening, while they last when something else fell or came
back, and once more when they close.

The edge of `uptime.core.proposal`: what the configuration says of the checks, and how they fare
as the recorder knows it. A person's word is never overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from uptime.core.causes import recognise
from uptime.core.model import CheckState, Condition, Incident
from uptime.core.proposal import revised
from uptime.core.witness import Course, Fixed, Inventory

if TYPE_CHECKING:
    from uptime.config import Check, Config

_PLACES = ("lokasi", "kecamatan")  # labels that say where something stands
_HOST = re.compile(r"(?:[a-z0-9+.-]+://)?(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)", re.IGNORECASE)
AGAIN_MS = 60_000  # an incident that lasts is looked at again after so long at the soonest
MOST = 10  # of them a second, so that a storm of thousands costs few milliseconds
_GOOD = (Condition.UP, Condition.DEGRADED)


class Scene(Protocol):
    """What is asked of the recorder."""

    def measured(self, check: str) -> CheckState | None:
        """None for a check that is not watched, or paused."""
        ...

    def incident_of(self, check: str) -> Incident | None:
        """The open one."""
        ...

    def incident(self, number: int) -> Incident:
        """KeyError for one that memory does not hold."""
        ...

    def is_maintained(self, check: str) -> bool: ...


class _Seen(NamedTuple):
    """When a lasting incident was last looked at again, and after how many changes."""

    at: int
    changes: int


class Proposals:
    """Asked about every incident that changes with a transition; told of all that may speak for
    another cause of those that last.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._inventory = Inventory(())
        self._last: dict[str, int] = {}  # the newest outage of each check
        self._lasting: dict[str, _Seen] = {}  # by check
        self._changes = self._settled = 0

    def configure(self, config: Config) -> None:
        """Who shares what is another thing now, and so are proposals."""
        self._inventory = inventory(config)
        self._last = {check: n for check, n in self._last.items() if check in config.checks}
        for check in config.checks:
            incident = self._scene.incident_of(check)
            if incident is not None and incident.kind == "down":
                self._last[check] = incident.id
                self._lasting.setdefault(check, _Seen(0, self._changes))
        self.changed()

    def changed(self) -> None:
        """Something fell or came back, or a person said what it was."""
        self._changes += 1

    def again(self, now: int) -> list[Incident]:
        """Incidents that last and for which another cause is to be proposed by now."""
        found: list[Incident] = []
        if self._settled == self._changes:
            return found
        looked, waiting = 0, False
        for check, seen in list(self._lasting.items()):
            if seen.changes == self._changes:
                continue
            if looked == MOST or now - seen.at < AGAIN_MS:
                waiting = True
                continue
            incident = self._scene.incident_of(check)
            if incident is None or incident.kind != "down":
                del self._lasting[check]
                continue
            looked += 1
            self._lasting[check] = _Seen(now, self._changes)
            proposed = self.of(incident)
            if proposed is not incident:
                found.append(proposed)
        if not waiting:
            self._settled = self._changes
        return found

    def of(self, incident: Incident) -> Incident:
        """The incident with the cause that is proposed for it now, if any; as it is where that
        has not changed.
        """
        check = incident.check
        if check is None or incident.kind != "down" or check not in self._inventory.checks:
            return incident
        self._last[check] = incident.id
        if incident.open:
            self._lasting.setdefault(check, _Seen(0, self._changes))
        if incident.cause is not None:
            return incident
        found = revised(check, self._course(check, incident), self._inventory, self._look)
        return incident if found == incident.proposed else replace(incident, proposed=found)

    def _look(self, check: str) -> Course | None:
        state = self._scene.measured(check)
        if state is None:
            return None
        fine = state.known and state.condition in _GOOD and state.fails == 0
        return self._course(check, self._outage(check), fine=fine)

    def _outage(self, check: str) -> Incident | None:
        """The one that goes on, else the last one; it may have become a degraded incident."""
        current = self._scene.incident_of(check)
        if current is not None and current.kind == "down":
            return current
        if check in self._last:
            try:
                return self._scene.incident(self._last[check])
            except KeyError:
                del self._last[check]  # closed more than a day ago
        return None

    def _course(self, check: str, incident: Incident | None, *, fine: bool = False) -> Course:
        planned = self._scene.is_maintained(check)
        if incident is None:
            return Course(fine=fine, planned=planned)
        return Course(
            began=incident.began,
            ended=incident.ended,
            reason=incident.reason,
            fine=fine,
            planned=planned,
            cause=recognise(incident.cause) if incident.cause else None,
            proposed=incident.proposed,
        )


def inventory(config: Config) -> Inventory:
    providers = {contract.id: contract.provider for contract in config.contracts.values()}
    return Inventory(_fixed(check, providers) for check in config.checks.values())


def _fixed(check: Check, providers: Mapping[str, str]) -> Fixed:
    host = _HOST.match(check.target)
    return Fixed(
        id=check.id,
        type=check.type,
        group=check.group,
        place=next((check.labels[name] for name in _PLACES if name in check.labels), None),
        host=None if host is None else host[1].casefold(),
        external=check.scope == "external",
        provider=providers.get(check.contract or ""),
        parents=check.depends_on,
    )
