"""Names to addresses: whose fault it is when there are none, and how long an answer serves."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest

from probes.base import ProbeFailed, Reason, Trace, current_trace
from probes.net import Net
from probes.net import resolver as resolving
from probes.net.connect import Address
from probes.net.resolver import Resolver
from tests.dns_server import DnsServer, Query, Script, dns_server, reply, saying, silent, zone
from tests.servers import closed_port

PORTAL = zone(
    {"portal.example A": ["192.0.2.1", "192.0.2.2"], "portal.example AAAA": ["2001:db8::1"]}
)


@pytest.fixture
async def server() -> AsyncIterator[DnsServer]:
    async with dns_server(PORTAL) as running:
        yield running


@pytest.fixture
async def resolver(server: DnsServer) -> AsyncIterator[Resolver]:
    made = Resolver([server.address])
    yield made
    made.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the resolver's clock forward."""
    moved = 0.0

    def move(seconds: float) -> None:
        nonlocal moved
        moved += seconds

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + moved

    monkeypatch.setattr(resolving, "time", Clock)
    return move


async def refused(
    resolver: Resolver, host: str, family: str = "any", deadline: float = 5
) -> ProbeFailed:
    with pytest.raises(ProbeFailed) as caught:
        await resolver.resolve(host, family, deadline)
    assert caught.value.reason is Reason.DNS
    return caught.value


async def test_both_families_are_found_ipv6_first(resolver: Resolver) -> None:
    first, *others = await resolver.resolve("portal.example")
    assert first == Address(socket.AF_INET6, "2001:db8::1")
    assert set(others) == {
        Address(socket.AF_INET, "192.0.2.1"),
        Address(socket.AF_INET, "192.0.2.2"),
    }


async def test_one_family_is_asked_for_alone(resolver: Resolver, server: DnsServer) -> None:
    found = await resolver.resolve("portal.example", "4")
    assert {a.host for a in found} == {"192.0.2.1", "192.0.2.2"}
    assert [query.record for query in server.asked] == ["A"]


async def test_an_answer_serves_for_its_ttl(
    resolver: Resolver, server: DnsServer, later: Callable[[float], None]
) -> None:
    for _ in range(3):
        await resolver.resolve("portal.example", "4")
    assert len(server.asked) == 1
    server.script = zone({"portal.example A": ["192.0.2.9"]}, ttl=60)
    later(61)
    resolver._forget_denials()  # c-ares keeps a cache of its own, by the real clock
    await asyncio.sleep(0.1)
    assert [a.host for a in await resolver.resolve("portal.example", "4")] == ["192.0.2.9"]


async def test_a_ttl_of_nothing_serves_one_tick(server: DnsServer, resolver: Resolver) -> None:
    server.script = zone({"portal.example A": ["192.0.2.1"]}, ttl=0)
    for _ in range(20):
        await resolver.resolve("portal.example", "4")
    assert len(server.asked) == 1


async def test_all_who_ask_at_once_share_one_lookup(resolver: Resolver, server: DnsServer) -> None:
    answers = await asyncio.gather(*(resolver.resolve("portal.example", "4") for _ in range(500)))
    assert len(server.asked) == 1
    assert all(answer == answers[0] for answer in answers)


async def test_one_who_stops_waiting_takes_the_answer_from_nobody(
    resolver: Resolver, server: DnsServer
) -> None:
    impatient = asyncio.ensure_future(resolver.resolve("portal.example", "4"))
    patient = asyncio.ensure_future(resolver.resolve("portal.example", "4"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(await patient) == 2
    with pytest.raises(asyncio.CancelledError):
        await impatient


@pytest.mark.parametrize(
    ("host", "family", "says"),
    [
        ("tidak-ada.example", "any", "tidak-ada.example has no address"),
        ("v4.example", "6", "v4.example has no IPv6 address"),
        ("v6.example", "4", "v6.example has no IPv4 address"),
        ("loop.example", "any", "loop.example has no address"),
        ("dua..titik", "any", "dua..titik has no address"),
    ],
)
async def test_a_name_that_is_denied_is_the_targets_fault(
    resolver: Resolver, server: DnsServer, host: str, family: str, says: str
) -> None:
    names = zone({"v4.example A": ["192.0.2.1"], "v6.example AAAA": ["2001:db8::1"]})
    loop = ["loop.example 60 IN CNAME lain.example.", "lain.example 60 IN CNAME loop.example."]

    def script(query: Query) -> list[bytes]:
        return [reply(query, loop)] if query.name == "loop.example" else list(names(query))

    server.script = script
    failure = await refused(resolver, host, family)
    assert (failure.blame, failure.detail) == ("target", says)


async def test_a_denied_name_that_is_there_again_is_found(
    resolver: Resolver, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zone's own negative TTL of a quarter of an hour does not keep it down."""
    monkeypatch.setattr(resolving, "LEAST_TTL", 0.02)
    server.script = zone({})
    await refused(resolver, "portal.example")
    server.script = PORTAL
    async with asyncio.timeout(5):
        while True:
            try:
                await resolver.resolve("portal.example")
            except ProbeFailed:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (saying("SERVFAIL"), "general failure"),
        (saying("REFUSED"), "refused query"),
        (silent, " within 0.24 s"),
        (lambda query: [b"\0" * 40], "misformatted"),
        (lambda query: [b"xx" + reply(query, ["192.0.2.66"])[2:]], " within 0.24 s"),
    ],
    ids=["servfail", "refused", "silence", "garbage", "forged"],
)
async def test_resolvers_that_do_not_answer_lie_on_the_way(
    resolver: Resolver, server: DnsServer, script: Script, says: str
) -> None:
    server.script = script
    failure = await refused(resolver, "portal.example", "4", 0.3)
    assert failure.blame == "path"
    assert failure.detail.startswith("no resolver answered for portal.example")
    assert says in failure.detail


async def test_a_resolver_that_is_not_there_lies_on_the_way() -> None:
    resolver = Resolver([f"127.0.0.1:{closed_port()}"])
    try:
        failure = await refused(resolver, "portal.example")
        assert failure.blame == "path"
    finally:
        resolver.close()


async def test_one_of_two_resolvers_is_enough(server: DnsServer) -> None:
    async with dns_server(silent) as dead:
        resolver = Resolver([dead.address, server.address])
        try:
            assert len(await resolver.resolve("portal.example", "4")) == 2
        finally:
            resolver.close()


async def test_a_truncated_answer_is_asked_for_over_tcp(
    resolver: Resolver, server: DnsServer
) -> None:
    """And of five thousand addresses a few are enough."""
    many = [f"10.1.{n // 250}.{n % 250 + 1}" for n in range(4000)]

    def script(query: Query) -> list[bytes]:
        if query.transport == "udp":
            return [reply(query, flags=0x0200)]
        return [reply(query, many)]

    server.script = script
    assert len(await resolver.resolve("banyak.example", "4")) == 64


async def test_a_family_that_is_never_answered_costs_a_second_at_most(
    resolver: Resolver, server: DnsServer
) -> None:
    server.script = lambda query: [] if query.record == "AAAA" else list(PORTAL(query))
    found = await resolver.resolve("portal.example")
    assert [a.version for a in found] == [4, 4]


async def test_an_address_known_before_serves_while_the_resolvers_are_silent(
    resolver: Resolver, server: DnsServer, later: Callable[[float], None]
) -> None:
    server.script = zone({"portal.example A": ["192.0.2.1"]}, ttl=0)
    await resolver.resolve("portal.example", "4")
    server.script = silent
    later(200)
    trace = Trace()
    current_trace.set(trace)
    assert [a.host for a in await resolver.resolve("portal.example", "4")] == ["192.0.2.1"]
    assert trace.facts == {"resolved_stale": True}
    later(200)
    assert (await refused(resolver, "portal.example", "4", 0.2)).blame == "path"


async def test_a_denial_ends_what_was_known_before(
    resolver: Resolver, server: DnsServer, later: Callable[[float], None]
) -> None:
    server.script = zone({"portal.example A": ["192.0.2.1"]}, ttl=0)
    await resolver.resolve("portal.example", "4")
    server.script = zone({})
    later(10)
    assert (await refused(resolver, "portal.example", "4")).blame == "target"


async def test_localhost_needs_no_resolver(resolver: Resolver, server: DnsServer) -> None:
    assert Address(socket.AF_INET, "127.0.0.1") in await resolver.resolve("localhost")
    assert server.asked == []


async def test_closing_ends_a_lookup_under_way(server: DnsServer) -> None:
    server.script = silent
    resolver = Resolver([server.address])
    asking = asyncio.ensure_future(resolver.resolve("portal.example", "4"))
    await asyncio.sleep(0.05)
    resolver.close()
    with pytest.raises(ProbeFailed) as caught:
        await asking
    assert caught.value.blame == "path"
    resolver.close()


async def test_without_descriptors_it_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    import aiodns
    import pycares

    def fails(*args: object, **options: object) -> None:
        raise pycares.AresError("Failed to initialize c-ares channel")

    monkeypatch.setattr(aiodns, "DNSResolver", fails)
    resolver = Resolver()
    with pytest.raises(ProbeFailed) as caught:
        await resolver.resolve("portal.example")
    assert (caught.value.reason, caught.value.blame) == (Reason.SELF, "self")


async def test_an_address_is_no_name(server: DnsServer) -> None:
    net = Net(nameservers=[server.address])
    assert await net.resolve("192.0.2.7") == [Address(socket.AF_INET, "192.0.2.7")]
    assert await net.resolve("fe80::1%eth0") == [Address(socket.AF_INET6, "fe80::1%eth0")]
    assert server.asked == []
    assert len(await net.resolve("portal.example", "4")) == 2
    await net.aclose()


async def test_what_is_kept_is_bounded(
    resolver: Resolver, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "_MOST_KEPT", 3)
    server.script = lambda query: [reply(query, ["192.0.2.1"])]
    for number in range(6):
        await resolver.resolve(f"n{number}.example", "4")
    assert [host for host, _ in resolver._known] == ["n3.example", "n4.example", "n5.example"]
