"""A daemon in small: the real recorder on the real record, in memory, on a clock that is set.

What `uptime.daemon` does around them (start, reload, pause, upkeep, closing of days) is done
here in the same order by the same functions, but at once and without threads. The seconds of
a story are counted from `BASE`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from probes.base import Outcome, Probe
from uptime.board import Board
from uptime.clock import Clock
from uptime.config import Config, load
from uptime.core.absence import absence
from uptime.core.maintenance import CONFIGURATION, Entered, Plan
from uptime.core.match import Match
from uptime.core.model import Batch, Pause, Result, Span, Status
from uptime.core.statements import entry, of_maintenance, of_pause
from uptime.core.timeline import Piece, timeline
from uptime.desk import Desk
from uptime.overlays import Overlays
from uptime.recorder import Recorder
from uptime.store import accept, chunks, heads_day, migrate, recovery, rows, upkeep
from uptime.store.batches import Book
from uptime.store.ledger_verify import audit
from uptime.store.values import Audit

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Jakarta")
BASE = int(datetime.fromisoformat("2026-11-23T23:20+07:00").timestamp())  # midnight is near
LETTERS = {"u": Status.UP, "d": Status.DEGRADED, "f": Status.DOWN, "?": Status.UNKNOWN}
TIMEOUT, SPARE = 5, 5  # seconds: a result holds for interval + timeout + 5 s
RAW_MS = 30 * 60_000
_ERA_BITS = 40


class AnyProbe(Probe):
    async def run(self, net: Any, before: Any) -> Outcome:
        raise NotImplementedError


class _Registry:
    def names(self) -> list[str]:
        return ["fake"]

    def load(self, name: str) -> type[Probe]:
        return AnyProbe


class _Meter:
    def __init__(self) -> None:
        self.lost = 0

    def probe(self, type: str, result: str) -> None: ...
    def dropped(self, count: int) -> None:
        self.lost += count

    def commit(self, seconds: float) -> None: ...


class NoBallast:
    def restore(self) -> None: ...


@lru_cache(maxsize=64)
def configuration(intervals: tuple[tuple[str, int], ...]) -> Config:
    """Checks with their intervals in seconds."""
    text = f'[siaga]\ntimezone = "Asia/Jakarta"\n[defaults]\ntimeout = "{TIMEOUT}s"\n'
    for check, interval in [*intervals, ("gw", 60)]:  # one there must be
        text += f'[checks.{check}]\ntype = "fake"\ntarget = "x"\ninterval = "{interval}s"\n'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checks.toml"
        path.write_text(text)
        return load(path, {}, probes=_Registry(), validate_url=lambda _: None)


@lru_cache(maxsize=1)
def empty() -> bytes:
    """A database of the newest schema."""
    with sqlite3.connect(":memory:", isolation_level=None) as db:
        db.executescript(migrate.SCHEMA.read_text())
        made: bytes = db.serialize()
    db.close()
    return made


class MemoryStore:
    """Commits at once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.book = Book(db)

    async def commit(self, batch: Batch) -> None:
        self.write(lambda book: book.apply(batch))

    def write(self, work: Callable[[Book], T]) -> T:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            found = work(self.book)
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        return found

    def carry_out(self, plan: upkeep.Plan) -> None:
        """Slice after slice, but for what concerns the file."""
        found = None
        with suppress(StopIteration):
            while True:
                part = plan.send(found)
                if isinstance(part, upkeep.Read):
                    found = part.work(self.db)
                elif isinstance(part, upkeep.Write):
                    found = self.write(part.work)

    def audit(self) -> Audit:
        return audit(_Reader(self.db), tip=False)  # type: ignore[arg-type]


class _Reader:
    """The record as the audit asks it."""

    path = Path("/nowhere/siaga.db")

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return work(self._db)


class SmallDaemon:
    """`checks` is every check that is configured now, with its interval."""

    def __init__(self, checks: Mapping[str, int], at: int = 0) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.deserialize(empty())
        self.loop = asyncio.new_event_loop()
        self.checks = dict(checks)
        self.wall = self.mono = at
        self.meter = _Meter()
        self.start()

    def close(self) -> None:
        self.loop.close()
        self.db.close()

    @property
    def now(self) -> int:
        """Seconds since BASE, as the daemon's clock says."""
        return self.clock.now() // 1000 - BASE

    @property
    def config(self) -> Config:
        return configuration(tuple(sorted(self.checks.items())))

    def holds(self, check: str) -> int:
        return self.checks[check] + TIMEOUT + SPARE

    # ---- life ----

    def start(self) -> None:
        """As uptime.daemon recovers; whatever was not saved before is lost."""
        self.clock = Clock(lambda: BASE + self.wall, lambda: self.mono)
        self.store = MemoryStore(self.db)
        now = self.clock.now()
        was = {pause.check for pause in recovery.pauses(self.store.book)}
        paused = was & self.checks.keys()
        self.store.write(lambda book: accept.accept(book, self._configured(), now, paused))
        policies = {c.id: c.policy.validity_ms for c in self.config.checks.values()}
        found = self.store.write(lambda book: recovery.recover(book, policies))
        self._number = found.era << _ERA_BITS
        self._upkeep = upkeep.Upkeep(RAW_MS, NoBallast())  # type: ignore[arg-type]
        self.recorder = Recorder(
            Board(), self.store, self.clock, self.meter, tell=lambda _: None,
            probe_soon=lambda _: None, next_incident=found.next_incident,
            next_notification=found.next_notification, next_overlay=found.next_overlay,
        )  # fmt: skip
        self.plans = Overlays(self.config, found.maintenance)
        states, batch = absence(found.states, found.life, now, self.checks, entry("start", now))
        self._wait(self.store.commit(batch))
        self.paused = {pause.check: pause for pause in recovery.pauses(self.store.book)}
        self.recorder.configure(
            self.config, states=states, incidents=found.incidents, last=found.last,
            paused=self.paused.keys() & self.checks.keys(),
        )  # fmt: skip
        self.save()

    def pass_(self, seconds: int) -> None:
        self.wall += seconds
        self.mono += seconds

    def step(self, seconds: int) -> None:
        """The wall clock is set."""
        self.wall += seconds
        step = self.clock.follow()
        if step < 0:
            self.recorder.set_back(step)
            self._accept()

    def save(self) -> None:
        """What the commit loop does once a second."""
        self.recorder.expire()
        self._wait(self.recorder.save())
        assert self.recorder.store_error is None
        self._wait(self.store.commit(Batch(life=self.clock.now())))

    def store_now(self) -> None:
        """What waits, and no sign of life."""
        self._wait(self.recorder.save())

    def froze(self, seconds: int) -> None:
        self.pass_(seconds)
        self.recorder.lost_sight(self.clock.now() - seconds * 1000)

    # ---- results ----

    def draw(self) -> int:
        """Every other one, so that some are left for results that come late."""
        self._number += 2
        return self._number

    def result(
        self, check: str, letter: str, *, number: int | None = None, at: int | None = None
    ) -> Result:
        began = self.clock.now() if at is None else (BASE + at) * 1000
        reason = None if letter == "u" else "refused"
        blame = "self" if letter == "?" else "target"
        found = Result(check, number or self.draw(), began, 0.0, LETTERS[letter], blame, reason)
        self.recorder.record(found)
        return found

    # ---- people ----

    def pause(self, check: str) -> None:
        pause = Pause(self.recorder.draw_overlay(), check, "budi", self.clock.now())
        self.paused[check] = pause
        self.recorder.pause(pause)
        self.save()
        self._accept()

    def resume(self, check: str) -> None:
        pause = self.paused.pop(check)
        self.recorder.pause(replace(pause, withdrawn=self.clock.now(), withdrawn_by="sari"))
        self.save()
        self._accept()

    def acknowledge(self, check: str) -> None:
        """Whoever is on call, of the incident that is open, if one is."""
        row = self.recorder.board.rows.get(check)
        if row is not None and row.incident is not None:
            number = row.incident
            self.say(lambda desk: desk.acknowledge(number, "budi", None, None))
            self.say(lambda desk: desk.cause(number, "budi", "vendor", None))

    def say(self, statement: Callable[[Desk], Awaitable[object]]) -> None:
        """What a person says of an incident."""

        async def stored(_: int) -> None:
            return None

        async def said() -> None:
            desk = Desk(self.recorder, self.clock, stored, lambda: ZONE)
            saying = asyncio.ensure_future(statement(desk))
            await asyncio.sleep(0)
            await self.recorder.save()
            await saying

        self._wait(said())

    def reload(self, checks: Mapping[str, int]) -> None:
        """Another configuration; who leaves it is not paused if it comes back."""
        self.checks = dict(checks)
        self._accept()
        self.plans.configure(self.config)
        for check in self.paused.keys() - self.checks.keys():
            pause = self.paused.pop(check)
            ended = replace(pause, withdrawn=self.clock.now(), withdrawn_by=CONFIGURATION)
            self.recorder.lay(ended, of_pause(ended))
        self.recorder.configure(self.config)
        self.save()

    def plan(self, check: str, begins: int, seconds: int) -> Entered:
        """Maintenance of a check, entered now."""
        start = datetime.fromtimestamp(BASE + begins, UTC)
        plan = Plan(Match(checks=frozenset({check})), start, seconds * 1000, ZONE.key)
        entered = Entered(self.recorder.draw_overlay(), plan, "budi", self.clock.now())
        self._lay(entered)
        return entered

    def withdraw(self, number: int) -> None:
        standing = self.plans.find(number)
        self._lay(replace(standing, withdrawn=self.clock.now(), withdrawn_by="sari"))

    def _lay(self, entered: Entered) -> None:
        self.plans.put(entered)
        self.recorder.lay(entered, of_maintenance(entered))
        self.save()

    # ---- upkeep ----

    def tend(self) -> list[str]:
        """Compaction, retention, and every day closed that is over; their names."""
        self.store.carry_out(self._upkeep.plan(self.clock.now()))
        closed = []
        for day in heads_day.unsealed(self.db, self.clock.now(), ZONE):
            reading = heads_day.Reading(self.db, day)
            for hour in reading.hours:
                reading.take(hour, reading.fetch(self.db, hour))
            now, hashed = self.clock.now(), reading.result()
            self.store.write(lambda book: heads_day.close(book, day, hashed, reading.last, now))  # noqa: B023
            closed.append(day.name)
        return closed

    # ---- what is on record ----

    def line(self, check: str, until: int) -> list[Piece]:
        """The time line of `[0, until)`, in milliseconds since the epoch, from the record."""
        window = (BASE * 1000, (BASE + until) * 1000)
        names = {key: name for name, key in self.store.book.keys.items()}
        entered = [
            rows.to_maintenance(names, row)
            for row in self.db.execute("SELECT * FROM overlay WHERE kind = 'maintenance'")
        ]
        held = Overlays(self.config, entered).of(check, window).held
        return timeline(
            window, self.spans(check), self.watched(check), until=self.clock.now(), maintenance=held
        )

    def spans(self, check: str) -> list[Span]:
        key = self.store.book.keys.get(check, 0)
        found = self.db.execute("SELECT * FROM span WHERE check_key = ? ORDER BY began", (key,))
        return [rows.to_span(row) for row in found]

    def watched(self, check: str) -> list[tuple[int, int | None]]:
        return self.db.execute(
            "SELECT began, ended FROM monitored WHERE check_key = ?",
            (self.store.book.keys.get(check, 0),),
        ).fetchall()

    def numbers(self, check: str) -> list[int]:
        """Of the runs that are stored."""
        return [number for number, _, _ in self.runs(check)]

    def runs(self, check: str) -> list[tuple[int, int, int]]:
        """Number, time and code of each row that is stored, wherever it lies."""
        key = self.store.book.keys.get(check, 0)
        found = self.db.execute("SELECT id, at, code FROM ingest WHERE check_key = ?", (key,))
        packed = self.db.execute("SELECT data FROM chunk WHERE check_key = ?", (key,))
        rows = [(row.id, row.at, row.code) for (data,) in packed for row in chunks.unpack(data)]
        return sorted([*found, *rows])

    def audit(self) -> Audit:
        return self.store.audit()

    def export(self) -> Iterable[tuple[int, str, str, str]]:
        return self.db.execute("SELECT * FROM ledger ORDER BY seq").fetchall()

    def _configured(self) -> dict[str, str | None]:
        return dict.fromkeys(sorted(self.checks))

    def _accept(self) -> None:
        now, paused = self.clock.now(), frozenset(self.paused)
        self.store.write(lambda book: accept.accept(book, self._configured(), now, paused))

    def _wait(self, work: Any) -> None:
        self.loop.run_until_complete(work)
