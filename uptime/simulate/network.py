"""The near end of the simulated links: starts the answerer, holds the ping socket, gives orders."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from typing import Self

_PATIENCE = 10.0  # seconds for a Python to start


class NoNetwork(Exception):
    """This machine does not let us have a network of our own; says why."""


class Network:
    """A running answerer. `ping` works only towards the addresses it was told of."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, ping: socket.socket
    ) -> None:
        self._process = process
        self._control = control
        self.ping = ping

    @classmethod
    def open(cls) -> Self:
        """Blocking, for a third of a second. Raises NoNetwork."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with far:
            command = [sys.executable, "-m", "uptime.simulate.links", str(far.fileno())]
            process = subprocess.Popen(  # noqa: S603 - our own module
                command, pass_fds=[far.fileno()], stdin=subprocess.DEVNULL
            )
        near.settimeout(_PATIENCE)
        try:
            said, sockets, _, _ = socket.recv_fds(near, 4096, 1)
            why = json.loads(said or b"{}").get("forbidden", "the answerer ended at once")
        except (OSError, ValueError) as error:
            sockets, why = [], str(error)
        if not sockets:
            near.close()
            process.kill()
            process.wait()
            raise NoNetwork(why)
        near.setblocking(False)
        ping = socket.socket(fileno=sockets[0])
        ping.setblocking(False)
        return cls(process, near, ping)

    def tell(
        self, address: str, *, answer: str = "echo", delay: float = 0, loss: float = 0
    ) -> None:
        """How an address answers from now on."""
        order = {address: {"answer": answer, "delay": delay, "loss": loss}}
        with contextlib.suppress(OSError):  # it died: then nothing answers, as it shows
            self._control.sendall(json.dumps(order).encode() + b"\n")

    def close(self) -> None:
        """The answerer ends by itself once its end of the pair is gone."""
        self._control.close()
        self.ping.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
