"""The composition root: build, run, reload, stop in reverse.

Nothing global; whoever starts a daemon gets an object. Order at start: configuration, lock and
database, sockets, recovery, probing, then the web (its imports take longer than all the rest).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from probes.net import Net
from uptime import config, memory, reliability, sla_rows
from uptime.asked import Asked
from uptime.availability import DAY
from uptime.board import Board
from uptime.clock import Clock
from uptime.config import Check, ConfigErrors
from uptime.core import statements
from uptime.core.absence import absence
from uptime.core.heads import SignedHead
from uptime.core.maintenance import CONFIGURATION
from uptime.core.model import (
    CheckState,
    Notification,
    Pause,
    Result,
)
from uptime.denials import Denials
from uptime.desk import Desk
from uptime.heads import Heads
from uptime.jobs import Jobs
from uptime.metrics import Metrics
from uptime.notify import Notifier, Settings, Subject
from uptime.overlays import Laid, Overlays
from uptime.own_state import OwnMinutes
from uptime.planned_work import PlannedWork
from uptime.recorder import Recorder
from uptime.reliability_world import Subject as Outages
from uptime.report.apart import made_apart
from uptime.report.closing import Reports
from uptime.runner import Runner
from uptime.scheduler import FIRST_RUN_WITHIN_MS, Scheduler
from uptime.schema import MonitorHealth, SlaRow
from uptime.selfwatch import SelfWatch
from uptime.services import ServiceRows
from uptime.settled import Settled
from uptime.standing import Standing
from uptime.store import Recovered, StorageError, Store
from uptime.store.errors import StoreBroken
from uptime.store.ledger_terms import Accepted
from uptime.store.values import Kept
from uptime.terms import terms
from uptime.web.listen import Sockets, bind

if TYPE_CHECKING:
    from uptime.web.server import Server

log = logging.getLogger(__name__)

ERA_BITS = 40  # result numbers: the start of the daemon above, a counter of the check below
FROZEN = 5.0  # seconds of standstill after which nothing is known for that time
RESERVED_FILES = 256  # descriptors kept for the database, the API and the messages
STOP_WITHIN = 10.0  # for messages and answers under way
EXIT_WITHIN = 14.0  # whatever hangs then (a disk, a library) is left behind
STORM = 2.0  # signals to reload that come within this time of each other are one
FIRST_RUNS_A_SECOND = 1000
FIRST_ROUND = 30.0  # seconds until all have run once, but for a very large inventory


class Daemon:
    """One monitor: everything it owns hangs here."""

    def __init__(
        self,
        path: Path,
        *,
        ping_sockets: Mapping[socket.AddressFamily, socket.socket] | None = None,
        on_ready: Callable[[Daemon], None] = lambda _: None,
    ) -> None:
        self.path = path
        self.version = version("siaga")
        self.ready = False
        self.config_errors: tuple[str, ...] = ()
        self._ping_sockets = ping_sockets
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Event()
        self._asked = Asked()
        self._numbers: dict[str, int] = {}
        self._outdated: dict[str, int] = {}  # runs up to this one were of another configuration
        self._paused: dict[str, Pause] = {}
        self._accepting = asyncio.Lock()
        self._due_now = asyncio.Event()  # upkeep does not wait for its turn
        self._unaccepted: int | None = None  # since when the record of what is watched is behind
        self._backstop = threading.Timer(EXIT_WITHIN, _end)
        self._backstop.daemon = True
        self._cut_off = False
        self._denials = Denials()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT.

        Raises ConfigErrors, AlreadyRunning, StorageError or CannotBind.
        """
        async with contextlib.AsyncExitStack() as stack:
            memory.hold()
            stack.callback(memory.restore)
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):
                self._on_signal(getattr(signal, name), stack)
            stack.callback(self._ended)
            self.config = load(self.path)
            for warning in self.config.warnings:
                log.warning("%s", warning)
            self.clock = Clock()
            self.store = Store.open(
                self.config.siaga.database, raw_s=self.config.history.raw, clock=self.clock.now
            )
            stack.callback(self.store.close)
            sockets = bind(self.config.siaga)
            stack.callback(sockets.close)
            self._build(stack)
            try:
                await self._recover()
            except StoreBroken as error:
                raise StorageError(f"{error}; fix: make room, or see who else uses it") from error
            self._start_probing()
            self._settle_memory()
            async with asyncio.TaskGroup() as tasks:
                loops = [
                    tasks.create_task(coroutine, name=name)
                    for name, coroutine in (
                        ("recorder", self.recorder.run()),
                        ("notifier", self.notifier.run()),
                        ("maintenance", self._maintain()),
                        ("standing", self._refresh_standing()),
                        ("reload", self._reload_when_told()),
                        ("overlays", self.work.watch()),
                    )
                ]
                with _short_switches():
                    server = await asyncio.to_thread(_server, self, sockets)
                serving = tasks.create_task(server.serve(), name="web")
                await server.started()
                self.ready = True
                self._announce()
                await self._stopping.wait()
                self.ready = False
                await self._drain(server)
                for task in [*loops, serving]:
                    task.cancel()
        log.info("stopped")

    def stop(self) -> None:
        """Drain and end; the second time end at once."""
        if self._stopping.is_set():
            log.warning("told twice: ending at once")
            os._exit(0)
        self._stopping.set()
        self._backstop.start()

    def _ended(self) -> None:
        """Everything is closed; only a probe that will not stop still has to be cut off."""
        if not self._cut_off:
            self._backstop.cancel()

    def reload(self) -> None:
        self._reloading.set()

    # ---- building ----

    def _build(self, stack: contextlib.AsyncExitStack) -> None:
        self.started_ms = self.clock.now()
        self.board = Board(self._planned)
        self.services = ServiceRows(self.board)
        self.metrics = Metrics(self.board, self.clock.now)
        self.own = OwnMinutes(
            self.clock,
            counts=self.board.counts,
            store_error=lambda: self.recorder.store_error,
            outbox=lambda: sum(self.notifier.pending().values()),
        )
        self.watch = SelfWatch(self.clock, self._on_lag, self._slept, self._clock_set)
        stack.callback(self.watch.stop)
        self.net = Net(ping_sockets=self._ping_sockets)
        stack.push_async_callback(self.net.aclose)
        self.runner = Runner(self.net, self.clock, self.watch, limit=_in_flight_limit())
        self.scheduler = Scheduler(self._due, self._missed, self._late)
        stack.callback(self.scheduler.stop)
        files = self.store.path.with_suffix(".jobs")
        self.jobs = Jobs(files, lambda: self.config, self.clock.now)
        stack.push_async_callback(self.jobs.close)

    async def _recover(self) -> None:
        """The past as it was stored, and the time this daemon was not there, as unknown."""
        gap = self.store.missed(self.started_ms)
        if gap is not None:
            log.error(
                "entry %d of the ledger was signed and is gone or another; there are %d; "
                "fix: see what siaga ledger verify says", gap.seq, gap.entries,
            )  # fmt: skip
        self.heads = Heads(
            self.store, lambda: self.config.siaga.timezone, self.store.signer.published
        )
        self.reports = Reports(self.store, lambda: self.config, made_apart)
        # First, since a rename (`was`) takes its state along.
        was = {pause.check for pause in self.store.pauses()}
        checks = self.config.checks
        paused = {c.id for c in checks.values() if c.id in was or c.was in was - checks.keys()}
        await self.store.accept(_configured(self.config), self.started_ms, paused)
        policies = {c.id: c.policy.validity_ms for c in self.config.checks.values()}
        recovered = self.store.recover(policies)
        self.settled = Settled(self.clock, recovered.life)
        self._first_number = recovered.era << ERA_BITS
        self.recorder = Recorder(
            self.board,
            self.store,
            self.clock,
            self.metrics,
            tell=self._tell,
            probe_soon=self._probe_soon,
            next_incident=recovered.next_incident,
            next_notification=recovered.next_notification,
            next_overlay=recovered.next_overlay,
        )
        self.overlays = Overlays(self.config, recovered.maintenance)
        self.work = PlannedWork(self.overlays, self.recorder, self.clock)
        self.desk = Desk(self.recorder, self.clock, self.store.incident, self._zone)
        self.standing = Standing(self.store, self.metrics, self._shown, self._lay)
        self.notifier = Notifier(
            channels=lambda: self.config.channels,
            commit=self.recorder.commit,
            incident=self.board.incidents.get,
            subject=self._subject,
            now=self.clock.now,
            metrics=self.metrics,
            settings=self._settings,
        )
        now = self.started_ms
        states = await self._absence(recovered, now)
        await self.store.configured(_accepted(self.config), now)
        self._paused = {pause.check: pause for pause in self.store.pauses()}
        self.work.announce(self.config.maintenance, now)
        self.recorder.configure(
            self.config,
            states=states,
            incidents=recovered.incidents,
            last=recovered.last,
            paused=self._paused.keys() & self.config.checks.keys(),
        )
        self.services.configure(self.config.services)
        self._end_pauses(now)
        self.work.lay()
        self.recorder.remember_owed(recovered.told)
        self.notifier.offer(recovered.told)
        for row in recovered.notifications:
            # A recovery not yet delivered belongs to an incident that is closed by now.
            if row.incident is not None and row.incident not in self.board.incidents:
                incident = await self.store.incident(row.incident)
                if incident is not None:
                    self.board.show_incident(incident)
                    self.notifier.offer(await self.store.notifications(incident=row.incident))
        self.notifier.offer(recovered.notifications)
        self.own.begin(self.recorder.fare)

    async def _absence(self, recovered: Recovered, now: int) -> dict[str, CheckState]:
        """Nothing is known from the last sign of life on; stored before anything is measured."""
        start = statements.entry("start", now, version=self.version, key=self.store.signer.public)
        states, batch = absence(
            recovered.states, recovered.life, now, self.config.checks.keys(), start
        )
        await self.store.commit(batch)
        return states

    async def _accept(self, at: int) -> None:
        """What is watched from now on, into the record; a store that fails gets it later."""
        async with self._accepting:
            since = at if self._unaccepted is None else self._unaccepted
            try:
                await self._enter_watched(self.config, frozenset(self._paused), since)
            except StoreBroken as error:
                self._unaccepted = since
                log.warning("what is watched is not stored yet: %s", error)

    async def _enter_watched(
        self,
        of: config.Config,
        paused: frozenset[str],
        at: int,
        configuration: Accepted | None = None,
    ) -> None:
        """Nobody waits for a store that is known to be in trouble."""
        if self.recorder.store_error is not None:
            raise StoreBroken(self.recorder.store_error)
        await self.store.accept(_configured(of), at, paused, configuration)
        self._unaccepted = None

    def _lay(self, check: str, window: tuple[int, int]) -> Laid:
        return self.overlays.of(check, window)

    def _end_pauses(self, now: int) -> None:
        """A check that left the configuration is not paused if it ever comes back."""
        for check in self._paused.keys() - self.config.checks.keys():
            pause = self._paused.pop(check)
            ended = replace(pause, withdrawn=now, withdrawn_by=CONFIGURATION)
            self.recorder.lay(ended, statements.of_pause(ended))

    def _start_probing(self) -> None:
        for check in self.config.checks.values():
            self._schedule(check)
            if check.id in self._paused:
                self.scheduler.pause(check.id)
        if any(check.type == "icmp" for check in self.config.checks.values()):
            problem = self.net.can_ping()
            if problem is not None:
                self.config_errors = (*self.config_errors, problem)
                log.error("%s", problem)

    def _schedule(self, check: Check) -> None:
        most = len(self.config.checks) * 1000 // FIRST_RUNS_A_SECOND
        within = max(FIRST_RUN_WITHIN_MS, most)
        self.scheduler.add(check.id, check.interval, within_ms=within)

    def _announce(self) -> None:
        log.info(
            "ready: %d checks, %s, socket %s",
            len(self.config.checks), self.config.siaga.listen, self.config.siaga.socket,
        )  # fmt: skip
        if os.getuid() == 0:
            log.warning("running as root: a user of its own with CAP_NET_RAW is enough")
        self._on_ready(self)

    def _on_signal(self, number: signal.Signals, stack: contextlib.AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        call = self.reload if number is signal.SIGHUP else self.stop
        loop.add_signal_handler(number, call)
        stack.callback(loop.remove_signal_handler, number)

    # ---- the way of a result ----

    def _due(self, check_id: str) -> None:
        check = self.config.checks.get(check_id)
        if check is None:
            return
        # A counter per check orders its results, and packs smaller than one for all.
        self._numbers[check_id] = self._numbers.get(check_id, self._first_number) + 1
        self.runner.start(
            check_id,
            check.probe,
            self._numbers[check_id],
            self._landed,
            before=self.recorder.before(check_id),
            patience=check.interval,
        )

    def _landed(self, result: Result) -> None:
        check = self.config.checks.get(result.check)
        retry = None
        news = result.id > self._outdated.get(result.check, 0)
        self.own.landed(result)
        try:
            state = self.recorder.record(result) if news else None
            if check is not None and state is not None and state.suspect:
                retry = check.retry_interval
        finally:  # whatever became of its result, a check goes on
            if result.id == self._numbers.get(result.check):
                self.scheduler.finished(result.check, retry)
        if news:
            self._asked.landed(result)

    def _missed(self, check_id: str, runs: int) -> None:
        check = self.config.checks.get(check_id)
        if check is not None:
            self.metrics.probe(check.type, "missed", runs)
            self.own.missed(runs)

    def _late(self, seconds: float) -> None:
        self.metrics.lateness(seconds)
        self.own.started(seconds)

    def _planned(self, check: str) -> int | None:
        at = self.scheduler.next_run(check)
        return None if at is None else self.clock.at(at)

    def _probe_soon(self, check: str) -> None:
        self.scheduler.now(check)

    def _on_lag(self, lag: float) -> None:
        self.metrics.lag(lag)
        self.own.beat(lag)
        if lag > FROZEN:
            self._stood_still(lag)

    def _slept(self, seconds: float) -> None:
        self.own.slept(seconds)
        self._stood_still(seconds)

    def _stood_still(self, seconds: float) -> None:
        """Stopped, starved or suspended for so long, until now."""
        log.error("stood still for %.1f s: unknown from then on", seconds)
        self.recorder.lost_sight(self.clock.now() - round(seconds * 1000))

    def _clock_set(self, step: int) -> None:
        log.warning("the clock was set by %+.1f s", step / 1000)
        self.own.stepped(step)
        if step < 0:  # what is watched is watched from the new time on, too
            self.recorder.set_back(step)
            now = self.clock.now()
            self._unaccepted = now if self._unaccepted is None else min(now, self._unaccepted)
            self._due_now.set()

    def _tell(self, notifications: Sequence[Notification]) -> None:
        self.notifier.offer(notifications)

    def _subject(self, check_id: str) -> Subject | None:
        """What a message needs to know of a check."""
        row = self.board.rows.get(check_id)
        check = self.config.checks.get(check_id)
        if row is None or check is None:
            return None
        group = self.config.groups.get(check.group) if check.group else None
        return Subject(
            id=check_id,
            name=row.name,
            severity=row.severity,
            state=row.status,
            group=group.name if group else check.group,
            external=check.scope == "external",
            result=row.result,
            objective=check.objective,
            availability=self.standing.month(check_id),
        )

    def _shown(self, check_id: str) -> CheckState | None:
        row = self.board.rows.get(check_id)
        return None if row is None else row.state

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.siaga.timezone)

    def _settings(self) -> Settings:
        siaga = self.config.siaga
        return Settings(siaga.organisation, siaga.timezone, siaga.language)

    # ---- reload ----

    async def _reload_when_told(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._reloading.wait()
            until = loop.time() + STORM
            while self._reloading.is_set() and loop.time() < until:
                self._reloading.clear()
                await asyncio.sleep(0.1)
            self._reloading.clear()
            memory.hold()
            try:
                await self._reload()
            except Exception as error:
                log.exception("the configuration could not be read again")
                self._refuse_reload((f"{type(error).__name__}: {error}",))
            finally:
                self._settle_memory()

    def _refuse_reload(self, errors: tuple[str, ...]) -> None:
        self.config_errors = errors
        self.metrics.reload(ok=False)
        self.board.touch_monitor()

    async def _reload(self) -> None:
        """The new world is built first; any error leaves the old one whole."""
        try:
            with _short_switches():
                new = await asyncio.to_thread(load, self.path)
        except ConfigErrors as errors:
            self._refuse_reload(tuple(str(error) for error in errors.errors))
            # The errors are the user's; our stack would hide them.
            log.error("configuration not accepted, the old one stays:\n%s", errors)  # noqa: TRY400
            return
        async with self._accepting:
            old, now = self.config, self.clock.now()
            gone = old.checks.keys() - new.checks.keys()
            renamed = {
                check.was: check.id
                for check in new.checks.values()
                if check.was in gone and check.id not in old.checks
            }
            paused = frozenset(renamed.get(check, check) for check in self._paused)
            try:
                await self._enter_watched(new, paused, now, _accepted(new))
            except StoreBroken as error:
                problem = f"{self.path}: not accepted while the store takes nothing: {error}"
                self._refuse_reload((problem,))
                log.error("%s; fix: send SIGHUP again when it does", problem)  # noqa: TRY400
                return
            self.config = new
            self._paused = {
                (name := renamed.get(check, check)): replace(pause, check=name)
                for check, pause in self._paused.items()
            }
        for was, check_id in renamed.items():
            if was in self._numbers:
                self._numbers[check_id] = self._numbers.pop(was)
        self.overlays.configure(new, renamed)
        self.work.announce(self.config.maintenance, now)
        self._end_pauses(now)
        self.recorder.configure(new)
        self.services.configure(new.services)
        self.work.lay()
        for check_id in gone:
            self.scheduler.remove(check_id)
            self._asked.turn_away(KeyError(check_id), check_id)
        for check in new.checks.values():
            before = old.checks.get(check.id)
            if before is None or before.fingerprint != check.fingerprint:
                self._outdated[check.id] = self._numbers.get(check.id, 0)
                self._schedule(check)
                if check.id in self._paused:
                    self.scheduler.pause(check.id)
        for name in ("database", "listen", "public_listen", "socket"):
            if getattr(old.siaga, name) != getattr(new.siaga, name):
                log.warning("siaga.%s takes effect at the next start", name)
        self.notifier.on_channels_changed()
        self.config_errors = ()
        self.metrics.reload(ok=True)
        self.board.touch_monitor()
        log.info("configuration accepted: %d checks", len(new.checks))

    def _settle_memory(self) -> None:
        memory.settle()
        asyncio.get_running_loop().call_later(FIRST_ROUND, memory.release)

    # ---- work at its own pace ----

    async def _maintain(self) -> None:
        while True:
            self._due_now.clear()
            try:
                now = self.settled.now()
                more = await self.store.maintain(now, self._zone())
                if not more and self.recorder.store_error is None:
                    await self.heads.tend(now)
                    await self.reports.tend(now)
            except Exception:
                log.exception("maintenance of the store failed; tried again in a minute")
                more = False
            if self._unaccepted is not None:
                await self._accept(self._unaccepted)
            self.metrics.outbox(self.notifier.pending(), self.notifier.oldest(), self.clock.now())
            self.board.forget_incidents(self.clock.now() - DAY)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due_now.wait(), 0.2 if more else 15)

    async def _refresh_standing(self) -> None:
        while True:
            await asyncio.sleep(5)
            try:
                stored = self.recorder.store_error is None
                await self.standing.refresh(self.config, self.clock.now(), keep=stored)
            except Exception:
                log.exception("availability not refreshed; tried again in a minute")
            await asyncio.sleep(55)

    async def _drain(self, server: Server) -> None:
        """Scheduling stops at once, cancelled runs report nothing, what is known is stored."""
        loop = asyncio.get_running_loop()
        until = loop.time() + STOP_WITHIN
        self.scheduler.stop()
        self._asked.turn_away(ValueError("the daemon is stopping"))
        await self.runner.stop()
        self._cut_off = self.runner.stuck
        self.own.close()
        await self.recorder.close()
        left = max(0.0, until - loop.time())
        await asyncio.gather(self.notifier.close(left), server.stop(left))
        await self.recorder.close()

    # ---- what the API asks (uptime.web.services) ----

    def health(self) -> MonitorHealth:
        pending = sum(self.notifier.pending().values())
        oldest = self.notifier.oldest()
        reasons = [f"configuration: {error}" for error in self.config_errors]
        if self.recorder.store_error is not None:
            reasons.append(f"store: {self.recorder.store_error}")
        if self.watch.lag > 0.25:
            reasons.append("the monitor itself is late")
        age = None if oldest is None else (self.clock.now() - oldest) / 1000
        if age is not None and age > 300:
            reasons.append("messages wait to be delivered")
        return MonitorHealth(
            state="degraded" if reasons else "ok",
            reasons=reasons,
            lag_ms=round(self.watch.lag * 1000),
            outbox_pending=pending,
            outbox_oldest_s=age,
            store="ok" if self.recorder.store_error is None else "broken",
            config_errors=list(self.config_errors),
            on_call=None,
        )

    def denied(self, action: str, status: int, who: str, why: str) -> None:
        entry = self._denials.entry(action, status, who, why, self.clock.now())
        if entry is not None:
            self.recorder.enter(entry)

    def published_head(self) -> SignedHead | None:
        return self.heads.published

    async def probe_now(self, check: str) -> Result:
        """One run as soon as it may start; the result is recorded like any other.

        Raises KeyError for an unknown check, ValueError for a paused one.
        """
        if check not in self.config.checks:
            raise KeyError(check)
        if check in self._paused:
            raise ValueError("it is paused; resume it first")
        if self._stopping.is_set():
            raise ValueError("the daemon is stopping")
        return await self._asked.run(check, self._numbers.get(check, 0), self.scheduler.now)

    async def pause(self, check: str, by: str) -> None:
        """Also over a restart; pausing what is paused changes nothing."""
        if check in self._paused:
            return
        pause = Pause(self.recorder.draw_overlay(), check, by, self.clock.now())
        self.scheduler.pause(check)
        self._paused[check] = pause
        self._asked.turn_away(ValueError("it was paused"), check)
        self.recorder.pause(pause)
        await self.recorder.flushed()
        await self._accept(pause.entered)

    async def resume(self, check: str, by: str) -> None:
        pause = self._paused.pop(check, None)
        if pause is None:
            return
        now = self.clock.now()
        self.scheduler.resume(check)
        self.recorder.pause(replace(pause, withdrawn=now, withdrawn_by=by))
        await self.recorder.flushed()
        await self._accept(now)

    async def report_close(self, month: str, by: str, reason: str | None) -> Kept:
        """The next revision of a month's report; ValueError says why it cannot be."""
        return await self.reports.close(month, self.clock.now(), by, reason)

    def told(self, incident: int) -> Sequence[Notification]:
        return self.notifier.told(incident)

    async def subjects(
        self,
        start: int,
        end: int,
        check: str | None,
        group: str | None,
        contract: str | None = None,
        *,
        ahead: bool = False,
    ) -> list[Outages]:
        """Outages and their figures; raises KeyError for an unknown check, service or group."""
        config, now = self.config, self.clock.now()
        return await self.store.ask(
            lambda history: reliability.gather(
                config, history, (start, end), now,
                check=check, group=group, contract=contract, ahead=ahead,
            )
        )  # fmt: skip

    async def sla(
        self,
        start: int,
        end: int,
        check: str | None,
        group: str | None,
        contract: str | None = None,
    ) -> list[SlaRow]:
        """Rows of the time ledger; raises KeyError for an unknown check, service or group."""
        return await sla_rows.ask(
            self.config, self.store, (start, end), self.clock.now(), self._lay,
            check=check, group=group, contract=contract,
        )  # fmt: skip


def load(path: Path) -> config.Config:
    """The configuration with everything imported that its probes need; blocks."""
    found = config.load(path)
    for check in found.checks.values():
        check.probe.prepare()
    return found


def _server(daemon: Daemon, sockets: Sockets) -> Server:
    """In a thread: FastAPI takes longer to import than all the rest."""
    from uptime.web.server import Server

    return Server(daemon, sockets)


def _accepted(of: config.Config) -> Accepted:
    return Accepted(of.digest, lambda: terms(of))


def _configured(of: config.Config) -> dict[str, str | None]:
    """Every check, with the id it had before."""
    return {check.id: check.was for check in of.checks.values()}


def _end() -> None:
    log.error("not ended within %.0f s: what hangs is left behind", EXIT_WITHIN)
    os._exit(0)


def _in_flight_limit() -> int:
    """Runs at a time: as many as descriptors allow, raised to the hard limit first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(65_536, hard if hard != resource.RLIM_INFINITY else 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(16, min(10_000, soft - RESERVED_FILES))


@contextlib.contextmanager
def _short_switches() -> Iterator[None]:
    """While a thread imports, the loop gets the interpreter back within half a millisecond."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
