"""Who is at the other end of a connection, as the kernel says."""

from __future__ import annotations

import ipaddress
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

_CREDENTIALS = struct.Struct("3i")


@lru_cache(maxsize=256)  # a directory service may be asked, and takes its time
def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


@dataclass(frozen=True, slots=True)
class UnixPeer:
    """A process of this machine, let in by the mode of the socket file."""

    pid: int
    uid: int
    gid: int

    @property
    def account(self) -> str:
        """The name of the account; its number where the machine does not know one."""
        return _account(self.uid)


@dataclass(frozen=True, slots=True)
class TcpPeer:
    """An address; says nothing about who is behind it."""

    address: str

    @property
    def loopback(self) -> bool:
        try:
            address = ipaddress.ip_address(self.address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # a dual-stack listener's 127.0.0.1
        return (mapped or address).is_loopback


Peer = UnixPeer | TcpPeer


class _Socket(Protocol):
    @property
    def family(self) -> int: ...
    def fileno(self) -> int: ...


def unix_peer(sock: _Socket) -> UnixPeer | None:
    """SO_PEERCRED of a Unix connection; None for any other family."""
    if sock.family != socket.AF_UNIX:
        return None
    # A duplicate: asyncio and uvloop both forbid parts of the socket interface of theirs.
    with socket.socket(fileno=os.dup(sock.fileno())) as mine:
        raw = mine.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return UnixPeer(*_CREDENTIALS.unpack(raw))
