from __future__ import annotations

import asyncio
import re
import smtplib
import socket
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.uptime.simulate.helpers import TEXT, connects, get
from uptime import config
from uptime.simulate import demo as module
from uptime.simulate.demo import AlreadyPlaying, PingSockets, demo
from uptime.simulate.inventory import FAST
from uptime.simulate.network import Network, NoNetwork
from uptime.simulate.server import Address


@pytest.fixture(autouse=True)
def _no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the namespaces, which tests/real/test_namespace.py has."""

    def refuse() -> Network:
        raise NoNetwork("unshare: Operation not permitted")

    monkeypatch.setattr(Network, "open", refuse)


class Stub:
    """In place of the daemon: remembers what it got, and does what a test wants done meanwhile."""

    def __init__(self) -> None:
        self.config: config.Config | None = None
        self.sockets: Mapping[socket.AddressFamily, socket.socket] = {}
        self.said: list[str] = []

    async def run(self, path: Path, sockets: PingSockets) -> int:
        self.config = await asyncio.to_thread(config.load, path, {})
        self.sockets = sockets
        await self.meanwhile()
        return 7

    async def meanwhile(self) -> None:
        """Overridden."""

    async def play(self, state: Path, *, fast: bool = True) -> int:
        source = state.parent / f"{state.name}.toml"
        await asyncio.to_thread(source.write_text, TEXT)
        return await demo(source, state, fast=fast, run_daemon=self.run, say=self.said.append)


async def test_the_daemon_gets_a_configuration_whose_targets_answer(tmp_path: Path) -> None:
    class Looking(Stub):
        async def meanwhile(self) -> None:
            assert self.config is not None
            for name in ("dc-gw", "dc-db", "kec-bergas"):
                host, _, port = self.config.checks[name].target.rpartition(":")
                assert await connects(Address(host, int(port)))
            portal = self.config.checks["web-portal"]
            answer = await get(portal.target, tmp_path / "tls" / "ca.pem")
            assert "Kabupaten Contoh" in answer.text

    stub = Looking()
    assert await stub.play(tmp_path) == 7


async def test_where_namespaces_are_forbidden_it_says_so_once_and_goes_on_by_tcp(
    tmp_path: Path,
) -> None:
    stub = Stub()
    await stub.play(tmp_path)
    assert len([text for text in stub.said if "Operation not permitted" in text]) == 1
    assert stub.sockets == {}
    assert stub.config is not None
    assert {c.type for c in stub.config.checks.values()} == {"http", "tcp", "tls", "dns", "ssh"}


async def test_it_says_where_to_look(tmp_path: Path) -> None:
    stub = Stub()
    await stub.play(tmp_path)
    said = "\n".join(stub.said)
    assert stub.config is not None
    for part in (
        f"siaga tui -c {tmp_path}/checks.toml",
        f"http://{stub.config.siaga.listen}/metrics",
        f"{tmp_path}/siaga.db",
        "mail ",
    ):
        assert part in said, part


async def test_mail_of_the_channels_is_collected_told_and_shown(tmp_path: Path) -> None:
    class Mailing(Stub):
        page = ""

        async def meanwhile(self) -> None:
            assert self.config is not None
            url = self.config.channels["piket"].url.reveal()
            match = re.match(r"mailto://([\d.]+):(\d+)/", url)
            assert match is not None

            def deliver() -> None:
                with smtplib.SMTP(match[1], int(match[2]), "tes", timeout=5) as client:
                    text = "Subject: GANGGUAN: Portal\n\nSejak tadi"
                    client.sendmail("siaga@contoh.example", ["piket@contoh.example"], text)

            await asyncio.to_thread(deliver)
            shown = next(text for text in self.said if text.strip().startswith("mail "))
            self.page = (await get(shown.split()[1])).text

    stub = Mailing()
    await stub.play(tmp_path)
    assert any("SUREL" in text and "GANGGUAN: Portal" in text for text in stub.said)
    assert "Sejak tadi" in stub.page


async def test_the_script_runs_beside_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(Stub):
        async def meanwhile(self) -> None:
            assert self.config is not None
            url, ca_file = self.config.checks["web-perizinan"].target, tmp_path / "tls" / "ca.pem"
            async with asyncio.timeout(10):
                while (await get(url, ca_file)).status_code != 500:
                    pass
                while (await get(url, ca_file)).status_code != 200:
                    pass

    monkeypatch.setattr("uptime.simulate.demo.FAST", replace(FAST, speed=50, lead=0))
    stub = Waiting()
    await stub.play(tmp_path)
    assert any("galat 500" in text for text in stub.said)


async def test_a_second_demo_in_the_same_directory_is_refused_and_harms_nothing(
    tmp_path: Path,
) -> None:
    class Nested(Stub):
        async def meanwhile(self) -> None:
            file = tmp_path / "checks.toml"
            before = await asyncio.to_thread(file.read_text)
            with pytest.raises(AlreadyPlaying, match=str(tmp_path)):
                await Stub().play(tmp_path)
            assert await asyncio.to_thread(file.read_text) == before

    await Nested().play(tmp_path)
    assert await Stub().play(tmp_path) == 7, "and afterwards it may"


async def test_history_stays_from_one_demo_to_the_next(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "siaga.db") as database:
        database.execute("CREATE TABLE kept (it)")
    database.close()
    stub = Stub()
    await stub.play(tmp_path)
    assert stub.config is not None
    assert stub.config.siaga.database == f"sqlite:///{tmp_path}/siaga.db"
    assert (tmp_path / "siaga.db").stat().st_size > 0


async def test_a_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        assert module._free(taken) != taken
    assert module._free(taken) == taken


async def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    state = tmp_path / ("x" * 90)
    stub = Stub()
    await stub.play(state)
    assert stub.config is not None
    assert len(str(stub.config.siaga.socket)) < 100
    assert not stub.config.siaga.socket.parent.exists(), "and it is cleared away"


async def test_a_faulty_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "checks.toml"
    file.write_text("[checks.web]\ntype = 3\n")
    with pytest.raises(config.ConfigErrors, match=r"checks\.toml:2"):
        await demo(file, tmp_path / "state", fast=True, run_daemon=Stub().run, say=print)
    assert not (tmp_path / "state").exists()


async def test_a_daemon_that_fails_takes_everything_down_with_it(tmp_path: Path) -> None:
    class Failing(Stub):
        async def meanwhile(self) -> None:
            raise RuntimeError("no database")

    stub = Failing()
    with pytest.raises(RuntimeError, match="no database"):
        await stub.play(tmp_path)
    assert stub.config is not None
    host, _, port = stub.config.checks["dc-db"].target.rpartition(":")
    assert not await connects(Address(host, int(port)))
