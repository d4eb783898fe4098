"""ICMP echo: one socket a family for all checks, the kernel's own receive time, paced sending.

A raw socket first (CAP_NET_RAW), an unprivileged ping socket second; where neither is allowed
`problem()` says how to allow it. A reply counts once, and only with the number, the address and
the payload that were sent; an error counts if it quotes a packet of ours.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Self

from probes.base import ProbeFailed, Reason, safe_text
from probes.net import icmp
from probes.net.connect import Address

_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_IP_RECVERR, _IP_RECVTTL, _IPV6_RECVERR, _IPV6_RECVHOPLIMIT = 11, 12, 25, 51
_MSG_ERRQUEUE = 0x2000
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_ROOM = 8 * 1024 * 1024  # bytes for answers that come while the loop is busy
_DRAIN = 256  # datagrams read a wake-up, so that a flood does not hold the loop
_KEPT = 60.0  # seconds a ping socket keeps its number
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN}
_NOBODY: tuple[Any, Any] = (None, None)
_HOW = (
    "this process may not send ICMP echo requests; fix: give it CAP_NET_RAW (systemd: "
    "AmbientCapabilities=CAP_NET_RAW; else: setcap cap_net_raw+ep on its Python), or allow ping "
    'sockets: sysctl -w net.ipv4.ping_group_range="0 2147483647"'
)


class _Noise:
    """Random bytes by the handful: asking the kernel for each costs as much as sending."""

    def __init__(self) -> None:
        self._pool = b""
        self._next = 0

    def __call__(self, size: int) -> bytes:
        begin = self._next
        if begin + size > len(self._pool):
            self._pool, begin = os.urandom(4096), 0
        self._next = begin + size
        return self._pool[begin : self._next]


_noise = _Noise()


@lru_cache(maxsize=65_536)
def _forms(address: Address) -> tuple[bytes, str]:
    """The bytes of an address and how the kernel writes it, without its zone."""
    packed = socket.inet_pton(address.family, address.host.partition("%")[0])
    return packed, socket.inet_ntop(address.family, packed)


class Echo:
    """One request and what became of it; `rtt` in seconds, None while nothing came back."""

    __slots__ = ("_at", "_sent", "duplicates", "error", "hop_limit", "key", "nonce", "rtt")

    def __init__(self) -> None:
        self.nonce = _noise(icmp.NONCE)
        self.key = b""
        self.rtt: float | None = None
        self.hop_limit: int | None = None
        self.error: str | None = None
        self.duplicates = 0

    def sent(self) -> None:
        self._at, self._sent = time.monotonic_ns(), time.time_ns()

    def answered(self, stamp: int, hop_limit: int | None) -> None:
        """`stamp` is when the kernel got it, by its wall clock in ns; 0 if it does not say.

        In a burst a stamp taken here is late by a hundred times what is measured; but a clock
        that was set in between makes nonsense of the kernel's, and then it must do.
        """
        elapsed = time.monotonic_ns() - self._at
        tolerance = 1_000_000 + elapsed // 1000  # a clock being slewed is no clock being set
        stepped = abs(time.time_ns() - self._sent - elapsed) > tolerance
        rtt = stamp - self._sent
        self.rtt = (elapsed if stepped or not 0 < rtt <= elapsed + tolerance else rtt) / 1e9
        self.hop_limit = hop_limit


class Series:
    """The requests of one run, `apart` seconds between them; a context that ends the hearing.

    The first is sent at once: what forbids it raises ProbeFailed here.
    """

    __slots__ = (
        "_apart", "_done", "_due", "_error", "_left", "_loop", "_size", "_socket", "_timer",
        "_unsettled", "echoes", "host", "id", "packed", "source",
    )  # fmt: skip

    def __init__(
        self, engine: PingEngine, address: Address, *, count: int, size: int, apart: float
    ) -> None:
        self.host = address.host
        self.packed, self.source = _forms(address)
        # Another one each run: a firewall that lost track of one drops it for good.
        self.id = _noise(2)
        self.echoes: list[Echo] = []
        self._socket = engine.socket(address.family)
        self._left = self._unsettled = count
        self._size, self._apart = size, apart
        self._loop = self._socket.loop
        self._due = self._loop.time()
        self._done: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._error: ProbeFailed | None = None
        self._send()

    async def wait(self, until: float) -> None:
        """Until all are answered, at most until then by the loop's clock."""
        if self._unsettled:
            self._done = self._loop.create_future()
            timer = self._loop.call_at(until, self._end)
            try:
                await self._done
            finally:
                timer.cancel()
        if self._error is not None:
            error, self._error = self._error, None
            try:
                raise error
            finally:
                del error  # a ring through its traceback costs the GC

    def settled(self) -> None:
        """One more is answered, or known never to be."""
        self._unsettled -= 1
        if not self._unsettled:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for echo in self.echoes:
            self._socket.forget(echo)

    def _send(self) -> None:
        echo = Echo()
        self._socket.send(self, echo, self._size)
        self.echoes.append(echo)
        self._left -= 1
        self._due += self._apart  # by the clock: a late one makes no other late
        self._timer = self._loop.call_at(self._due, self._send_next) if self._left else None

    def _send_next(self) -> None:
        try:
            self._send()
        except ProbeFailed as error:
            self._error = error
            self._unsettled = 0
            self._end()

    def _end(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)


class PingEngine:
    """`sockets` are raw ICMP sockets opened elsewhere (another network namespace); whoever
    opened them closes them.
    """

    def __init__(self, sockets: Mapping[socket.AddressFamily, socket.socket] | None = None) -> None:
        self._given = dict(sockets or {})
        self._sockets: dict[socket.AddressFamily, PingSocket] = {}

    def problem(self) -> str | None:
        """None if IPv4 echo works here, else how to allow it."""
        try:
            self.socket(socket.AF_INET)
        except ProbeFailed as error:
            return error.detail
        return None

    def series(self, address: Address, *, count: int, size: int, apart: float) -> Series:
        return Series(self, address, count=count, size=size, apart=apart)

    def close(self) -> None:
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()

    def socket(self, family: socket.AddressFamily) -> PingSocket:
        found = self._sockets.get(family)
        if found is not None and found.is_worn():
            found.retire()
            found = None
        if found is None:
            given = self._given.get(family)
            if given is not None:
                found = PingSocket(family, given, ours=False)
            else:
                found = PingSocket(family, _open(family), ours=True)
            self._sockets[family] = found
        return found


def _open(family: socket.AddressFamily) -> socket.socket:
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        try:
            return socket.socket(family, kind, protocol)
        except PermissionError:
            continue
        except OSError as error:
            text = f"cannot open a ping socket: {os.strerror(error.errno or 0).lower()}"
            raise ProbeFailed(Reason.SELF, text, blame="self") from None
    raise ProbeFailed(Reason.PERMISSION, _HOW, blame="self")


class PingSocket:
    """Sends requests, hands what comes back to those who wait for it."""

    def __init__(self, family: socket.AddressFamily, sock: socket.socket, *, ours: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self._family = family
        self._sock = sock
        self._ours = ours
        self._raw = sock.type == socket.SOCK_RAW
        self._waiting: dict[bytes, tuple[Series, Echo]] = {}
        self._sequence = int.from_bytes(_noise(2), "big")
        self._until = time.monotonic() + _KEPT
        self._retired = False
        sock.setblocking(False)
        _prepare(sock, family)
        self.loop.add_reader(sock.fileno(), self._drain)

    def is_worn(self) -> bool:
        """A ping socket has one id for life, and what is on the way may have lost track of it."""
        return not self._raw and time.monotonic() > self._until

    def retire(self) -> None:
        """Close once nothing is waited for."""
        self._retired = True
        if not self._waiting:
            self.close()

    def close(self) -> None:
        if self._sock.fileno() >= 0:
            self.loop.remove_reader(self._sock.fileno())
            if self._ours:
                self._sock.close()

    def send(self, series: Series, echo: Echo, size: int) -> None:
        """Raises ProbeFailed."""
        numbers = self._numbers(series)
        packet = icmp.request(self._family, numbers, echo.nonce, size)
        echo.key = numbers if self._raw else numbers[2:]
        self._waiting[echo.key] = series, echo
        echo.sent()
        try:
            self._send(packet, series.host)
        except OSError as error:
            self.forget(echo)
            raise _send_failed(error) from None

    def forget(self, echo: Echo) -> None:
        self._waiting.pop(echo.key, None)
        if self._retired and not self._waiting:
            self.close()

    def _send(self, packet: bytes, host: str) -> None:
        try:
            self._sock.sendto(packet, (host, 0))
        except OSError:
            if self._raw:
                raise
            # It may be told of a packet sent before, to somebody else.
            self._drain_errors()
            self._sock.sendto(packet, (host, 0))

    def _numbers(self, series: Series) -> bytes:
        """Id and sequence that nothing else waits under; the id of a ping socket is the
        kernel's own.
        """
        if not self._raw and len(self._waiting) > 0xFFFF:
            text = "too many packets are waited for on one ping socket"
            raise ProbeFailed(Reason.SELF, text, blame="self")
        while True:
            self._sequence = (self._sequence + 1) & 0xFFFF
            numbers = series.id + self._sequence.to_bytes(2, "big")
            if (numbers if self._raw else numbers[2:]) not in self._waiting:
                return numbers

    def _drain(self) -> None:
        receive = self._sock.recvmsg
        for number in range(_DRAIN):
            try:
                data, ancillary, _, source = receive(2048, 256)
            except OSError as error:
                # Awake for nothing: a queue of errors without one that is pending.
                if not self._raw and (number == 0 or not isinstance(error, BlockingIOError)):
                    self._drain_errors()
                return
            self._take(data, ancillary, source[0])

    def _take(self, data: bytes, ancillary: list[tuple[int, int, bytes]], source: str) -> None:
        hop_limit: int | None = None
        if self._raw and self._family == socket.AF_INET:
            hop_limit, data = icmp.inner(data)
        if not icmp.is_reply(self._family, data):
            error = icmp.error(self._family, data)
            if error is not None:
                self._blame(error.quoted, error.destination, f"{error.words}, says {source}")
            return
        series, echo = self._waiting.get(data[4:8] if self._raw else data[6:8], _NOBODY)
        if (
            series is None
            or data[8 : 8 + icmp.NONCE] != echo.nonce
            or source.partition("%")[0] != series.source
        ):
            return
        if echo.rtt is not None:
            echo.duplicates += 1
            return
        stamp, found = icmp.ancillary(ancillary)
        echo.answered(stamp, found if hop_limit is None else hop_limit)
        if echo.error is None:
            series.settled()

    def _drain_errors(self) -> None:
        """What the kernel was told of packets of a ping socket."""
        # libuv hears no more of a descriptor once it has had an error.
        self.loop.remove_reader(self._sock.fileno())
        self.loop.add_reader(self._sock.fileno(), self._drain)
        for _ in range(_DRAIN):
            try:
                quoted, ancillary, _, destination = self._sock.recvmsg(2048, 512, _MSG_ERRQUEUE)
            except OSError:
                return
            words = icmp.queued_error(self._family, ancillary)
            if words is not None:
                self._blame(quoted, _forms(Address(self._family, destination[0]))[0], words)

    def _blame(self, quoted: bytes, destination: bytes, words: str) -> None:
        """An error about a packet of ours: routers quote its start, with the nonce or without."""
        series, echo = self._waiting.get(quoted[4:8] if self._raw else quoted[6:8], _NOBODY)
        nonce = quoted[8 : 8 + icmp.NONCE]
        if series is None or destination != series.packed or not echo.nonce.startswith(nonce):
            return
        if echo.rtt is None and echo.error is None:
            echo.error = words
            series.settled()


def _prepare(sock: socket.socket, family: socket.AddressFamily) -> None:
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    raw = sock.type == socket.SOCK_RAW
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT, 1)
        if raw:
            sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, icmp.filter6())
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    elif raw:
        # Else our own requests come back on loopback.
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, icmp.filter4())
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


def _send_failed(error: OSError) -> ProbeFailed:
    number = error.errno or 0
    text = f"cannot send: {safe_text(error.strerror or str(error)).lower()}"
    if number in _NO_WAY:
        return ProbeFailed(Reason.UNREACHABLE, text)
    return ProbeFailed(Reason.SELF, text, blame="self")
