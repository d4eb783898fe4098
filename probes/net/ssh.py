"""SSH over a connected socket: version, key exchange, a command; asyncssh behind one door.

Whether a host key is the right one is decided here and not by asyncssh, which does not tell an
unknown key from a changed one. Nothing is read from the account the monitor runs under: no
agent, no ~/.ssh.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncssh

from probes.base import ProbeFailed, Reason, Secret, Trace, safe_text
from probes.net.connect import Connected, failure, place
from probes.net.hostkey import HostKey

MAX_OUTPUT = 64 * 1024
_MOST_BEFORE = 8 * 1024  # bytes a server may say before its version
_CLIENT = "Siaga"

# It tells of every connection at INFO.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


class WrongKey(Exception):
    """The server proved to have another key than the ones wanted."""

    def __init__(self, key: HostKey) -> None:
        super().__init__(str(key))
        self.key = key


class NothingInCommon(Exception):
    """No key exchange, or no host key of a kind that was asked for."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who runs what."""

    user: str
    command: str
    key_file: Path | None
    password: Secret | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, errors included, and how it ended."""

    output: str
    status: int | None
    signal: str | None


async def version(connected: Connected, port: int, trace: Trace) -> str:
    """The server's version line. It stays in the socket: whoever speaks SSH reads it, too.

    Raises ProbeFailed for a server that says something else, or nothing and goes.
    """
    sock = connected.sock
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[bytes | OSError, float]] = loop.create_future()
    seen = 0

    def readable() -> None:
        nonlocal seen
        data: bytes | OSError
        try:
            data = sock.recv(_MOST_BEFORE, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            data = error
        if done.done():
            return
        if isinstance(data, OSError) or len(data) in (seen, _MOST_BEFORE) or _line(data):
            done.set_result((data, perf_counter()))
            return
        _note(trace, data)
        seen = len(data)
        # Awake again only when there is more, or the end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)

    at = 0.0
    try:
        loop.add_reader(sock.fileno(), readable)
        data, at = await done
    finally:
        loop.remove_reader(sock.fileno())
        trace.phases["banner"] = (at or perf_counter()) - connected.at
    if isinstance(data, OSError):
        raise failure(data, f"by {place(connected.address, port)} before its version")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
    _note(trace, data)
    return _judged(data)


def _line(data: bytes) -> bytes:
    """The version line; empty while there is none."""
    for line in data.splitlines(keepends=True):
        if line.startswith(b"SSH-") and line.endswith(b"\n"):
            return line.strip()
    return b""


def _note(trace: Trace, data: bytes) -> None:
    said = _line(data) or next(iter(data.splitlines()), b"")
    if said:
        trace.facts["banner"] = safe_text(said.decode("utf-8", "replace"), 120)


def _judged(data: bytes) -> str:
    line = _line(data)
    shown = safe_text((line or data[:400]).decode("utf-8", "replace"), 100)
    if not data:
        raise ProbeFailed(Reason.INCOMPLETE, "the server closed before its version")
    if len(data) >= _MOST_BEFORE and not line:
        text = f'expected an SSH version in the first {_MOST_BEFORE // 1024} KiB, got "{shown}"'
        raise ProbeFailed(Reason.TOO_LARGE, text)
    if not line:
        raise ProbeFailed(Reason.PROTOCOL, f'expected an SSH version, got "{shown}"')
    if not line.startswith((b"SSH-2.0-", b"SSH-1.99-")) or not line.isascii():
        raise ProbeFailed(Reason.PROTOCOL, f'expected SSH 2.0, got "{shown}"')
    return shown


async def greet(
    connected: Connected, port: int, wanted: Sequence[HostKey], algorithms: Sequence[str]
) -> HostKey:
    """The key exchange and no more: no user is named, nobody tries to get in.

    Raises ProbeFailed, WrongKey, NothingInCommon. asyncssh closes the socket once it has it;
    until then the caller must.
    """
    with _told(connected, port):
        found = await asyncssh.get_server_host_key(
            sock=connected.sock,
            config=None,
            client_version=_CLIENT,
            server_host_key_algs=list(algorithms),
            options=_ANONYMOUS,
        )
    if found is None:
        raise ProbeFailed(Reason.PROTOCOL, "the server has no host key")
    key = _host_key(found)
    if wanted and not key.is_one_of(wanted):
        raise WrongKey(key)
    return key


async def run(
    connected: Connected,
    port: int,
    wanted: Sequence[HostKey],
    algorithms: Sequence[str],
    login: Login,
    trace: Trace,
) -> tuple[HostKey, Said]:
    """The same, and a command. What gets us in is shown only to the right host: a wrong key ends
    the exchange before.
    """
    keys = None if login.key_file is None else [await _private_key(login.key_file)]
    session = _Session(wanted)
    began = perf_counter()
    connection: asyncssh.SSHClientConnection | None = None
    try:
        with _told(connected, port):
            try:
                connection = await asyncssh.connect(
                    sock=connected.sock,
                    client_factory=lambda: session,
                    known_hosts=b"",
                    server_host_key_algs=list(algorithms),
                    username=login.user,
                    client_keys=keys,
                    password=None if login.password is None else login.password.reveal(),
                    client_version=_CLIENT,
                    **_NOTHING_OF_OURS,
                )
            except asyncssh.HostKeyNotVerifiable:
                if session.key is None:
                    raise
                raise WrongKey(session.key) from None
            except asyncssh.PermissionDenied:
                text = f"the server does not let {safe_text(login.user, 60)} in"
                raise ProbeFailed(Reason.AUTH, text) from None
            trace.phases["login"] = (ran := perf_counter()) - began
            said = await _say(connection, login.command)
            trace.phases["command"] = perf_counter() - ran
        assert session.key is not None
        return session.key, said
    finally:
        if connection is not None:
            connection.abort()
            await connection.wait_closed()


async def known(file: Path, host: str, address: str, port: int) -> list[HostKey]:
    """The keys a known_hosts file has for a host; ProbeFailed (`self`) if it has none."""
    try:
        hosts = await asyncio.to_thread(asyncssh.read_known_hosts, str(file))
    except (OSError, ValueError) as error:
        words = safe_text(getattr(error, "strerror", None) or str(error), 120)
        text = f"the known_hosts file cannot be used: {words}"
        raise ProbeFailed(Reason.ERROR, text, blame="self") from None
    keys, _, revoked, *_ = asyncssh.match_known_hosts(
        hosts, host, address, None if port == 22 else port
    )
    found = [_host_key(key) for key in keys if key not in revoked]
    if not found:
        text = f'the known_hosts file has no key of {host}; fix: add "ssh-keyscan {host}"'
        raise ProbeFailed(Reason.ERROR, text, blame="self")
    return found


_NOTHING_OF_OURS: dict[str, Any] = {
    "config": None,
    "agent_path": None,
    "gss_host": None,
    "x509_trusted_certs": None,
    "host_based_auth": False,
}


# Made here and not in a run: it looks for files, absent as they are.
_ANONYMOUS = asyncssh.SSHClientConnectionOptions(
    username="siaga", known_hosts=None, client_keys=None, **_NOTHING_OF_OURS
)


class _Session(asyncssh.SSHClient):
    """Judges the host key, and keeps it."""

    def __init__(self, wanted: Sequence[HostKey]) -> None:
        self._wanted = wanted
        self.key: HostKey | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.key = _host_key(key)
        return self.key.is_one_of(self._wanted)


def _host_key(key: asyncssh.SSHKey) -> HostKey:
    return HostKey.of(key.get_algorithm(), key.public_data)


async def _private_key(file: Path) -> asyncssh.SSHKey:
    try:
        return await asyncio.to_thread(asyncssh.read_private_key, str(file))
    except (OSError, ValueError) as error:
        words = safe_text(getattr(error, "strerror", None) or str(error), 120)
        text = f"the key file cannot be used: {words}"
        raise ProbeFailed(Reason.ERROR, text, blame="self") from None


async def _say(connection: asyncssh.SSHClientConnection, command: str) -> Said:
    process = await connection.create_process(
        command, encoding=None, stdin=asyncssh.DEVNULL, stderr=asyncssh.STDOUT
    )
    output = b""
    while data := await process.stdout.read(MAX_OUTPUT + 1 - len(output)):
        output += data
        if len(output) > MAX_OUTPUT:
            text = f"the command said more than {MAX_OUTPUT // 1024} KiB"
            raise ProbeFailed(Reason.TOO_LARGE, text)
    await process.wait_closed()
    signal = process.exit_signal
    return Said(
        output.decode("utf-8", "replace"), process.exit_status, signal[0] if signal else None
    )


@contextlib.contextmanager
def _told(connected: Connected, port: int) -> Iterator[None]:
    """What asyncssh raises, as reasons."""
    try:
        yield
    except (ProbeFailed, WrongKey):
        raise
    except asyncssh.KeyExchangeFailed as error:
        raise NothingInCommon(safe_text(error.reason, 160)) from None
    except asyncssh.ConnectionLost:
        text = "the server closed during the key exchange"
        raise ProbeFailed(Reason.INCOMPLETE, text) from None
    except asyncssh.Error as error:
        raise ProbeFailed(Reason.PROTOCOL, f"SSH failed: {safe_text(error.reason, 160)}") from None
    except OSError as error:
        raise failure(error, f"by {place(connected.address, port)}") from None
    except ValueError as error:  # numbers that are no key, names that are no text
        text = f"SSH failed: {safe_text(str(error), 160)}"
        raise ProbeFailed(Reason.PROTOCOL, text) from None
