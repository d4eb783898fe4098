from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from tests.uptime.simulate.helpers import ANYWHERE, CLOSED, connects, running
from uptime.simulate.shell import ShellServer, host_key


async def test_it_is_the_same_host_at_every_start_and_lets_nobody_in(tmp_path: Path) -> None:
    fingerprints = set()
    for _ in range(2):
        key = await asyncio.to_thread(host_key, tmp_path / "key")
        async with running(ShellServer(ANYWHERE, key)) as server:
            shown = await asyncssh.get_server_host_key(*server.address)
            assert shown is not None
            fingerprints.add(shown.get_fingerprint())
            with pytest.raises(asyncssh.PermissionDenied):
                await asyncssh.connect(
                    *server.address,
                    known_hosts=None,
                    username="root",
                    password="",
                    client_keys=None,
                )
    assert len(fingerprints) == 1
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


async def test_it_closes_and_opens_again_where_it_was(tmp_path: Path) -> None:
    key = await asyncio.to_thread(host_key, tmp_path / "key")
    async with running(ShellServer(ANYWHERE, key)) as server:
        before = server.address
        await server.suffer(CLOSED)
        assert not await connects(before)
        await server.suffer(None)
        assert server.address == before
        assert await asyncssh.get_server_host_key(*before) is not None
