"""What strangers may see: a view by allow-list, made of public checks alone.

A name that was chosen for the public, a state, since when. No id, host, address, reason or
detail ever gets in here, so none can get out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from probes.base import safe_text
from uptime.board import Board, Row
from uptime.core.model import Overlay, Status
from uptime.pacer import Pacer

PublicState = Literal["up", "degraded", "down", "unknown", "paused", "maintenance"]
_WORST_FIRST: tuple[PublicState, ...] = (
    "down", "degraded", "unknown", "maintenance", "paused", "up",
)  # fmt: skip
_PUBLIC: Mapping[Status, PublicState] = {
    Status.UP: "up",
    Status.DEGRADED: "degraded",
    Status.DOWN: "down",
    Status.UNKNOWN: "unknown",
}
_FEED = 50


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    state: PublicState
    since: int | None


@dataclass(frozen=True, slots=True)
class Outage:
    """One entry of the feed; `key` is stable and tells nothing."""

    key: str
    name: str
    state: PublicState
    began: int
    ended: int | None


@dataclass(frozen=True, slots=True)
class View:
    """Everything at one moment; services worst first, then by name."""

    services: tuple[Service, ...]
    counts: Mapping[PublicState, int]
    outages: tuple[Outage, ...]
    data_at: int | None

    @property
    def state(self) -> PublicState:
        """The worst of what is known; unknown before good, and of nothing."""
        found = (state for state in _WORST_FIRST if state != "paused" and self.counts[state])
        return next(found, "unknown")

    @property
    def headline(self) -> tuple[str, int]:
        """Which sentence says it, and its number. Never "all is well" on what is not known."""
        if not self.services:
            return "nothing", 0
        if n := self.counts["down"]:
            return "some_down", n
        if n := self.counts["degraded"]:
            return "some_degraded", n
        if n := self.counts["unknown"] + self.counts["paused"]:
            return ("all_unknown" if n == len(self.services) else "some_unknown"), n
        if n := self.counts["maintenance"]:
            return "some_maintenance", n
        return "all_up", len(self.services)


def service_of(row: Row, now: int) -> Service | None:
    """The public face of a check; None if it has none."""
    if row.public is None:
        return None
    name = safe_text(row.public, 120)
    if Overlay.PAUSED in row.overlays:
        return Service(name, "paused", None)
    if Overlay.MAINTENANCE in row.overlays:  # what it does meanwhile is expected
        return Service(name, "maintenance", None)
    # The board is told when a result grows old; should nobody be there to tell it, time is.
    fresh = row.state.known and now <= row.state.valid_until
    if not fresh:
        return Service(name, "unknown", None)
    return Service(name, _PUBLIC[row.status], row.state.since)


async def view_of(board: Board, now: int) -> View:
    """In slices: a page of ten thousand services must not hold the loop either."""
    pacer = Pacer()
    found: dict[PublicState, list[tuple[str, Service]]] = {state: [] for state in _WORST_FIRST}
    data_at: int | None = None
    for count, row in enumerate(list(board.rows.values())):
        service = service_of(row, now)
        if service is not None:
            found[service.state].append((service.name.casefold(), service))
            if row.state.last_known is not None:
                data_at = max(data_at or 0, row.state.last_known)
        if count % 64 == 0:
            await pacer.breathe()
    services: list[Service] = []
    for named in found.values():
        named.sort(key=itemgetter(0))
        services += [service for _, service in named]
        await pacer.breathe()
    counts = {state: len(named) for state, named in found.items()}
    return View(tuple(services), counts, tuple(_outages(board)), data_at)


def _outages(board: Board) -> Iterable[Outage]:
    newest = sorted(board.incidents.values(), key=lambda i: i.began, reverse=True)
    shown = 0
    for incident in newest:
        row = board.rows.get(incident.check) if incident.check is not None else None
        if row is None or row.public is None or incident.kind not in ("down", "degraded"):
            continue
        yield Outage(
            key=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row.id} {incident.began}")),
            name=safe_text(row.public, 120),
            state="down" if incident.kind == "down" else "degraded",
            began=incident.began,
            ended=incident.ended,
        )
        shown += 1
        if shown == _FEED:
            return
