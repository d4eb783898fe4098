"""The other end of the simulated links: answers pings in a network of its own.

Run as `python -m uptime.simulate.links FD`, where FD is one end of a socket pair. It answers
with one line, {} and the ping socket beside it or {"forbidden": why}, then takes lines such as
{"127.33.2.1": {"answer": "echo", "delay": 0.006, "loss": 0.12}}. It ends when the other end
closes, so it never outlives its parent. Standard library only: it starts in a blink.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from uptime.simulate import frames, namespace

_JITTER = 0.2  # of the delay, so that a chart looks like a line and not like a ruler


@dataclass(slots=True)
class Link:
    """How one address answers. Loss is spread evenly: a script must not depend on luck."""

    answer: str = "echo"  # echo | silent | unreachable
    delay: float = 0.0
    loss: float = 0.0
    owed: float = 0.0

    def loses(self) -> bool:
        self.owed += self.loss
        if self.owed < 1:
            return False
        self.owed -= 1
        return True


@dataclass(slots=True)
class Answerer:
    """Reads requests off the device, writes answers when they are due."""

    device: int
    links: dict[str, Link] = field(default_factory=dict)
    _later: list[tuple[float, int, bytes]] = field(default_factory=list)
    _count: int = 0

    def learn(self, line: str) -> None:
        for address, settings in json.loads(line).items():
            self.links[address] = Link(**settings)

    def take(self, packet: bytes) -> None:
        """An address nobody told of stays silent."""
        echo = frames.echo_request(packet)
        link = self.links.get(echo.target) if echo is not None else None
        if echo is None or link is None or link.answer == "silent" or link.loses():
            return
        answer = frames.unreachable if link.answer == "unreachable" else frames.reply
        due = time.monotonic() + link.delay * random.uniform(1 - _JITTER, 1 + _JITTER)
        self._count += 1  # equal times stay in order
        heapq.heappush(self._later, (due, self._count, answer(echo)))

    def send_due(self) -> float | None:
        """Write what is due; seconds until the next, None if there is none."""
        while self._later:
            wait = self._later[0][0] - time.monotonic()
            if wait > 0:
                return wait
            os.write(self.device, heapq.heappop(self._later)[2])
        return None


def serve(control: socket.socket, device: int) -> None:
    """Until the other end closes."""
    answerer = Answerer(device)
    text = b""
    while True:
        ready, _, _ = select.select([control.fileno(), device], [], [], answerer.send_due())
        if control.fileno() in ready:  # first: what was told before a ping holds for it
            news = control.recv(65536)
            if not news:
                return
            *lines, text = (text + news).split(b"\n")
            for line in lines:
                answerer.learn(line.decode())
        if device in ready:
            answerer.take(os.read(device, 4096))


def main(arguments: list[str]) -> int:
    # Ctrl-C reaches the whole terminal; the parent says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(arguments[1])) as control:
        try:
            namespace.enter()
            device = namespace.open_device()
            ping = namespace.open_ping_socket()
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _say(control, {"forbidden": f"{where}{error.strerror}"})
            return 1
        with ping:
            socket.send_fds(control, [b"{}\n"], [ping.fileno()])
        serve(control, device)
    return 0


def _say(control: socket.socket, what: dict[str, Any]) -> None:
    control.sendall(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv))
