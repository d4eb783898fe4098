"""What the web layer asks of the daemon; it decides nothing that these could decide.

Names are the unit of agreement: the daemon satisfies `Services`, the store `History`, a fake
in the tests both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

from uptime.availability import Record
from uptime.board import Board
from uptime.clock import Clock
from uptime.core.heads import SignedHead
from uptime.core.model import Incident, Notification, Result, Span, Status
from uptime.core.ticket import Said
from uptime.schema import MonitorHealth, SlaRow

if TYPE_CHECKING:
    from uptime.config import Config
    from uptime.core.maintenance import Entered, Plan
    from uptime.jobs import Jobs
    from uptime.metrics import Metrics
    from uptime.overlays import Overlays
    from uptime.reliability_world import Subject
    from uptime.store.values import Kept


class Token(Protocol):
    """An API token as stored: `hash` is the hex SHA-256 of what its owner holds."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def hash(self) -> str: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    @property
    def created(self) -> int: ...
    @property
    def expires(self) -> int | None: ...
    @property
    def revoked(self) -> int | None: ...


class Point(Protocol):
    """One point of a check's history: a result, or a bucket of `step`."""

    @property
    def at(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def latency(self) -> float | None: ...
    @property
    def latency_min(self) -> float | None: ...
    @property
    def latency_p50(self) -> float | None: ...
    @property
    def latency_p95(self) -> float | None: ...
    @property
    def latency_p99(self) -> float | None: ...
    @property
    def latency_max(self) -> float | None: ...
    @property
    def loss(self) -> float | None: ...
    @property
    def count(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def statuses(self) -> Mapping[Status, int]: ...
    @property
    def reason(self) -> str | None: ...


class Series(Protocol):
    """A window's points, the window as one, and what was asked for and is no longer kept."""

    @property
    def points(self) -> Sequence[Point]: ...
    @property
    def whole(self) -> Point | None: ...
    @property
    def notice(self) -> str | None: ...


class History(Protocol):
    """What is read off the store, and the two things the API itself writes there."""

    async def results(
        self, check: str, start: int, end: int, step: int | None, zone: tzinfo
    ) -> Series: ...
    async def spans(self, check: str, start: int, end: int) -> Sequence[Span]: ...
    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    async def incidents(
        self, state: str | None = None, after_id: int | None = None, limit: int = 100
    ) -> Sequence[Incident]:
        """Newest first; `after_id` continues below that id; `state` is open or closed."""
        ...

    async def incident(self, id: int) -> Incident | None: ...
    async def notifications(
        self,
        incident: int | None = None,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> Sequence[Notification]:
        """Newest first; `after_id` continues below that id."""
        ...

    async def tokens(self) -> Sequence[Token]: ...
    async def token_add(
        self,
        name: str,
        hash: str,
        scopes: frozenset[str],
        created: int,
        expires: int | None,
        by: str,
    ) -> int: ...
    async def token_revoke(self, id: int, at: int, by: str) -> bool:
        """False if there is no such token."""
        ...

    async def remembered(self, key: str, principal: str) -> tuple[str, int, bytes] | None: ...
    async def remember(
        self, key: str, principal: str, request_hash: str, status: int, body: bytes, at: int
    ) -> None: ...


class Work(Protocol):
    """Announced work."""

    async def add(self, plan: Plan, by: str) -> Entered: ...
    async def withdraw(self, number: int, by: str) -> Entered:
        """KeyError for an unknown one, ValueError for one that cannot be withdrawn."""
        ...


class Desk(Protocol):
    """Statements on incidents; KeyError for an unknown one, ValueError where it is too late."""

    async def acknowledge(
        self, incident: int, by: str, note: str | None, until: int | None
    ) -> Incident: ...
    async def unacknowledge(self, incident: int, by: str) -> Incident: ...
    async def note(self, incident: int, by: str, text: str) -> Incident: ...
    async def ticket(self, incident: int, by: str, said: Said) -> Incident:
        """Also of one closed long ago; Untrue for a time that cannot be."""
        ...

    async def ticket_withdraw(self, incident: int, by: str) -> Incident: ...
    async def cause(self, incident: int, by: str, cause: str, reason: str | None) -> Incident:
        """Also of one closed long ago."""
        ...

    async def cause_withdraw(self, incident: int, by: str) -> Incident: ...


class Services(Protocol):
    """The daemon as the API sees it."""

    @property
    def board(self) -> Board: ...
    @property
    def config(self) -> Config: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> History: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def overlays(self) -> Overlays: ...
    @property
    def work(self) -> Work: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def ready(self) -> bool: ...
    @property
    def started_ms(self) -> int: ...
    @property
    def version(self) -> str: ...

    def health(self) -> MonitorHealth: ...
    def denied(self, action: str, status: int, who: str, why: str) -> None:
        """A write that was refused: `who` is an address, or the account of a socket."""
        ...

    def published_head(self) -> SignedHead | None:
        """The newest head of a day, as signed; None before the first day is closed."""
        ...

    def told(self, incident: int) -> Sequence[Notification]:
        """Notifications of an incident that is open or closed lately, from memory."""
        ...

    async def probe_now(self, check: str) -> Result:
        """KeyError for an unknown check, ValueError for a paused one."""
        ...

    async def pause(self, check: str, by: str) -> None: ...
    async def resume(self, check: str, by: str) -> None: ...

    async def report_close(self, month: str, by: str, reason: str | None) -> Kept:
        """The next revision of a month's report; ValueError says why it cannot be."""
        ...

    async def subjects(
        self,
        start: int,
        end: int,
        check: str | None,
        group: str | None,
        contract: str | None = None,
        *,
        ahead: bool = False,
    ) -> list[Subject]:
        """Outages and their figures; KeyError for an unknown check, group or contract, ValueError
        for a contract that no check measures.
        """
        ...

    async def sla(
        self,
        start: int,
        end: int,
        check: str | None,
        group: str | None,
        contract: str | None = None,
    ) -> list[SlaRow]:
        """KeyError and ValueError as for `subjects`."""
        ...
