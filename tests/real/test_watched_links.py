"""Links that can fail, watched by the daemon with a ping socket of another network namespace."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_process import DaemonProcess
from tests.real.watch import Change, watched
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.link import Link
from uptime.simulate.network import Network

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

HOST = "127.33.2.2"
RUN = """
import asyncio, socket, sys
from pathlib import Path
from uptime.daemon import Daemon
ping = socket.socket(fileno=int(sys.argv[2]))
asyncio.run(Daemon(Path(sys.argv[1]), ping_sockets={socket.AF_INET: ping}).run())
"""


class InNetwork(DaemonProcess):
    """A daemon that was handed a ping socket, as the demo hands it one."""

    def __init__(self, folder: Path, config: str, ping: socket.socket) -> None:
        super().__init__(folder, config)
        self._ping = ping

    def start(self) -> None:
        ping = self._ping.fileno()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(self.path), str(ping)],
                stdout=log, stderr=log, pass_fds=[ping], cwd=Path(__file__).parents[2],
            )  # fmt: skip


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network.open()
    yield network
    network.close()


@pytest.mark.parametrize(
    ("fault", "reason"), [(Kind.SILENT, "timeout"), (Kind.UNREACHABLE, "unreachable")]
)
async def test_a_link_that_fails_and_comes_back(
    tmp_path: Path, network: Network, fault: Kind, reason: str
) -> None:
    link = Link(HOST, network, 0.001)
    await link.open()

    def suffer(fault: Fault | None) -> Change:
        return lambda: link.suffer(fault)

    def in_network(folder: Path, config: str) -> DaemonProcess:
        return InNetwork(folder, config, network.ping)

    async with watched(tmp_path, f'type = "icmp"\ntarget = "{HOST}"', in_network) as watch:
        await watch.outage(suffer(Fault(fault)), suffer(None), reason)
