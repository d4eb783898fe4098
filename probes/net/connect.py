"""Connecting: to the first of some addresses that answers, non-blocking, timed in the callback.

Not `loop.sock_connect`: uvloop's goes through the thread pool even for addresses. Names are
resolved by the caller. Where both families are known they race: the next address is tried when
the last one failed or has had its head start (RFC 8305), so a dead one costs no time-out.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

from probes.base import ProbeFailed, Reason

HEAD_START = 0.25  # seconds an address has before the next is tried beside it
_MOST = 8  # addresses tried of a name that has thousands

_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
_OURS = {
    errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EPERM,
    errno.EACCES, errno.EAGAIN, errno.EAFNOSUPPORT, errno.ENETDOWN, errno.EADDRINUSE,
}  # fmt: skip
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_REASONS = {
    errno.ECONNREFUSED: (Reason.REFUSED, "connection refused"),
    errno.ECONNRESET: (Reason.RESET, "connection reset"),
    errno.ECONNABORTED: (Reason.RESET, "connection aborted"),
    errno.EPIPE: (Reason.RESET, "connection reset"),
    errno.ETIMEDOUT: (Reason.TIMEOUT, "no answer to the connection"),
    errno.ENETUNREACH: (Reason.UNREACHABLE, "network unreachable"),
    errno.EHOSTUNREACH: (Reason.UNREACHABLE, "host unreachable"),
    errno.EHOSTDOWN: (Reason.UNREACHABLE, "host down"),
    errno.ENOPROTOOPT: (Reason.UNREACHABLE, "protocol unreachable"),
    errno.EPROTO: (Reason.UNREACHABLE, "protocol unreachable"),
}


class Address(NamedTuple):
    """Where to, resolved; an IPv6 address may carry its zone (`fe80::1%eth0`)."""

    family: socket.AddressFamily
    host: str

    @property
    def version(self) -> int:
        return 6 if self.family == socket.AF_INET6 else 4


class Connected(NamedTuple):
    """A connected, non-blocking socket, whom it reaches, and since when (perf_counter).

    From `Dial` it comes with its writer callback still on: whoever takes the socket takes that
    off. With a reader put on first the kernel hears of one change instead of two.
    """

    sock: socket.socket
    address: Address
    at: float


def failure(error: OSError, doing: str) -> ProbeFailed:
    """What an error of the kernel means: which reason, whose fault, in words."""
    number = error.errno or 0
    if number in _REASONS:
        reason, words = _REASONS[number]
        return ProbeFailed(reason, f"{words} {doing}")
    words = os.strerror(number).lower() if number else str(error)
    reason = Reason.SELF if number in _OURS else Reason.ERROR
    return ProbeFailed(reason, f"{words} {doing}", blame="self")


def place(address: Address, port: int) -> str:
    """`192.0.2.1:80`, `[2001:db8::1]:80`."""
    return f"[{address.host}]:{port}" if ":" in address.host else f"{address.host}:{port}"


class Dial:
    """The attempts of one connection; `done` gets the socket or the failure, once.

    The receiver of the socket closes it. `close()` ends whatever is still under way.
    """

    __slots__ = ("_done", "_errors", "_flying", "_left", "_loop", "_port", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        addresses: Sequence[Address],
        port: int,
        done: Callable[[Connected | ProbeFailed], None],
    ) -> None:
        self._loop = loop
        self._left = _alternating(addresses) if len(addresses) > 1 else list(addresses)
        self._port = port
        self._done: Callable[[Connected | ProbeFailed], None] | None = done
        self._flying: dict[int, tuple[socket.socket, Address]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._errors: list[tuple[OSError, Address]] = []

    def next(self) -> None:
        """Try the next address, if there is one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._left:
            address = self._left.pop(0)
            if self._attempt(address):
                if self._left:
                    self._timer = self._loop.call_later(HEAD_START, self.next)
                return
            if self._done is None:
                return
        if not self._flying:
            self._give_up()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for number, (sock, _) in self._flying.items():
            self._loop.remove_writer(number)
            sock.close()
        self._flying.clear()
        self._done = None

    def _attempt(self, address: Address) -> bool:
        """Whether it is under way, or has come through."""
        try:
            sock = socket.socket(address.family, _STREAM)
        except OSError as error:
            return self._missed(error, address)
        try:
            code = sock.connect_ex((address.host, self._port))
        except OSError as error:  # an unknown zone
            sock.close()
            return self._missed(error, address)
        if code not in (0, errno.EINPROGRESS):
            sock.close()
            return self._missed(OSError(code, "connect"), address)
        number = sock.fileno()
        self._flying[number] = sock, address
        self._loop.add_writer(number, self._writable, number)
        return True

    def _missed(self, error: OSError, address: Address) -> bool:
        self._errors.append((error, address))
        if error.errno in _EXHAUSTED:
            self._give_up()  # the next address would fare no better
        return False

    def _writable(self, number: int) -> None:
        at = perf_counter()
        sock, address = self._flying.pop(number)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._loop.remove_writer(number)
            sock.close()
            self._errors.append((OSError(code, "connect"), address))
            self.next()
            return
        done = self._done
        self.close()
        assert done is not None
        done(Connected(sock, address, at))

    def _give_up(self) -> None:
        error, address = _most_telling(self._errors)
        done = self._done
        self.close()
        answered = error.errno in (errno.ECONNREFUSED, errno.ECONNRESET)
        doing = "by" if answered else "connecting to"
        if done is not None:
            done(failure(error, f"{doing} {place(address, self._port)}"))


def _alternating(addresses: Sequence[Address]) -> list[Address]:
    """One family, the other, the first again: neither waits for all of the other."""
    first = [a for a in addresses if a.family == addresses[0].family]
    other = [a for a in addresses if a.family != addresses[0].family]
    mixed = []
    for number in range(max(len(first), len(other))):
        mixed += first[number : number + 1] + other[number : number + 1]
    return mixed[:_MOST]


def _most_telling(errors: list[tuple[OSError, Address]]) -> tuple[OSError, Address]:
    """Which failure speaks for all: our own lack first, then what the target answered.

    A machine without IPv6 fails every such address: what IPv4 met is the better word.
    """
    for wanted in (_EXHAUSTED, {errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT}):
        for error, address in errors:
            if error.errno in wanted:
                return error, address
    return next((e for e in errors if e[1].family == socket.AF_INET), errors[-1])


async def connect(addresses: Sequence[Address], port: int) -> Connected:
    """The first that answers; raises ProbeFailed. The caller closes the socket."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[Connected | ProbeFailed] = loop.create_future()

    def done(found: Connected | ProbeFailed) -> None:
        if isinstance(found, Connected):
            loop.remove_writer(found.sock.fileno())
        if not came.done():
            came.set_result(found)
        elif isinstance(found, Connected):
            found.sock.close()  # came through in the turn in which the run was cancelled

    dial = Dial(loop, addresses, port, done)
    dial.next()
    try:
        found = await came
    except BaseException:
        dial.close()
        if came.done() and not came.cancelled() and isinstance(got := came.result(), Connected):
            got.sock.close()  # cancelled at the very moment it came through
        raise
    if isinstance(found, ProbeFailed):
        raise found
    return found
