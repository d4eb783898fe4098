"""A year of 1,000 checks at 30 s as the store keeps it: bytes, and what questions cost.

Written straight into the tables, since a year cannot be waited for: spans, ledger and incidents
of a year, single results of the last 35 days packed by the store's own code, half of them of
http with five phases. `YEAR_CHECKS` and `YEAR_RAW_DAYS` make it smaller.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from bench import ingest
from bench.load import wait_ready
from bench.machine import spread, usage
from uptime import availability
from uptime.core.heads import Day
from uptime.core.ledger import GENESIS, canonical, link
from uptime.core.model import Condition, Span
from uptime.core.statements import entry
from uptime.core.sums import summed
from uptime.overlays import NOTHING, Laid
from uptime.store import Store, chunks, rollups
from uptime.store.batches import Book
from uptime.store.heads_day import Reading
from uptime.store.history import History
from uptime.store.ingest import Row, pack_phases
from uptime.store.ledger_verify import audit
from uptime.store.rollup_proof import Digest, settle
from uptime.store.rows import from_span

CHECKS = int(os.environ.get("YEAR_CHECKS", "1000"))
RAW_DAYS = int(os.environ.get("YEAR_RAW_DAYS", "35"))
OUTAGES_A_DAY = 1  # two spans a day
DAY, HOUR, INTERVAL = 86_400_000, 3_600_000, 30_000
_PHASES = ("connect", "tls", "processing", "transfer", "resolve")
_PATTERNS = 64
PEERS = """\
peers, measured once on the same kind of machine, each with what it keeps of a result:
  bytes at rest: Prometheus 67.6 with all series of an http probe (8.0 with state and time alone),
    Gatus 5.2 on SQLite 101, Uptime Kuma 2.5 on SQLite 141; the latter two drop results after a day
  availability of 1,000 checks for 30 days: Prometheus 1.48 s from one sample a minute, Uptime
    Kuma's day table in SQL 20 ms, whole days alone, its hour table 410 ms
  start with a year of statistics of 1,000 monitors: Uptime Kuma 149 s and 1,711 MB"""


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        now = int(time.time() * 1000)
        began = time.monotonic()
        _build(folder / "siaga.db", now)
        size = (folder / "siaga.db").stat().st_size
        took = time.monotonic() - began
        print(
            f"a year of {CHECKS} checks, {RAW_DAYS} days raw: {size / 1e6:.0f} MB, "
            f"made in {took:.0f} s"
        )
        _sizes(folder / "siaga.db")
        _questions(folder / "siaga.db", now)
        _audit(folder / "siaga.db", now)
        _start(folder)
    ingest.run()
    print(PEERS)


def _build(path: Path, now: int) -> None:
    Store.open(f"sqlite:///{path}", clock=lambda: now).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA journal_mode = WAL")
        first = now - 365 * DAY
        keys = range(1, CHECKS + 1)
        db.executemany(
            "INSERT INTO checks (key, id, first) VALUES (?, ?, ?)",
            [(key, f"c{key}", first) for key in keys],
        )
        db.executemany("INSERT INTO monitored VALUES (?, ?, NULL)", [(key, first) for key in keys])
        db.execute(
            "INSERT INTO phase_set (id, names) VALUES (1, ?)",
            (str(list(_PHASES)).replace("'", '"'),),
        )
        outages = [outage for key in keys for outage in _outages(key, first, now)]
        db.executemany(
            "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                from_span(key, each)
                for key in keys
                for each in summed(None, _spans(key, first, now))
            ),
        )
        db.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?)", _ledger(outages, first))
        db.execute("INSERT INTO life (id, at, seq, era) VALUES (1, ?, 0, 1)", (now,))
        db.commit()
        _raw(db, now)
        if RAW_DAYS > 1:
            _roll(db, now)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _outages(key: int, first: int, now: int) -> Iterator[tuple[int, int, int]]:
    chance = random.Random(key)
    for day in range(365 * OUTAGES_A_DAY):
        at = first + day * DAY // OUTAGES_A_DAY + chance.randrange(HOUR, 20 * HOUR)
        ended = at + chance.randrange(60_000, HOUR)
        if ended < now:
            yield key, at, ended


def _spans(key: int, first: int, now: int) -> Iterator[Span]:
    last = first
    for _, began, ended in _outages(key, first, now):
        yield Span(last, began, Condition.UP, True, last - INTERVAL)
        yield Span(began, ended, Condition.DOWN, True, began - INTERVAL)
        last = ended
    yield Span(last, None, Condition.UP, True, last - INTERVAL)


def _ledger(outages: list[tuple[int, int, int]], first: int) -> Iterator[tuple[int, str, str, str]]:
    keys = [str(key) for key in range(1, CHECKS + 1)]
    changes = [(first, int(key), "none", "up") for key in keys]
    for key, began, ended in outages:
        changes += [(began, key, "up", "down"), (ended, key, "down", "up")]
    entries = [entry("watched", first, added=[f"c{key}" for key in keys], keys=keys)]
    for at, key, old, new in sorted(changes):
        entries.append(
            entry("transition", at, check=f"c{key}", old=old, new=new, state=new, began=at,
                  bound=at - INTERVAL, reason="timeout" if new == "down" else None, result=at)
        )  # fmt: skip
    prev = GENESIS
    for seq, each in enumerate(entries, 1):
        text = canonical(each)
        digest = link(prev, text)
        yield seq, text, prev, digest
        prev = digest


def _raw(db: sqlite3.Connection, now: int) -> None:
    """Latencies and phases of a pattern each; run numbers and times of their own."""
    patterns = [_pattern(random.Random(seed), http=seed % 2 == 0) for seed in range(_PATTERNS)]
    last = now // HOUR
    number = HOUR // INTERVAL
    for hour in range(last - RAW_DAYS * 24, last):
        packed = []
        for key in range(1, CHECKS + 1):
            pattern = patterns[(hour * 7 + key) % (_PATTERNS // 2) * 2 + key % 2]
            at = hour * HOUR + key * 29 % INTERVAL
            run = (1 << 40) + hour * number
            rows = [
                Row(
                    run + i,
                    at + i * INTERVAL + lag,
                    code,
                    duration,
                    latency,
                    None,
                    kind,
                    phases,
                    None,
                )
                for i, (lag, code, duration, latency, kind, phases) in enumerate(pattern)
            ]
            packed.append((hour, key, number, chunks.pack(rows)))
        db.executemany(
            "INSERT INTO chunk (hour, check_key, count, data) VALUES (?, ?, ?, ?)", packed
        )
        db.commit()


def _roll(db: sqlite3.Connection, now: int) -> None:
    """The first day of results, as upkeep does at its end."""
    first = (now // HOUR - RAW_DAYS * 24) * HOUR
    day, book, digest = (first, first + DAY), Book(db), Digest()
    for key in range(1, CHECKS + 1):
        made = rollups.roll(db, [key], day)
        rollups.store(db, made)
        digest.add(made)
    settle(book, day, rollups.RAW, digest, now)
    db.commit()


def _pattern(
    chance: random.Random, *, http: bool
) -> list[tuple[int, int, int, int, int, bytes | None]]:
    """An hour of runs: a log-normal latency, five phases that add up to it for http."""
    base = chance.lognormvariate(3.0, 0.8)
    out = []
    for _ in range(HOUR // INTERVAL):
        shares = [
            base * share * chance.lognormvariate(0, 0.15) for share in (0.1, 0.3, 0.4, 0.15, 0.05)
        ]
        milliseconds = sum(shares)
        latency = round(milliseconds * 100)
        phases = pack_phases([max(1, round(each * 10)) for each in shares]) if http else None
        out.append(
            (
                chance.randrange(0, 4),
                0,
                latency // 10 + chance.randrange(2, 6),
                latency,
                int(http),
                phases,
            )
        )
    return out


def _sizes(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        for word, odd in (("http, five phases", 0), ("one latency", 1)):
            data, count, number = db.execute(
                "SELECT sum(length(data)), sum(count), count(*) FROM chunk WHERE check_key % 2 = ?",
                (odd,),
            ).fetchone()
            print(f"at rest, {word}: {data / count:.2f} bytes a result in {number} chunks")
        (spans,) = db.execute("SELECT count(*) FROM span").fetchone()
        (entries,) = db.execute("SELECT count(*) FROM ledger").fetchone()
        print(f"{spans} spans, {entries} ledger entries")


def _questions(path: Path, now: int) -> None:
    """As `siaga sla` asks, all rows included."""
    members = [_Member(f"c{key}") for key in range(1, CHECKS + 1)]
    ids = [member.id for member in members]
    with History.open(f"sqlite:///{path}") as history:
        for word, days in (("a month", 30), ("a year", 365)):
            window = (now - days * DAY, now)

            def ask(window: tuple[int, int] = window) -> None:
                found = dict(history.tallies(ids, window, now))
                assert len(found) == CHECKS
                availability.rows(members, found, window, now, lay=lambda *_: NOTHING)

            print(f"SLA of {CHECKS} checks for {word}: {_timed(ask)}")
        month = (now - 30 * DAY, now)
        served = [(day + 8 * HOUR, day + 16 * HOUR) for day in range(*month, DAY)]

        def ask_by_hours() -> None:
            laid = dict.fromkeys(ids, Laid((), served))
            found = history.counted(laid, month, now)
            availability.rows(members, found, month, now, lay=lambda *_: NOTHING)

        print(f"the same for a month with service hours for each: {_timed(ask_by_hours)}")


def _audit(path: Path, now: int) -> None:
    """What `siaga ledger verify` does: chain, spans and sums, results and rollups of a day."""
    with History.open(f"sqlite:///{path}") as history:
        ends: dict[str, float] = {}

        def progress(stage: str, *_: int) -> None:
            ends[stage] = time.process_time()

        began = time.process_time()
        found = audit(history, tip=False, progress=progress)
        assert found.ok
        took = ends["spans"] - began
        print(f"ledger verify: {found.count} entries and their spans and sums in {took:.1f} s CPU")
        if found.rollups:
            took = ends["rollups"] - ends["spans"]
            print(f"and the rollups of a day made again in {took:.1f} s CPU")
        if RAW_DAYS > 1:
            first = (now // HOUR - RAW_DAYS * 24) * HOUR
            began = time.process_time()
            reading = history.ask(lambda db: Reading(db, Day("first", first, first + DAY)))
            for hour in reading.hours:
                reading.take(hour, history.ask(partial(reading.fetch, hour=hour)))
            took = time.process_time() - began
            print(f"and {reading.result().rows} results of a day in {took:.1f} s CPU")


@dataclass(frozen=True, slots=True)
class _Member:
    id: str
    group: str | None = None
    objective: float | None = 99.5


def _timed(work: Callable[[], object], times: int = 15) -> str:
    """Time that passed, and time that was computed, which others on the machine disturb less."""
    work()
    passed, computed = [], []
    for _ in range(times):
        began, cpu = time.perf_counter(), time.thread_time()
        work()
        passed.append((time.perf_counter() - began) * 1000)
        computed.append((time.thread_time() - cpu) * 1000)
    return f"{spread(passed, ' ms')}, {spread(computed, ' ms')} of CPU"


def _start(folder: Path) -> None:
    """The daemon on that database, until it is ready; its targets refuse."""
    checks = "".join(
        f'[checks.c{key}]\ntype = "tcp"\ntarget = "127.0.0.1:9"\n' for key in range(1, CHECKS + 1)
    )
    (folder / "checks.toml").write_text(f'[siaga]\nlisten = "127.0.0.1:17424"\n{checks}')
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "uptime", "run", "-c", str(folder / "checks.toml")],
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=str(folder / "siaga.sock")), base_url="http://siaga"
        ) as client:
            ready = wait_ready(client, process, began)
        print(
            f"start with that database: ready after {ready:.2f} s, {usage(process.pid).rss:.0f} MB"
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
