"""Packets of the simulated links: just enough IPv4 and ICMP to answer an echo request."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from typing import NamedTuple

_ICMP, _ECHO, _REPLY, _UNREACHABLE, _HOST = 1, 8, 0, 3, 1
_HEADER = 20
_LARGEST_ERROR = 576
ROUTER = IPv4Address("198.18.0.2")
"""Who says that a host is unreachable: an address for benchmarks, nobody's (RFC 2544)."""


class Echo(NamedTuple):
    """An echo request as it came out of the device."""

    source: bytes
    target: str
    packet: bytes
    message: bytes


def echo_request(packet: bytes) -> Echo | None:
    """The echo request in a packet, or None: whatever else there is gets no answer."""
    if len(packet) < _HEADER + 8 or packet[0] >> 4 != 4 or packet[9] != _ICMP:
        return None
    message = packet[(packet[0] & 15) * 4 :]
    if len(message) < 8 or message[0] != _ECHO:
        return None
    return Echo(packet[12:16], str(IPv4Address(packet[16:20])), packet, message)


def reply(echo: Echo) -> bytes:
    """The answer of the host that was asked."""
    return _packet(IPv4Address(echo.target).packed, echo, _REPLY, 0, echo.message[4:])


def unreachable(echo: Echo) -> bytes:
    """The answer of a router that cannot reach it: as much of the request as fits (RFC 1812)."""
    original = bytes(4) + echo.packet[: _LARGEST_ERROR - _HEADER - 8]
    return _packet(ROUTER.packed, echo, _UNREACHABLE, _HOST, original)


def _packet(source: bytes, echo: Echo, kind: int, code: int, rest: bytes) -> bytes:
    message = struct.pack("!BBH", kind, code, checksum(struct.pack("!BBH", kind, code, 0) + rest))
    length = _HEADER + len(message) + len(rest)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, _ICMP, 0) + source + echo.source
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return head + message + rest


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
