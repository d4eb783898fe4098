"""The truth of latency: what is measured when 1, 8 or 50 probes are due in one tick, beside
the target's own (a blocking socket, one at a time, on the same core).
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import time
from typing import Any

import uvloop

from bench.machine import PROBER_CORE
from bench.targets import PORT, addresses
from probes.net import Net
from uptime.clock import Clock
from uptime.config import one_probe
from uptime.core.model import Result
from uptime.runner import Runner
from uptime.scheduler import Scheduler
from uptime.selfwatch import SelfWatch

ROUNDS = 100


def run() -> None:
    os.sched_setaffinity(0, PROBER_CORE)
    own = {"http": _blocking(_get), "tcp": _blocking(_connect)}
    for kind, reference in own.items():
        print(
            f"{kind:>5} latency, the target's own (blocking socket): "
            f"p50 {_q(reference, 0.5):.3f} ms, p99 {_q(reference, 0.99):.3f} ms"
        )
        for together in (1, 8, 50):
            measured = uvloop.run(_measure(kind, together))
            print(
                f"      {together:>2} due in one tick: p50 {_q(measured, 0.5):.3f} ms, "
                f"p99 {_q(measured, 0.99):.3f} ms, p50 error "
                f"{_q(measured, 0.5) - _q(reference, 0.5):+.3f} ms"
            )
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


async def _measure(kind: str, together: int) -> list[float]:
    clock = Clock()
    watch = SelfWatch(clock)
    net = Net()
    runner = Runner(net, clock, watch, limit=1000)
    latencies: list[float] = []
    form = "http://{}:{}/" if kind == "http" else "{}:{}"
    probes = {
        f"c{n}": one_probe(kind, form.format(address, PORT), {})
        for n, address in enumerate(addresses(together))
    }
    numbers = iter(range(1, 1_000_000))

    def landed(result: Result) -> None:
        if result.latency is not None:
            latencies.append(result.latency * 1000)
        scheduler.finished(result.check)

    def due(check: str) -> None:
        probe: Any = probes[check]
        runner.start(check, probe, next(numbers), landed, before={}, patience=10)

    scheduler = Scheduler(due, lambda check, runs: None)
    for check in probes:
        scheduler.add(check, 3600)
    for _ in range(max(10, ROUNDS // together)):
        for check in probes:
            scheduler.now(check)  # all at the next tick
        await asyncio.sleep(0.3)
    scheduler.stop()
    watch.stop()
    await net.aclose()
    return latencies[together:]  # the first round pays for imports


def _blocking(once: Any) -> list[float]:
    """Paced like the others, so that the core wakes up as they find it."""
    out = []
    for address in addresses(ROUNDS):
        time.sleep(0.02)
        began = time.perf_counter()
        once(address)
        out.append((time.perf_counter() - began) * 1000)
    return out


def _get(address: str) -> None:
    with socket.create_connection((address, PORT)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while connection.recv(65536):
            pass


def _connect(address: str) -> None:
    socket.create_connection((address, PORT)).close()


def _q(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
