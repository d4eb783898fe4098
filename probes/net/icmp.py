"""The bytes of ICMP: echo requests, and what comes back. Knows no socket and no clock."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable
from typing import NamedTuple

NONCE = 8  # bytes at the start of the payload that nobody else can have sent
_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_UNREACHABLE = {socket.AF_INET: 3, socket.AF_INET6: 1}
_EXCEEDED = {socket.AF_INET: 11, socket.AF_INET6: 3}
_WORDS = {
    (socket.AF_INET, 0): "network unreachable",
    (socket.AF_INET, 1): "host unreachable",
    (socket.AF_INET, 2): "protocol unreachable",
    (socket.AF_INET, 4): "packet too big",
    (socket.AF_INET, 9): "administratively prohibited",
    (socket.AF_INET, 10): "administratively prohibited",
    (socket.AF_INET, 13): "administratively prohibited",
    (socket.AF_INET6, 0): "no route",
    (socket.AF_INET6, 1): "administratively prohibited",
    (socket.AF_INET6, 3): "host unreachable",
}
_ICMP, _ICMPV6 = 1, 58
_SO_TIMESTAMPNS, _IP_TTL, _IPV6_HOPLIMIT = 35, 2, 52
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_FROM_NETWORK = {2, 3}  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_TIME = struct.Struct("@ll")


class Error(NamedTuple):
    """That a packet did not arrive: which one, to whom, and why not."""

    quoted: bytes
    destination: bytes
    words: str


def request(family: socket.AddressFamily, numbers: bytes, nonce: bytes, size: int) -> bytes:
    """An echo request: id and sequence, and `size` bytes of payload that begin with the nonce."""
    rest = numbers + nonce
    if family == socket.AF_INET6:  # the kernel makes this checksum
        head = b"\x80\0\0\0"
    else:  # the zeros at the end add nothing to it
        head = b"\x08\0" + checksum(b"\x08\0\0\0" + rest).to_bytes(2, "big")
    return head + rest + bytes(size - len(nonce))


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes that are not all zero.

    The sum with end-around carry of 16-bit words is the remainder by 65535.
    """
    return ~(int.from_bytes(data, "big") % 0xFFFF) & 0xFFFF


def inner(packet: bytes) -> tuple[int | None, bytes]:
    """Hop limit and payload of an IPv4 packet."""
    if len(packet) < 20:
        return None, b""
    return packet[8], packet[(packet[0] & 15) * 4 :]


def is_reply(family: socket.AddressFamily, data: bytes) -> bool:
    return len(data) >= 8 + NONCE and data[0] == _REPLY[family]


def error(family: socket.AddressFamily, data: bytes) -> Error | None:
    """If it is one, about an echo request."""
    if len(data) < 8 or data[0] not in (_UNREACHABLE[family], _EXCEEDED[family]):
        return None
    quoted = data[8:]
    if family == socket.AF_INET:
        if len(quoted) < 20 or quoted[9] != _ICMP:
            return None
        destination, packet = quoted[16:20], quoted[(quoted[0] & 15) * 4 :]
    else:
        if len(quoted) < 40 or quoted[6] != _ICMPV6:
            return None
        destination, packet = quoted[24:40], quoted[40:]
    if len(packet) < 8 or packet[0] != _REQUEST[family]:
        return None
    return Error(packet, destination, _words(family, data[0], data[1]))


def queued_error(
    family: socket.AddressFamily, ancillary: Iterable[tuple[int, int, bytes]]
) -> str | None:
    """In words, what the kernel's queue of errors says of a packet; None if it was not the
    network that said it.
    """
    ipv4 = family == socket.AF_INET
    wanted = (socket.IPPROTO_IP, _IP_RECVERR) if ipv4 else (socket.IPPROTO_IPV6, _IPV6_RECVERR)
    for level, kind, value in ancillary:
        if (level, kind) == wanted and len(value) >= 16 and value[4] in _FROM_NETWORK:
            words = _words(family, value[5], value[6])
            sender = value[20:24] if ipv4 else value[24:40]  # behind family, port, flow
            if len(sender) not in (4, 16):
                return words
            return f"{words}, says {socket.inet_ntop(family, sender)}"
    return None


def ancillary(items: Iterable[tuple[int, int, bytes]]) -> tuple[int, int | None]:
    """When the kernel received it (ns of the wall clock, 0 if it does not say); hop limit."""
    stamp, hop_limit = 0, None
    for level, kind, value in items:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIME.unpack_from(value)
            stamp = seconds * 1_000_000_000 + nanoseconds
        elif (level, kind) in (
            (socket.IPPROTO_IP, _IP_TTL),
            (socket.IPPROTO_IPV6, _IPV6_HOPLIMIT),
        ):
            hop_limit = int.from_bytes(value[:4], sys.byteorder)
    return stamp, hop_limit


def filter4() -> bytes:
    """ICMP_FILTER: all but replies and errors is kept out."""
    passed = 1 << 0 | 1 << 3 | 1 << 11
    return struct.pack("@I", ~passed & 0xFFFFFFFF)


def filter6() -> bytes:
    """ICMP6_FILTER, likewise."""
    blocked = [0xFFFFFFFF] * 8
    for kind in (
        _REPLY[socket.AF_INET6],
        _UNREACHABLE[socket.AF_INET6],
        _EXCEEDED[socket.AF_INET6],
    ):
        blocked[kind >> 5] &= ~(1 << (kind & 31))
    return struct.pack("@8I", *(word & 0xFFFFFFFF for word in blocked))


def _words(family: socket.AddressFamily, kind: int, code: int) -> str:
    if kind == _EXCEEDED[family]:
        return "time to live exceeded"
    return _WORDS.get((family, code), f"unreachable (code {code})")
