"""Sockets to listen on, bound before anything is built; light to import."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

BACKLOG = 512
_MODE = 0o660
_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^:\[\]/\s]+)):(?P<port>\d{1,5})", re.ASCII
)


class CannotBind(Exception):
    """An address cannot be had; ends the daemon with exit code 5."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"cannot listen on {address}: {reason}")
        self.address = address
        self.reason = reason


class Addresses(Protocol):
    """The part of `[siaga]` that says where to listen."""

    @property
    def listen(self) -> str: ...
    @property
    def public_listen(self) -> str | None: ...
    @property
    def socket(self) -> Path: ...


@dataclass(slots=True)
class Sockets:
    """What the daemon listens on."""

    tcp: list[socket.socket] = field(default_factory=list)
    public: list[socket.socket] = field(default_factory=list)
    unix: list[socket.socket] = field(default_factory=list)
    _files: list[tuple[Path, int]] = field(default_factory=list)

    def close(self) -> None:
        for each in (*self.tcp, *self.public, *self.unix):
            each.close()
        for path, inode in self._files:
            # Another daemon may have put its own there since.
            with contextlib.suppress(OSError):
                if path.stat().st_ino == inode:
                    path.unlink()


def bind(addresses: Addresses) -> Sockets:
    """All or nothing; raises CannotBind."""
    sockets = Sockets()
    try:
        sockets.unix.append(bind_unix(addresses.socket))
        sockets._files.append((addresses.socket, addresses.socket.stat().st_ino))
        sockets.tcp += bind_tcp(addresses.listen)
        if addresses.public_listen is not None:
            sockets.public += bind_tcp(addresses.public_listen)
    except BaseException:
        sockets.close()
        raise
    return sockets


def bind_tcp(address: str) -> list[socket.socket]:
    """Listening sockets of `host:port`, one for each address of the host."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 65_535:
        raise CannotBind(address, 'write "127.0.0.1:7424", "[::1]:7424" or a name with a port')
    host = match["six"] or match["host"]
    try:
        found = socket.getaddrinfo(
            host, match["port"], type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise CannotBind(address, getattr(error, "strerror", None) or str(error)) from error
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, where in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
            sock.bind(where)
            _listen(sock)
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise CannotBind(address, _reason(error)) from error
    return sockets


def bind_unix(path: Path) -> socket.socket:
    """A listening socket for this account and its group; a dead one's file is replaced."""
    _clear(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~_MODE)  # never, not for an instant, open to more
    try:
        sock.bind(str(path))
        path.chmod(_MODE)
        _listen(sock)
    except OSError as error:
        sock.close()
        reason = str(error) if error.errno is None else _reason(error)  # "path too long"
        raise CannotBind(str(path), reason) from error
    finally:
        os.umask(before)
    return sock


def _clear(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotBind(str(path), _reason(error)) from error
    if not stat.S_ISSOCK(mode):
        raise CannotBind(str(path), "something that is no socket stands there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotBind(str(path), _reason(error)) from error
        else:
            raise CannotBind(str(path), "a running daemon answers there")


def _listen(sock: socket.socket) -> None:
    sock.listen(BACKLOG)
    sock.setblocking(False)


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there; stop it or choose another port"
    if error.errno == errno.EACCES:
        return "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE"
    return error.strerror or str(error)
