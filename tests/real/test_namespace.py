"""The simulated links on a real TUN device in a real network namespace."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.base import ProbeFailed
from probes.icmp import IcmpProbe
from probes.icmp import Limits as IcmpLimits
from probes.net import Net
from tests.uptime.simulate.helpers import INVENTORY
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.frames import checksum
from uptime.simulate.link import Link
from uptime.simulate.network import Network
from uptime.simulate.scenario import SCRIPT

pytestmark = pytest.mark.real
PATIENCE = 0.5


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network.open()
    yield network
    network.close()


class Pinger:
    """One echo at a time; what came back: (source, ICMP type) or None."""

    def __init__(self, ping: socket.socket) -> None:
        self._socket = ping
        ping.settimeout(PATIENCE)
        self._sequence = 0

    def __call__(self, host: str) -> tuple[str, int] | None:
        self._sequence += 1
        rest = struct.pack("!HH", 77, self._sequence) + b"siaga"
        head = struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + rest))
        self._socket.sendto(head + rest, (host, 0))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                packet, (source, _) = self._socket.recvfrom(2048)
            except TimeoutError:
                return None
            body = packet[20:]
            ours = body[4:8] if body[0] == 0 else body[32:36]
            if ours == rest[:4]:
                return source, body[0]
        return None


def test_a_link_answers_and_every_other_address_is_silent(network: Network) -> None:
    ping = Pinger(network.ping)
    network.tell("127.33.22.13")
    assert ping("127.33.22.13") == ("127.33.22.13", 0)
    assert ping("127.33.22.99") is None
    assert ping("127.0.0.1") is None, "the machine's own loopback is not in there"


async def test_a_link_suffers_what_loopback_never_does(network: Network) -> None:
    ping = Pinger(network.ping)
    link = Link("127.33.2.2", network, 0.001)
    await link.open()

    async def kinds(count: int = 1) -> list[int | None]:
        found = [await asyncio.to_thread(ping, "127.33.2.2") for _ in range(count)]
        return [answer[1] if answer else None for answer in found]

    assert await kinds() == [0]
    await link.suffer(Fault(Kind.SILENT))
    assert await kinds() == [None]
    await link.suffer(Fault(Kind.UNREACHABLE))
    assert await kinds() == [3]
    await link.suffer(Fault(Kind.LOSSY, 0.25))
    assert await kinds(8) == [0, 0, 0, None] * 2
    await link.suffer(None)
    assert await kinds(4) == [0] * 4
    await link.close()
    assert await kinds() == [None]


async def test_a_late_link_takes_its_time(network: Network) -> None:
    ping = Pinger(network.ping)
    link = Link("127.33.2.2", network, 0.001)
    await link.suffer(Fault(Kind.LATE, 0.1))
    began = time.monotonic()
    assert await asyncio.to_thread(ping, "127.33.2.2") == ("127.33.2.2", 0)
    assert 0.07 < time.monotonic() - began < 0.3


def test_pings_from_the_machine_itself_do_not_get_in_there(network: Network) -> None:
    network.tell("127.33.22.13", answer="silent")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as outside:
        assert Pinger(outside)("127.33.22.13") is not None, "loopback always answers"
    assert Pinger(network.ping)("127.33.22.13") is None


def test_the_answerer_ends_when_it_is_closed() -> None:
    network = Network.open()
    process = network._process
    network.close()
    assert process.returncode == 0


def test_the_answerer_dies_with_its_parent() -> None:
    program = (
        "import time; from uptime.simulate.network import Network; n = Network.open();"
        "print(n._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.02)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that ended may wait for its new parent to look: a zombie does not run.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_ctrl_c_in_the_terminal_leaves_the_links_to_their_parent(network: Network) -> None:
    network._process.send_signal(signal.SIGINT)
    network.tell("127.33.22.13")
    assert Pinger(network.ping)("127.33.22.13") == ("127.33.22.13", 0)


async def test_the_icmp_probe_sees_every_outage_of_a_link_through_the_handed_socket(
    network: Network,
) -> None:
    """The socket that the daemon gets, in the hands that it gives it to."""
    net = Net(ping_sockets={socket.AF_INET: network.ping})
    links = [o for o in SCRIPT if o.fault.kind in Link.faults]
    assert {o.fault.kind for o in links} == Link.faults
    try:
        for outage in links:
            check = INVENTORY.checks[outage.checks[0]]
            link = Link(check["target"], network, 0.002)
            await link.open()
            probe = IcmpProbe(
                target=check["target"],
                timeout=0.8,
                count=check.get("count", 3),
                degraded=IcmpLimits(loss=5, rtt=0.15),
            )
            assert (await probe.run(net, {})).degraded is None
            await link.suffer(outage.fault)
            if outage.fault.kind in {Kind.LOSSY, Kind.LATE}:
                assert (await probe.run(net, {})).degraded is not None
            else:
                with pytest.raises(ProbeFailed) as failed:
                    await probe.run(net, {})
                unreachable = outage.fault.kind is Kind.UNREACHABLE
                assert failed.value.reason == ("unreachable" if unreachable else "timeout")
            await link.suffer(None)
            assert (await probe.run(net, {})).degraded is None
    finally:
        await net.aclose()


def test_where_user_namespaces_are_used_up_it_says_why() -> None:
    """A kernel that really refuses: no more user namespaces are allowed below this one."""
    program = (
        "from uptime.simulate.network import Network, NoNetwork\n"
        "try:\n    Network.open()\nexcept NoNetwork as error:\n    print('refused:', error)"
    )
    shell = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", shell, sys.executable, program],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("refused: unshare: "), done.stderr
