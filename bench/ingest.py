"""What a result costs the store: CPU of its threads, and bytes it writes, the hours packed.

The real store with the real batches of steady results, one commit for as many as the recorder
lets wait, an hour packed when it is over (store/upkeep.py), what is old dropped. There are fewer
checks than make such rates, so that hours take seconds: at 5,000/s enough for an hour that is
600,000 results, at 33/s so few that a day ends and is dropped.
Half of the results have the five phases of http, with facts that do not change.

CPU is the CPU clock of the store's own threads: the writer and the readers that pack. Bytes are
what write calls were handed (`wchar`): WAL, database and all, each time. A disk gets less, since
the kernel writes a page once that was written several times within its half minute.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.machine import spread
from uptime.core.model import Batch, Fact, Result, Status
from uptime.recorder import STEADY_EVERY, STEADY_MOST
from uptime.store import Store, upkeep

INTERVAL, HOUR, DAY = 30_000, 3_600_000, 86_400_000
KEPT, ROUNDS = 12, 3
_PHASES = ("connect", "tls", "processing", "transfer", "resolve")
_ADDRESS: dict[str, Fact] = {"ip": "192.0.2.17", "ip_family": 4}
_FACTS: dict[str, Fact] = {
    **_ADDRESS, "status_code": 200, "http_version": "1.1", "body_bytes": 2048, "redirects": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: microseconds and bytes a result, with what is done by the hour."""

    ingest: float
    packing: float
    written: float

    @property
    def cpu(self) -> float:
        return self.ingest + self.packing


def run() -> None:
    for word, rate, checks, hours in (
        ("5,000 results/s", 5000, 5000, 3),
        ("1,000 checks at 30 s", 1000 / 30, 200, 38),
    ):
        # A whole hour at 5,000/s is sorted before it is packed, and so is this part of one.
        upkeep.SORT_ROWS = 500_000
        costs = [asyncio.run(_cost(rate, checks, hours)) for _ in range(ROUNDS)]
        core = [cost.cpu * rate / 10_000 for cost in costs]
        print(
            f"ingest, {word}: {spread([cost.cpu for cost in costs], ' us')} a result "
            f"({spread([cost.packing for cost in costs])} of it to pack the hours), "
            f"{spread(core, ' %')} of a core; "
            f"{spread([cost.written for cost in costs], ' bytes')} written a result"
        )


async def _cost(rate: float, checks: int, hours: int) -> Cost:
    first = round(time.time() * 1000) // DAY * DAY
    now = first
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "siaga.db")
        store = Store.open(f"sqlite:///{path}", raw_s=KEPT * HOUR / 1000, clock=lambda: now)
        await asyncio.to_thread(store.recover, {})
        await store.accept({f"c{key}": None for key in range(checks)}, now)
        await _upkeep(store, now)
        ingest = packing = 0.0
        count = 0
        began, written = _cpu(), _written()
        for hour in range(hours):
            for results in _batches(first + hour * HOUR, rate, checks):
                now = results[-1].at
                await store.commit(Batch(results=tuple(results), life=now))
                count += len(results)
            ingest += (middle := _cpu()) - began
            now = first + (hour + 1) * HOUR + HOUR // 10
            await _upkeep(store, now)
            packing += (began := _cpu()) - middle
        written = _written() - written
        await asyncio.to_thread(store.close)
    return Cost(ingest / count * 1e6, packing / count * 1e6, written / count)


async def _upkeep(store: Store, now: int) -> None:
    while await store.maintain(now):
        pass


def _batches(first: int, rate: float, checks: int) -> Iterator[list[Result]]:
    """The results of an hour in the order they come, as the recorder stores them at that rate."""
    chance = random.Random(first)
    batch: list[Result] = []
    at_once = max(rate, min(rate * STEADY_EVERY, STEADY_MOST))
    allowance = at_once
    for at, check in sorted(
        (first + start + check * 29 % INTERVAL + chance.randrange(4), check)
        for start in range(0, HOUR, INTERVAL)
        for check in range(checks)
    ):
        if len(batch) >= allowance:
            yield batch
            allowance += at_once - len(batch)
            batch = []
        batch.append(_result(chance, f"c{check}", at, http=check % 2 == 0))
    yield batch


def _result(chance: random.Random, check: str, at: int, *, http: bool) -> Result:
    latency = chance.lognormvariate(3.0, 0.8) / 1000
    shares = [part * chance.uniform(0.7, 1.3) for part in (0.1, 0.3, 0.4, 0.15, 0.05)]
    return Result(
        check=check,
        id=(1 << 40) + at,
        at=at,
        duration=latency + 0.0004,
        status=Status.UP,
        latency=latency,
        phases={name: latency * share for name, share in zip(_PHASES, shares, strict=True)}
        if http
        else {},
        facts=dict(_FACTS) if http else dict(_ADDRESS),
    )


def _cpu() -> float:
    """Seconds that the store's threads have computed; they live as long as their store."""
    return sum(
        time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None and thread.name.startswith("store-")
    )


def _written() -> int:
    """Bytes this process has handed to write calls."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))
