"""ICMP echo: one socket a family for all checks, the kernel's own receive time, paced sending.

A raw socket first (CAP_NET_RAW), an unprivileged ping socket second; where neither is allowed
`problem()` says how to allow it. A reply counts once, and only with the number, the address
and the payload that were sent. In a burst a stamp taken in user space is wrong a hundredfold,
so the time is the kernel's (SO_TIMESTAMPNS).
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.base import ProbeFailed, Reason
from probes.net.connect import Address

_SO_TIMESTAMPNS = 35
_SOL_RAW, _ICMP_FILTER = 255, 1
_IPV6_HOPLIMIT = 52
_DRAIN = 256  # datagrams read a wake-up, so that a flood does not hold the loop
_ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
_UNREACHABLE = {socket.AF_INET: {3, 11}, socket.AF_INET6: {1, 3}}
_HOW = (
    "this process may not send ICMP echo requests; fix: give it CAP_NET_RAW (systemd: "
    "AmbientCapabilities=CAP_NET_RAW), or allow ping sockets: "
    'sysctl -w net.ipv4.ping_group_range="0 2147483647"'
)
_NONCE = 8


@dataclass(slots=True)
class Echo:
    """One request under way and what became of it; times are ns of the wall clock."""

    address: Address
    nonce: bytes
    sent: int = 0
    sent_monotonic: float = 0.0
    rtt: float | None = None
    hop_limit: int | None = None
    unreachable: str | None = None
    duplicates: int = 0
    done: asyncio.Future[None] | None = field(default=None, repr=False)


class PingEngine:
    """`sockets` are raw ICMP sockets opened elsewhere (another network namespace)."""

    def __init__(self, sockets: Mapping[socket.AddressFamily, socket.socket] | None = None) -> None:
        self._given = dict(sockets or {})
        self._sockets: dict[socket.AddressFamily, _PingSocket] = {}

    def problem(self) -> str | None:
        """None if IPv4 echo works here, else how to allow it."""
        try:
            self._socket(socket.AF_INET)
        except ProbeFailed as error:
            return error.detail
        return None

    def send(self, echo: Echo, size: int) -> None:
        """One request; `echo.done` is set when it is answered. Raises ProbeFailed."""
        self._socket(echo.address.family).send(echo, size)

    def forget(self, echo: Echo) -> None:
        """Nobody waits for it any more."""
        found = self._sockets.get(echo.address.family)
        if found is not None:
            found.waiting.pop(echo.nonce, None)

    def close(self) -> None:
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()

    def _socket(self, family: socket.AddressFamily) -> _PingSocket:
        found = self._sockets.get(family)
        if found is None:
            given = self._given.get(family)
            found = _PingSocket(family, given if given is not None else _open(family))
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
            text = f"cannot open a ping socket: {error.strerror}"
            raise ProbeFailed(Reason.SELF, text, blame="self") from None
    raise ProbeFailed(Reason.PERMISSION, _HOW, blame="self")


class _PingSocket:
    """One socket: sends requests, hands answers to the echoes that wait for them."""

    def __init__(self, family: socket.AddressFamily, sock: socket.socket) -> None:
        self.waiting: dict[bytes, Echo] = {}
        self._family = family
        self._sock = sock
        self._raw = sock.type == socket.SOCK_RAW
        self._loop = asyncio.get_running_loop()
        self._id = secrets.randbelow(65536)
        self._seq = secrets.randbelow(65536)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        try:
            sock.setsockopt(socket.SOL_SOCKET, 33, 8 * 1024 * 1024)  # SO_RCVBUFFORCE
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        if self._raw and family == socket.AF_INET:
            # Replies, unreachable, time exceeded: else our own requests come back on loopback.
            passed = 1 << 0 | 1 << 3 | 1 << 11
            sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("I", ~passed & 0xFFFFFFFF))
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            if self._raw:
                allowed = bytearray(b"\xff" * 32)
                for kind in (129, 1, 3):
                    allowed[kind // 32 * 4 + kind % 32 // 8] &= ~(1 << kind % 8) & 0xFF
                sock.setsockopt(socket.IPPROTO_ICMPV6, 1, bytes(allowed))
        self._loop.add_reader(sock.fileno(), self._drain)

    def send(self, echo: Echo, size: int) -> None:
        self._seq = (self._seq + 1) & 0xFFFF
        packet = request(self._family, self._id, self._seq, echo.nonce, size)
        self.waiting[echo.nonce] = echo
        echo.sent, echo.sent_monotonic = time.time_ns(), time.monotonic()
        try:
            self._sock.sendto(packet, (echo.address.host, 0))
        except OSError as error:
            self.waiting.pop(echo.nonce, None)
            raise _send_failed(error) from None

    def close(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

    def _drain(self) -> None:
        for _ in range(_DRAIN):
            try:
                data, ancillary, _, address = self._sock.recvmsg(2048, 128)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                return  # an error queued for a packet sent before; it is not of this one
            self._take(data, ancillary, address[0])

    def _take(self, data: bytes, ancillary: list[tuple[int, int, bytes]], source: str) -> None:
        hop_limit: int | None = None
        if self._raw and self._family == socket.AF_INET:
            header = (data[0] & 15) * 4 if data else 0
            if len(data) < header + 8:
                return
            hop_limit, data = data[8], data[header:]
        if len(data) < 8:
            return
        if data[0] in _UNREACHABLE[self._family]:
            self._not_reached(data, source)
            return
        if data[0] != _ECHO[self._family][1]:
            return
        echo = self.waiting.get(data[8 : 8 + _NONCE])
        if echo is None or source.partition("%")[0] != echo.address.host.partition("%")[0]:
            return
        if echo.rtt is not None:
            echo.duplicates += 1
            return
        stamp = 0
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", value[:16])
                stamp = seconds * 1_000_000_000 + nanoseconds
            elif level == socket.IPPROTO_IPV6 and kind == _IPV6_HOPLIMIT:
                hop_limit = int.from_bytes(value[:4], "little")
        elapsed = (time.monotonic() - echo.sent_monotonic) or 1e-9
        rtt = (stamp - echo.sent) / 1e9
        # A wall clock that was set in between shows as less than nothing or more than passed.
        echo.rtt = rtt if 0 < rtt <= elapsed + 0.001 else elapsed
        echo.hop_limit = hop_limit
        self._finish(echo)

    def _not_reached(self, data: bytes, source: str) -> None:
        """An error about a packet of ours: it carries the start of it, nonce included or not."""
        quoted = data[8:]
        offset = (quoted[0] & 15) * 4 if self._family == socket.AF_INET and quoted else 40
        nonce = quoted[offset + 8 : offset + 8 + _NONCE]
        echo = self.waiting.get(nonce)
        if echo is not None and echo.rtt is None:
            what = "time exceeded" if data[0] == 11 else "unreachable"
            echo.unreachable = f"{source} says: {what} (code {data[1]})"
            self._finish(echo)

    @staticmethod
    def _finish(echo: Echo) -> None:
        if echo.done is not None and not echo.done.done():
            echo.done.set_result(None)


def new_echo(address: Address) -> Echo:
    """An echo with a payload that nobody else can have sent."""
    return Echo(address, os.urandom(_NONCE))


def request(
    family: socket.AddressFamily, identifier: int, sequence: int, nonce: bytes, size: int
) -> bytes:
    """An echo request; `size` bytes of payload that begin with the nonce."""
    payload = nonce + bytes(max(0, size - len(nonce)))
    head = struct.pack("!BBHHH", _ECHO[family][0], 0, 0, identifier, sequence)
    if family == socket.AF_INET6:
        return head + payload  # the kernel makes this checksum
    return head[:2] + struct.pack("!H", checksum(head + payload)) + head[4:] + payload


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _send_failed(error: OSError) -> ProbeFailed:
    number = error.errno or 0
    text = f"cannot send: {os.strerror(number).lower()}"
    if number in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ECONNREFUSED}:
        return ProbeFailed(Reason.UNREACHABLE, text)
    return ProbeFailed(Reason.SELF, text, blame="self")
