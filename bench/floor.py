"""What a probe costs at least here, on the same core: the daemon's figures are read beside it.

System calls, the cold caches of a core that idles between probes and the kernel's work for both
ends of a loopback connection are most of it, and differ between machines and hours by a factor
of two. So the same run measures a blocking socket, and the leanest asynchronous prober: uvloop,
two callbacks, a parser, no checks, no state, no store.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time

import httptools
import uvloop

from bench.machine import PROBER_CORE, spread
from bench.targets import PORT, addresses

_GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
_GROUP = 8  # as many in one wake-up as the daemon's scheduler starts
_WINDOWS, _WINDOW = 3, 6.0


def run() -> None:
    os.sched_setaffinity(0, PROBER_CORE)
    burst, paced = _blocking(3000, pause=0.0), _blocking(300, pause=0.01)
    lean = {rate: uvloop.run(_lean(rate)) for rate in (100, 1000)}
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    print(f"floor, blocking GET: {burst:.0f} µs in a burst, {paced:.0f} µs paced at 100/s")
    for rate, found in lean.items():
        print(f"floor, leanest asynchronous GET at {rate}/s, {_GROUP} at once: {spread(found)} µs")


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _blocking(count: int, pause: float) -> float:
    """Microseconds of CPU a probe."""
    targets = addresses(64)
    before = _spent()
    for number in range(count):
        with socket.create_connection((targets[number % 64], PORT)) as connection:
            connection.sendall(_GET)
            while connection.recv(65536):
                pass
        if pause:
            time.sleep(pause)
    return (_spent() - before) / count * 1e6


async def _lean(rate: int) -> list[float]:
    """Microseconds of CPU a probe, by window."""
    targets = addresses(10_000)
    loop = asyncio.get_running_loop()
    found, number = [], 0
    for window in range(_WINDOWS + 1):
        before, first, at = _spent(), number, loop.time()
        end = at + _WINDOW
        while at < end:
            for _ in range(_GROUP):
                _Get(loop, targets[number % len(targets)])
                number += 1
            at += _GROUP / rate
            await asyncio.sleep(max(0.001, at - loop.time()))
        if window:  # the first warms up
            found.append((_spent() - before) / (number - first) * 1e6)
    return found


class _Get:
    """One request over one connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str) -> None:
        self._loop = loop
        self._sock = socket.socket(socket.AF_INET, _STREAM)
        self._sock.connect_ex((host, PORT))
        self._timer = loop.call_later(10, self._close)
        self._whole = False
        loop.add_writer(self._sock.fileno(), self._send)

    def _send(self) -> None:
        self._loop.remove_writer(self._sock.fileno())
        self._sock.send(_GET)
        self._parser = httptools.HttpResponseParser(self)
        self._loop.add_reader(self._sock.fileno(), self._read)

    def _read(self) -> None:
        self._parser.feed_data(self._sock.recv(65536))
        if self._whole:
            self._close()

    def on_message_complete(self) -> None:
        self._whole = True

    def _close(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        self._timer.cancel()
        del self._parser
