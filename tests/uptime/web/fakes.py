"""A daemon that remembers what it was asked: the services over the real board, no store behind."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from probes.base import Options, Secret
from uptime.availability import Record
from uptime.board import Board, Row
from uptime.core.claim_outages import Outage
from uptime.core.heads import SignedHead
from uptime.core.maintenance import Entered, Plan
from uptime.core.model import (
    Acknowledgement,
    CheckState,
    Condition,
    Incident,
    Note,
    Notification,
    Result,
    Severity,
    Span,
    Status,
)
from uptime.core.objective import Burn, forecast
from uptime.core.repairs import repairs
from uptime.core.sla import TimeLedger
from uptime.core.ticket import Said, revised
from uptime.jobs import Jobs
from uptime.metrics import Metrics
from uptime.outlook import Outlook
from uptime.overlays import Overlays
from uptime.reliability_world import Subject
from uptime.schema import MonitorHealth, SlaRow
from uptime.store.values import Kept
from uptime.web.auth import token_hash
from uptime.web.listen import Sockets, bind_tcp, bind_unix
from uptime.web.peer import UnixPeer
from uptime.web.server import Server

NOW = 1_795_489_445_678  # 2026-11-24T03:04:05.678Z
ZONE = ZoneInfo("Asia/Jakarta")  # read here, as loading a configuration reads it in the daemon
HOST = "127.0.0.1:7424"


class FakeClock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> int:
        return self.time


class FakeProbe(Options):
    target: str = "192.0.2.17"
    password: Secret | None = None


@dataclass(frozen=True)
class FakeCheck:
    id: str
    type: str = "http"
    target: str = "https://portal.example/"
    name: str = "Portal"
    group: str | None = "web"
    probe: FakeProbe = field(default_factory=lambda: FakeProbe(password=Secret("canary-probe")))
    interval: float = 10.0
    timeout: float = 5.0
    retry_interval: float = 5.0
    failure_threshold: int = 3
    success_threshold: int = 2
    objective: float | None = 99.5
    severity: Severity = Severity.MEDIUM
    depends_on: tuple[tuple[str, ...], ...] = ()
    scope: str = "local"
    labels: Mapping[str, str] = field(default_factory=dict)
    contract: str | None = None
    calendar: str | None = None
    public: Any = None
    runbook: str | None = None
    was: str | None = None


@dataclass(frozen=True)
class FakeSettings:
    organisation: str = "Diskominfo Kabupaten Contoh"
    timezone: str = ZONE.key
    language: str = "id"
    listen: str = HOST
    public_listen: str | None = None
    database: str = "postgresql://siaga:canary-database@db/siaga"


@dataclass(frozen=True)
class FakeHistory:
    raw: float = 35 * 86400.0


@dataclass(frozen=True)
class FakeChannel:
    id: str
    url: Secret = field(default_factory=lambda: Secret("tgram://canary-channel/1"))
    language: str = "id"


@dataclass(frozen=True)
class FakeToken:
    id: int
    name: str
    hash: str
    scopes: frozenset[str]
    created: int = NOW
    expires: int | None = None
    revoked: int | None = None


@dataclass(frozen=True)
class FakePoint:
    at: int
    source: str = "raw"
    status: str = "up"
    latency: float | None = 0.01
    latency_min: float | None = 0.01
    latency_p50: float | None = 0.01
    latency_p95: float | None = 0.02
    latency_p99: float | None = 0.02
    latency_max: float | None = 0.02
    loss: float | None = None
    count: int = 1
    failed: int = 0
    statuses: Mapping[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    reason: str | None = None


@dataclass(frozen=True)
class FakeSeries:
    points: Sequence[FakePoint]
    whole: FakePoint | None = None
    notice: str | None = None


class FakeStore:
    """Lists, in the place of tables."""

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self.stored_incidents: list[Incident] = []
        self.stored_notifications: list[Notification] = []
        self.stored_tokens: list[FakeToken] = []
        self.answers: dict[tuple[str, str], tuple[str, int, bytes]] = {}
        self.points: list[FakePoint] = []
        self.notice: str | None = None
        self.found_spans: list[Span] = []

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken

    async def results(
        self, check: str, start: int, end: int, step: int | None, zone: tzinfo
    ) -> FakeSeries:
        self._check()
        found = [p for p in self.points if start <= p.at < end]
        return FakeSeries(found, found[0] if found else None, self.notice)

    async def spans(self, check: str, start: int, end: int) -> Sequence[Span]:
        self._check()
        return self.found_spans

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> dict[str, Record]:
        self._check()
        return {check: Record(self.found_spans, [(0, None)]) for check in checks or ()}

    async def incidents(
        self, state: str | None = None, after_id: int | None = None, limit: int = 100
    ) -> Sequence[Incident]:
        self._check()
        found = sorted(self.stored_incidents, key=lambda i: -i.id)
        return [
            i
            for i in found
            if (after_id is None or i.id < after_id)
            and (state is None or i.open == (state == "open"))
        ][:limit]

    async def incident(self, id: int) -> Incident | None:
        self._check()
        return next((i for i in self.stored_incidents if i.id == id), None)

    async def notifications(
        self,
        incident: int | None = None,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
    ) -> Sequence[Notification]:
        self._check()
        found = sorted(self.stored_notifications, key=lambda n: -n.id)
        return [
            n
            for n in found
            if (incident is None or n.incident == incident)
            and (state is None or n.state == state)
            and (after_id is None or n.id < after_id)
        ][:limit]

    async def tokens(self) -> Sequence[FakeToken]:
        self._check()
        return self.stored_tokens

    async def token_add(
        self,
        name: str,
        hash: str,
        scopes: frozenset[str],
        created: int,
        expires: int | None,
        by: str,
    ) -> int:
        number = len(self.stored_tokens) + 1
        self.stored_tokens.append(FakeToken(number, name, hash, scopes, created, expires))
        return number

    async def token_revoke(self, id: int, at: int, by: str) -> bool:
        for index, token in enumerate(self.stored_tokens):
            if token.id == id:
                self.stored_tokens[index] = replace(token, revoked=at)
                return True
        return False

    async def remembered(self, key: str, principal: str) -> tuple[str, int, bytes] | None:
        self._check()
        return self.answers.get((key, principal))

    async def remember(
        self, key: str, principal: str, request_hash: str, status: int, body: bytes, at: int
    ) -> None:
        self._check()
        self.answers[key, principal] = (request_hash, status, body)


class _Work:
    """Announced work that is entered and withdrawn at once."""

    def __init__(self, overlays: Overlays, clock: FakeClock, did: list[tuple[object, ...]]) -> None:
        self._overlays = overlays
        self._clock = clock
        self._did = did

    async def add(self, plan: Plan, by: str) -> Entered:
        entered = Entered(len(self._overlays.entered) + 1, plan, by, self._clock.now())
        self._overlays.put(entered)
        self._did.append(("maintenance", entered.name, by))
        return entered

    async def withdraw(self, number: int, by: str) -> Entered:
        found = self._overlays.find(number)
        if found.withdrawn is not None:
            raise ValueError(f"{found.name} was withdrawn already")
        withdrawn = replace(found, withdrawn=self._clock.now(), withdrawn_by=by)
        self._overlays.put(withdrawn)
        self._did.append(("withdraw", found.name, by))
        return withdrawn


class FakeServices:
    """The daemon's side of `uptime.web.services.Services`."""

    def __init__(self, path: Path = Path("/nowhere/checks.toml")) -> None:
        self.board = Board()
        self.clock: Any = FakeClock()
        self.store: Any = FakeStore()
        self.metrics = Metrics(self.board, self.clock.now)
        self.ready = True
        self.started_ms = NOW - 60_000
        self.version = "0.1.0"
        self.did: list[tuple[object, ...]] = []
        self.refused: list[tuple[str, int, str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.owed: dict[int, list[Notification]] = {}
        self.published: SignedHead | None = None
        self.config: Any = SimpleNamespace(
            path=path,
            siaga=FakeSettings(),
            history=FakeHistory(),
            groups={},
            channels={},
            routes=(),
            contracts={},
            calendars={},
            maintenance=(),
            warnings=(),
            digest="0" * 64,
            checks={},
            services={},
        )
        self.overlays = Overlays(cast("Any", self.config))
        self.work = _Work(self.overlays, self.clock, self.did)
        self.desk = self
        self.jobs = Jobs(path.with_suffix(".jobs"), lambda: self.config, self.clock.now)

    def add(self, check: str, condition: Condition = Condition.UP, **row: Any) -> Row:
        """A check in configuration and board, with a result just in."""
        configured = {k: v for k, v in row.items() if k in FakeCheck.__dataclass_fields__}
        public = configured.pop("public", None)
        self.config.checks[check] = FakeCheck(
            check, **configured, public=public and SimpleNamespace(name=public)
        )
        known = condition is not Condition.NONE
        shown = Row(
            id=check,
            name=row.get("name", "Portal"),
            group=row.get("group", "web"),
            type=row.get("type", "http"),
            target=row.get("target", "https://portal.example/"),
            labels=row.get("labels", {}),
            severity=row.get("severity", Severity.MEDIUM),
            interval=10.0,
            objective=99.5,
            public=public,
            state=CheckState(
                condition=condition,
                since=NOW - 600_000 if known else None,
                known=known,
                last_known=NOW - 1000,
                valid_until=NOW + 20_000,
            ),
        )
        status = Status.UP if condition is Condition.NONE else Status(condition.value)
        shown.result = row.get("result") or result(check, status=status)
        self.board.put(shown)
        return shown

    def open_incident(self, number: int, check: str, **more: Any) -> Incident:
        incident = Incident(number, "down", check, Severity.MEDIUM, NOW - 600_000, **more)
        self.board.show_incident(incident)
        return incident

    def token(self, *scopes: str, **more: Any) -> str:
        number = len(self.store.stored_tokens) + 1
        token = f"siaga_secret_{number}_{'_'.join(scopes)}"
        self.store.stored_tokens.append(
            FakeToken(number, f"token-{number}", token_hash(token), frozenset(scopes), **more)
        )
        return token

    def denied(self, action: str, status: int, who: str, why: str) -> None:
        self.refused.append((action, status, who, why))

    def published_head(self) -> SignedHead | None:
        return self.published

    def health(self) -> MonitorHealth:
        return MonitorHealth(
            state="ok",
            reasons=[],
            lag_ms=1,
            outbox_pending=0,
            outbox_oldest_s=None,
            store="ok",
            config_errors=[],
            on_call=None,
        )

    def told(self, incident: int) -> Sequence[Notification]:
        return self.owed.get(incident, [])

    async def probe_now(self, check: str) -> Result:
        await self.gate.wait()
        self.did.append(("probe", check))
        return result(check, id=len(self.did))

    async def pause(self, check: str, by: str) -> None:
        self.did.append(("pause", check, by))

    async def resume(self, check: str, by: str) -> None:
        self.did.append(("resume", check, by))

    async def report_close(self, month: str, by: str, reason: str | None) -> Kept:
        if month != "2026-10":
            raise ValueError(f"{month} is not over; fix: close it when it is")
        self.did.append(("report", month, by))
        return Kept(month, 1 if reason is None else 2, self.clock.now(), 7, "{}")

    async def acknowledge(
        self, incident: int, by: str, note: str | None, until: int | None
    ) -> Incident:
        acked = Acknowledgement(by, self.clock.now(), until, note or "")
        return await self._revise("ack", incident, by, acked=acked)

    async def unacknowledge(self, incident: int, by: str) -> Incident:
        return await self._revise("unack", incident, by, acked=None)

    async def note(self, incident: int, by: str, text: str) -> Incident:
        note = Note(by, self.clock.now(), text)
        notes = (*self.board.incidents[incident].notes, note)
        return await self._revise("note", incident, by, notes=notes)

    async def cause(self, incident: int, by: str, cause: str, reason: str | None) -> Incident:
        said = {"cause_by": by, "cause_at": self.clock.now()}
        return await self._revise("cause", incident, by, cause=cause, cause_reason=reason, **said)

    async def cause_withdraw(self, incident: int, by: str) -> Incident:
        return await self._revise("uncause", incident, by, cause=None, cause_reason=None)

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
        self.did.append(("subjects", start, end, check, group))
        if group is not None:
            raise KeyError(group)
        ids = [check] if check is not None else list(self.config.checks)
        return [subject(self.config.checks[each].id) for each in ids]

    async def ticket(self, incident: int, by: str, said: Said) -> Incident:
        current = self.board.incidents[incident]
        ticket = revised(
            current.ticket, said, since=current.began, by=by, now=self.clock.now(), zone=ZONE
        )
        return await self._revise("ticket", incident, by, ticket=ticket)

    async def ticket_withdraw(self, incident: int, by: str) -> Incident:
        return await self._revise("ticket withdrawn", incident, by, ticket=None)

    async def sla(
        self,
        start: int,
        end: int,
        check: str | None,
        group: str | None,
        contract: str | None = None,
    ) -> list[SlaRow]:
        self.did.append(("sla", start, end, check, group))
        if contract == "unmeasured":
            raise ValueError("no check measures it")
        if group is not None or contract is not None:
            raise KeyError(group or contract)
        ids = [check] if check is not None else list(self.config.checks)
        return [sla_row(self.config.checks[each].id) for each in ids]

    async def _revise(self, what: str, incident: int, by: str, **change: Any) -> Incident:
        await self.gate.wait()
        current = self.board.incidents[incident]
        if not current.open:
            raise ValueError(f"{current.name} is closed")
        self.did.append((what, incident, by))
        revised = replace(current, **change)
        self.board.show_incident(revised)
        return revised


def result(check: str, **more: Any) -> Result:
    return Result(
        **{
            "check": check,
            "id": 1,
            "at": NOW - 1000,
            "duration": 0.132,
            "status": Status.UP,
            "latency": 0.131,
            "phases": {"resolve": 0.001, "connect": 0.01},
            "facts": {"status_code": 200},
            **more,
        }
    )


def sla_row(check: str) -> SlaRow:
    return SlaRow(
        id=check,
        kind="check",
        up_ms=1000,
        degraded_ms=0,
        down_ms=0,
        maintenance_ms=0,
        unknown_ms=0,
        unmonitored_ms=0,
        availability=100.0,
        coverage=100.0,
        best=100.0,
        worst=100.0,
        incidents=0,
        objective=99.5,
        budget_left_ms=5,
    )


def subject(check: str) -> Subject:
    """Failed twice for a minute in this hour, the second time put down to power."""
    began = NOW - 1_800_000
    causes = (None, "power")
    outages = tuple(
        Outage(check, at, at, at + 60_000, at + 60_000, ((at, at + 60_000),), cause=cause)
        for at, cause in zip((began, began + 600_000), causes, strict=True)
    )
    ledger = TimeLedger(up=3_480_000, down=120_000)
    figures = repairs(outages, (NOW - 3_600_000, NOW), ledger.good)
    outlook = Outlook({"1h": Burn(6.667, 6.667, 6.667, 100.0)}, forecast(ledger, ledger, 0, 99.5))
    return Subject(check, "check", 99.5, ledger, outages, figures, outlook)


def over_unix(app: ASGIApp, uid: int = 0) -> ASGIApp:
    """The application as reached through the Unix socket by an account."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"peer": UnixPeer(1, uid, 0)}
        await app(scope, receive, send)

    return called


def client(app: ASGIApp, peer: str = "127.0.0.1", **more: Any) -> httpx.AsyncClient:
    """In process; by default as a loopback peer that names our address."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(peer, 50_000)),
        base_url=f"http://{HOST}",
        **more,
    )


@asynccontextmanager
async def turns_of_the_loop() -> AsyncIterator[list[float]]:
    """How long each turn of the loop held it, longest last, in CPU seconds of this thread:
    neither what neighbours take of the core counts, nor the garbage of earlier tests."""
    turns: list[float] = []

    async def watch() -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            turns.append(now - last)
            last = now

    gc.collect()
    gc.disable()
    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0)
    try:
        yield turns
        await asyncio.sleep(0)
    finally:
        watcher.cancel()
        gc.enable()
    turns.sort()


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop turn until something is so; the test's own time limit bounds it."""
    while not condition():  # nothing says that somebody began to wait
        await asyncio.sleep(0)


def waiting(services: FakeServices) -> bool:
    """Whether a long poll waits for the board."""
    return bool(services.board._changed._waiters)


@dataclass
class Running:
    """A web of a test's own on real sockets."""

    server: Server
    port: int
    public_port: int
    path: Path

    def over_unix(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(uds=str(self.path))
        return httpx.AsyncClient(transport=transport, base_url="http://siaga")

    def over_tcp(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", **more)

    def over_public(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.public_port}")


@asynccontextmanager
async def running(services: FakeServices, directory: Path) -> AsyncIterator[Running]:
    path = directory / "siaga.sock"

    def build() -> tuple[Sockets, Server]:
        sockets = Sockets(
            tcp=bind_tcp("127.0.0.1:0"), public=bind_tcp("127.0.0.1:0"), unix=[bind_unix(path)]
        )
        return sockets, Server(services, sockets)

    sockets, server = await asyncio.to_thread(build)
    serving = asyncio.create_task(server.serve())
    await server.started()
    try:
        yield Running(
            server,
            sockets.tcp[0].getsockname()[1],
            sockets.public[0].getsockname()[1],
            path,
        )
    finally:
        await server.stop(2)
        await serving
        sockets.close()
