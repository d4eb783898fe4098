"""The dns probe, and the resolver of all probes, before Debian's BIND."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probes.base import ProbeFailed, Reason
from probes.dns import DnsProbe
from probes.net import Net
from tests.probes.running import failed, good, net
from tests.real.servers import Bind

__all__ = ["net"]

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


@pytest.fixture
async def bind(tmp_path: Path) -> AsyncIterator[Bind]:
    server = Bind(tmp_path)
    await server.start()
    net = Net()
    async with asyncio.timeout(10):
        while True:  # it answers before it has read its zone
            with contextlib.suppress(ProbeFailed):
                await probe(server).run(net, {})
                break
            await asyncio.sleep(0.05)
    yield server
    await server.stop()


def probe(bind: Bind, **options: object) -> DnsProbe:
    asked = {"query": "portal.contoh.example", **options}
    return DnsProbe.model_validate({"target": f"127.0.0.1:{bind.port}", **asked})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_name_it_knows_is_up(net: Net, bind: Bind, transport: str) -> None:
    outcome = await good(
        probe(bind, transport=transport, expect={"answers": [bind.address]}), net
    )  # fmt: skip
    assert outcome.facts["rcode"] == "NOERROR"
    assert outcome.facts["authoritative"] is True


async def test_the_zone_itself_is_read(net: Net, bind: Bind) -> None:
    soa = await good(probe(bind, query="contoh.example", record="SOA"), net)
    assert soa.facts["serial"] == 1
    ns = await good(
        probe(bind, query="contoh.example", record="NS",
              expect={"answers": ["ns.contoh.example"]}), net
    )  # fmt: skip
    assert ns.facts["answers"] == ["ns.contoh.example."]


async def test_a_name_it_does_not_know_is_said(net: Net, bind: Bind) -> None:
    failure = await failed(probe(bind, query="tidak-ada.contoh.example"), net)
    assert (failure.reason, failure.detail) == (
        Reason.ASSERTION, "expected NOERROR, got NXDOMAIN",
    )  # fmt: skip
    expect = {"rcode": "NXDOMAIN"}
    await good(probe(bind, query="tidak-ada.contoh.example", expect=expect), net)


async def test_a_zone_that_is_not_its_own_is_refused(net: Net, bind: Bind) -> None:
    failure = await failed(probe(bind, query="lain.example"), net)
    assert failure.detail == "expected NOERROR, got REFUSED"


async def test_stopped_it_is_refused(net: Net, bind: Bind) -> None:
    await bind.stop()
    failure = await failed(probe(bind), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")


async def test_the_resolver_tells_a_name_that_is_not_there_from_a_server_that_is_not(
    bind: Bind,
) -> None:
    net = Net(nameservers=[f"127.0.0.1:{bind.port}"])
    (found,) = await net.resolve("portal.contoh.example")
    assert found.host == bind.address
    with pytest.raises(ProbeFailed) as denied:
        await net.resolve("tidak-ada.contoh.example")
    assert (denied.value.reason, denied.value.blame) == (Reason.DNS, "target")
    await bind.stop()
    with pytest.raises(ProbeFailed) as gone:
        await net.resolve("lain.contoh.example")
    assert (gone.value.reason, gone.value.blame) == (Reason.DNS, "path")
    assert (await net.resolve("portal.contoh.example"))[0].host == bind.address, "still known"
    await net.aclose()
