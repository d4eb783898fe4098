"""Pings by the kernel itself: both kinds of socket, with and without the permission, in network
namespaces of their own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from probes.icmp import IcmpProbe
from probes.net import Net
from tests.probes.running import good, net

__all__ = ["net"]

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]
ROOT = Path(__file__).parents[2]

# What an account without any capability sees in a namespace with one link and no way out.
PROGRAM = """
import asyncio
from probes.base import ProbeFailed
from probes.icmp import IcmpProbe
from probes.net import Net

async def main():
    net = Net()
    for target in {targets}:
        probe = IcmpProbe(target=target, count=2, timeout=5.0)
        try:
            outcome = await probe.run(net, {{}})
        except ProbeFailed as failed:
            print(target, failed.reason, failed.blame, failed.detail, sep="|")
        else:
            facts = outcome.facts
            print(target, "up", facts["received"], facts["hop_limit"], sep="|")
    await net.aclose()

asyncio.run(main())
"""
# Still root, who may read a clone that is only root's; but nobody's raw socket.
WITHOUT = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]


def seen(*targets: str, allowed: bool, raw: bool = False) -> list[str]:
    """What the program prints in a new network namespace, line by line."""
    program = PROGRAM.format(targets=targets)
    groups = "0 2147483647" if allowed else "1 0"
    shell = (
        "set -e; ip link set lo up; ip route add unreachable 198.51.100.0/24;"
        "ip link add name near type veth peer name far; ip link set near up; ip link set far up;"
        "ip address add 203.0.113.1/24 dev near;"
        f'echo "{groups}" > /proc/sys/net/ipv4/ping_group_range; exec "$@"'
    )
    drop = [] if raw else WITHOUT
    done = subprocess.run(
        ["unshare", "--net", "--mount-proc", "--fork", "--pid", "sh", "-c", shell, "sh",
         *drop, sys.executable, "-c", program],
        capture_output=True, text=True, cwd=ROOT, timeout=40, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(("target", "family"), [("127.9.8.7", 4), ("::1", 6)])
async def test_this_machine_answers(net: Net, target: str, family: int) -> None:
    outcome = await good(IcmpProbe(target=target, count=3), net)
    assert (outcome.loss, outcome.facts["ip_family"]) == (0, family)
    assert outcome.facts["hop_limit"] == 64


async def test_a_thousand_runs_at_once_lose_nothing(net: Net) -> None:
    probes = [IcmpProbe(target=f"127.3.{n // 250}.{n % 250 + 1}", count=3) for n in range(1000)]
    outcomes = await asyncio.gather(*(probe.run(net, {}) for probe in probes))
    assert sum(outcome.loss or 0 for outcome in outcomes) == 0
    slowest = max(outcome.latency or 0 for outcome in outcomes)
    assert slowest < 0.02, "the kernel's time, not that of a busy loop"


@pytest.mark.parametrize("raw", [True, False], ids=["raw socket", "ping socket"])
def test_both_kinds_of_socket_tell_the_same(raw: bool) -> None:
    answered, six, no_route, no_neighbour = seen(
        "127.0.0.1", "::1", "198.51.100.7", "203.0.113.9", allowed=True, raw=raw
    )
    assert answered == "127.0.0.1|up|2|64"
    assert six == "::1|up|2|64"
    assert no_route == "198.51.100.7|unreachable|target|cannot send: no route to host"
    assert no_neighbour.startswith("203.0.113.9|unreachable|target|host unreachable, says ")


def test_without_permission_it_says_how_to_allow_it() -> None:
    (line,) = seen("127.0.0.1", allowed=False)
    assert line.startswith("127.0.0.1|permission|self|this process may not send ICMP echo")
    assert "net.ipv4.ping_group_range" in line
