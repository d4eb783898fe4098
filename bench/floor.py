"""What a probe costs at least here: a blocking socket, no monitor at all, on the same core.

This machine's system calls and its wake-up from idle are most of any probe's cost, so the
daemon's figures are read beside these.
"""

from __future__ import annotations

import os
import resource
import socket
import time

from bench.machine import PROBER_CORE
from bench.targets import PORT, addresses

_GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def run() -> None:
    os.sched_setaffinity(0, PROBER_CORE)
    burst = _cpu(3000, pause=0.0)
    paced = _cpu(300, pause=0.01)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    print(
        f"floor, blocking connect+GET+close: {burst:.0f} µs in a burst, "
        f"{paced:.0f} µs paced at 100/s"
    )


def _cpu(count: int, pause: float) -> float:
    """Microseconds of CPU a probe."""
    targets = addresses(64)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for number in range(count):
        with socket.create_connection((targets[number % 64], PORT)) as connection:
            connection.sendall(_GET)
            while connection.recv(65536):
                pass
        if pause:
            time.sleep(pause)
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent / count * 1e6
