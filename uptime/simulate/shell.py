"""SSH: a real server that lets nobody in; its host key is kept, so it stays the same host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from uptime.simulate.fault import Kind
from uptime.simulate.server import Address, Server

if TYPE_CHECKING:
    import asyncssh


class ShellServer(Server):
    faults = frozenset({Kind.CLOSED})

    def __init__(self, address: Address, key: asyncssh.SSHKey) -> None:
        super().__init__(address)
        self._key = key
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def open(self) -> None:
        import asyncssh

        async def start(address: Address) -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                address.host,
                address.port,
                server_host_keys=[self._key],
                server_factory=asyncssh.SSHServer,
                login_timeout=30,
            )

        self._acceptor = await self.listen(start)
        self.settle(self._acceptor.get_port())

    async def close(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None


def host_key(file: Path) -> asyncssh.SSHKey:
    """The key in a file, made at the first time. Blocking."""
    import asyncssh

    if not file.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="simulation")
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(key.export_private_key())
    return asyncssh.read_private_key(file)
