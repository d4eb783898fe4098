"""SSH servers of asyncssh on loopback, with keys of their own.

    async with sshd() as server: ...

Lets `siaga` in with the password `rahasia` or the key `CLIENT`; what was offered is noted.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import asyncssh

from probes.net.hostkey import HostKey

USER, PASSWORD = "siaga", "rahasia"
KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
ECDSA = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
CLIENT = asyncssh.generate_private_key("ssh-ed25519")

Process = Callable[[asyncssh.SSHServerProcess[Any]], Awaitable[None]]


def host_key(key: asyncssh.SSHKey) -> HostKey:
    return HostKey.of(key.get_algorithm(), key.public_data)


def fingerprint(key: asyncssh.SSHKey) -> str:
    """By asyncssh: the judge of ours."""
    return key.get_fingerprint()


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


class Sshd:
    """A server that runs; `target` is what a check writes."""

    def __init__(self) -> None:
        self.port = 0
        self.users: list[str] = []
        self.offered: list[str] = []
        self.connections: set[asyncssh.SSHServerConnection] = set()

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Server(asyncssh.SSHServer):
    def __init__(self, noted: Sshd) -> None:
        self._noted = noted

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._noted.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._noted.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._noted.users.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._noted.offered.append(password)
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._noted.offered.append(key.get_fingerprint())
        return username == USER and key.public_data == CLIENT.public_data


async def obedient(process: asyncssh.SSHServerProcess[Any]) -> None:
    """Says what it was told to run, as text and as an error; `false` fails."""
    process.stdout.write(f"ran {process.command}\n".encode())
    process.stderr.write(b"and wondered\n")
    process.exit(3 if process.command == "false" else 0)


@contextlib.asynccontextmanager
async def sshd(
    keys: Sequence[asyncssh.SSHKey] = (KEY,), process: Process = obedient, **options: Any
) -> AsyncIterator[Sshd]:
    server = Sshd()
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(server),
        server_host_keys=list(keys),
        process_factory=process,
        encoding=None,
        **options,
    )
    server.port = acceptor.get_port()
    try:
        yield server
    finally:
        acceptor.close()
        await acceptor.wait_closed()
        for connection in list(server.connections):  # whom the prober left, and who does not know
            connection.abort()
            await connection.wait_closed()
