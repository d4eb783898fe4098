"""A raw ICMP socket that needs no permission: what is sent goes to a script, which answers."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from probes.net.ping import PingEngine

HERE = "192.0.2.17"
V4, V6 = socket.AF_INET, socket.AF_INET6


class Datagram(NamedTuple):
    """What `recvmsg` gives."""

    data: bytes
    ancillary: Sequence[tuple[int, int, bytes]]
    source: str


Script = Callable[[bytes, str], Sequence[Datagram]]


def ipv4(payload: bytes, *, source: str = HERE, ttl: int = 57, protocol: int = 1) -> bytes:
    """An IPv4 packet, as a raw socket shows it."""
    return struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, ttl, protocol, 0,
        socket.inet_aton(source), socket.inet_aton("192.0.2.1"),
    ) + payload  # fmt: skip


def stamped(after: float = 0.0, at: int | None = None) -> list[tuple[int, int, bytes]]:
    """The kernel's receive time, `after` seconds from now."""
    ns = (time.time_ns() if at is None else at) + round(after * 1e9)
    return [(socket.SOL_SOCKET, 35, struct.pack("@ll", ns // 10**9, ns % 10**9))]


def answer(packet: bytes, *, source: str = HERE, ttl: int = 57) -> Datagram:
    """The reply to a request, stamped now."""
    return Datagram(ipv4(b"\0\0\0\0" + packet[4:], source=source, ttl=ttl), stamped(), source)


def complaint(
    packet: bytes, host: str, *, kind: int = 3, code: int = 1, quoted: int = 8, protocol: int = 1
) -> Datagram:
    """What a router says of a request; it quotes that many bytes of it."""
    about = bytearray(ipv4(packet, source="192.0.2.1", protocol=protocol))
    about[16:20] = socket.inet_aton(host)
    said = bytes([kind, code, 0, 0, 0, 0, 0, 0]) + bytes(about[: 20 + quoted])
    return Datagram(ipv4(said, source="198.51.100.1"), stamped(), "198.51.100.1")


def echo(packet: bytes, host: str) -> Sequence[Datagram]:
    """A host that is there."""
    return [answer(packet, source=host)]


def silent(packet: bytes, host: str) -> Sequence[Datagram]:
    """A host that is not."""
    return []


def failing(number: int) -> Script:
    """A kernel that does not take the packet."""

    def script(packet: bytes, host: str) -> Sequence[Datagram]:
        raise OSError(number, os.strerror(number))

    return script


class FakeSocket:
    def __init__(self, script: Script = echo, kind: socket.SocketKind = socket.SOCK_RAW) -> None:
        self.type = kind
        self.script = script
        self.sent: list[tuple[float, bytes, str]] = []
        self.queue: list[Datagram] = []
        self.read = 0
        self._wake, self._woken = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def setsockopt(self, *options: object) -> None: ...

    def setblocking(self, blocking: bool) -> None:
        assert not blocking

    def fileno(self) -> int:
        return self._woken.fileno()

    def sendto(self, packet: bytes, address: tuple[str, int]) -> None:
        datagrams = self.script(packet, address[0])
        self.sent.append((time.monotonic(), packet, address[0]))
        self.arrive(*datagrams)

    def arrive(self, *datagrams: Datagram) -> None:
        if not self.queue and datagrams:
            self._wake.send(b"!")
        self.queue += datagrams

    def recvmsg(
        self, size: int, room: int, flags: int = 0
    ) -> tuple[bytes, Sequence[tuple[int, int, bytes]], int, tuple[str, int]]:
        if flags:
            raise BlockingIOError(errno.EAGAIN, "no errors")
        if not self.queue:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(1)
            raise BlockingIOError(errno.EAGAIN, "nothing there")
        self.read += 1
        data, ancillary, source = self.queue.pop(0)
        return data[:size], ancillary, 0, (source, 0)

    def close(self) -> None:
        self._wake.close()
        self._woken.close()


class ErrorQueue:
    """A ping socket made of UDP ones: the kernel's queue of errors, and how a loop is told of it,
    without permission. 127.0.0.1 answers; at 127.0.0.2 nobody listens.
    """

    type = socket.SOCK_DGRAM

    def __init__(self) -> None:
        self._own = socket.socket(V4, socket.SOCK_DGRAM)
        self._own.bind(("0.0.0.0", 0))
        self._own.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        self._port = self._own.getsockname()[1]

    def setsockopt(self, *options: object) -> None: ...

    def setblocking(self, blocking: bool) -> None:
        self._own.setblocking(blocking)

    def fileno(self) -> int:
        return self._own.fileno()

    def sendto(self, packet: bytes, address: tuple[str, int]) -> None:
        if address[0] == "127.0.0.1":
            self._own.sendto(b"\0" + packet[1:], ("127.0.0.1", self._port))
        else:
            self._own.sendto(packet, (address[0], _nobody_at(address[0])))

    def recvmsg(
        self, size: int, room: int, flags: int = 0
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[str, int]]:
        return self._own.recvmsg(size, room, flags)

    def close(self) -> None:
        self._own.close()


def _nobody_at(host: str) -> int:
    with socket.socket(V4, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def given(**sockets: FakeSocket | ErrorQueue) -> Mapping[socket.AddressFamily, Any]:
    """`v4=` and `v6=` in the form that Net and the engine take."""
    families = {"v4": V4, "v6": V6}
    return cast("Mapping[socket.AddressFamily, Any]", {families[k]: s for k, s in sockets.items()})


def engine(**sockets: FakeSocket | ErrorQueue) -> PingEngine:
    return PingEngine(given(**sockets))
