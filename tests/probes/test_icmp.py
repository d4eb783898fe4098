"""icmp: loss and round trip of one run."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator, Sequence

import pytest
from pydantic import ValidationError

from probes.base import ProbeFailed, Reason, Trace, current_trace
from probes.icmp import IcmpProbe
from probes.net import Address, Net, ping
from tests.dns_server import dns_server, zone
from tests.probes.fake_ping import (
    HERE,
    V4,
    V6,
    Datagram,
    FakeSocket,
    Script,
    answer,
    complaint,
    echo,
    failing,
    given,
    ipv4,
    silent,
    stamped,
)


@pytest.fixture
def fake() -> Iterator[FakeSocket]:
    made = FakeSocket()
    yield made
    made.close()


@pytest.fixture
def net(fake: FakeSocket) -> Net:
    return Net(ping_sockets=given(v4=fake))


def probe(target: str = HERE, **options: object) -> IcmpProbe:
    return IcmpProbe.model_validate({"target": target, "timeout": "400ms", **options})


def every(number: int, script: Script = silent) -> Script:
    """Each so-manieth packet is treated otherwise."""
    count = 0

    def treat(packet: bytes, host: str) -> Sequence[Datagram]:
        nonlocal count
        count += 1
        return (script if count % number == 0 else echo)(packet, host)

    return treat


def late(fake: FakeSocket, seconds: float) -> Script:
    """Answers that take so long."""

    def script(packet: bytes, host: str) -> Sequence[Datagram]:
        reply = ipv4(b"\0\0\0\0" + packet[4:], source=host)
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: fake.arrive(Datagram(reply, stamped(), host)))
        return []

    return script


async def failed(probe: IcmpProbe, net: Net) -> ProbeFailed:
    with pytest.raises(ProbeFailed) as caught:
        await probe.run(net, {})
    return caught.value


async def test_a_host_that_answers_is_up(net: Net, fake: FakeSocket) -> None:
    outcome = await probe(timeout="2s", count=3).run(net, {})
    facts = dict(outcome.facts)
    times = [facts.pop(f"rtt_{name}_ms") for name in ("min", "avg", "max")]
    assert facts.pop("rtt_stddev_ms") is not None
    assert facts == {
        "ip": HERE, "ip_family": 4, "sent": 3, "received": 3, "loss_percent": 0.0,
        "duplicates": 0, "hop_limit": 57,
    }  # fmt: skip
    assert list(outcome.phases) == ["resolve", "rtt"]
    assert outcome.latency == outcome.phases["rtt"]
    assert times[1] == round((outcome.latency or 0) * 1000, 3)
    assert times == sorted(times, key=float)  # type: ignore[arg-type]
    assert (outcome.loss, outcome.degraded) == (0, None)
    await net.aclose()


async def test_it_is_over_as_soon_as_all_have_answered(net: Net, fake: FakeSocket) -> None:
    async with asyncio.timeout(1):
        await probe(timeout="30s", count=1).run(net, {})
    await net.aclose()


async def test_the_last_packet_leaves_by_half_of_the_timeout(net: Net, fake: FakeSocket) -> None:
    await probe(timeout="800ms", count=20).run(net, {})
    assert len(fake.sent) == 20
    assert 0.3 < fake.sent[-1][0] - fake.sent[0][0] < 0.7, "0.38 and what a busy machine adds"
    await net.aclose()


async def test_some_lost_is_up_unless_a_limit_says_otherwise(net: Net, fake: FakeSocket) -> None:
    fake.script = every(2)
    outcome = await probe(count=4).run(net, {})
    assert (outcome.loss, outcome.degraded) == (0.5, None)
    assert (outcome.facts["received"], outcome.facts["loss_percent"]) == (2, 50.0)

    outcome = await probe(count=4, degraded={"loss": 5}).run(net, {})
    assert outcome.degraded == "expected at most 5 % lost, got 50 %"
    assert (await probe(count=4, degraded={"loss": 50}).run(net, {})).degraded is None

    failure = await failed(probe(count=4, expect={"loss": 40}), net)
    assert (failure.reason, failure.blame) == (Reason.ASSERTION, "target")
    assert failure.detail == "expected at most 40 % lost, got 50 %"
    assert failure.partial.loss == 0.5
    await net.aclose()


async def test_a_slow_round_trip_is_degraded(net: Net, fake: FakeSocket) -> None:
    fake.script = late(fake, 0.05)
    outcome = await probe(count=2, degraded={"rtt": "20ms"}).run(net, {})
    assert outcome.degraded is not None
    assert outcome.degraded.startswith("expected within 20 ms, took ")
    assert outcome.latency == pytest.approx(0.05, abs=0.02)
    await net.aclose()


async def test_none_answered_is_told_before_the_deadline(net: Net, fake: FakeSocket) -> None:
    """With its loss, which a run that is cut off cannot tell."""
    fake.script = silent
    async with asyncio.timeout(0.4):
        failure = await failed(probe(count=3), net)
    assert (failure.reason, failure.blame) == (Reason.TIMEOUT, "target")
    assert failure.detail == "none of 3 packets was answered"
    assert failure.partial.loss == 1
    assert failure.partial.facts["received"] == 0
    assert (await failed(probe(count=1), net)).detail == "the packet was not answered"
    await net.aclose()


async def test_an_unreachable_host_is_told_at_once(net: Net, fake: FakeSocket) -> None:
    fake.script = lambda packet, host: [complaint(packet, host)]
    async with asyncio.timeout(2):
        failure = await failed(probe(count=1, timeout="30s"), net)
    assert failure.reason is Reason.UNREACHABLE
    assert failure.detail == "host unreachable, says 198.51.100.1"
    assert failure.partial.loss == 1
    await net.aclose()


async def test_one_complaint_among_answers_is_a_loss(net: Net, fake: FakeSocket) -> None:
    fake.script = every(2, lambda packet, host: [complaint(packet, host)])
    assert (await probe(count=2).run(net, {})).loss == 0.5
    await net.aclose()


async def test_duplicates_are_counted_apart(net: Net, fake: FakeSocket) -> None:
    fake.script = lambda packet, host: [answer(packet)] * 2
    outcome = await probe(count=3).run(net, {})
    assert outcome.facts["received"] == 3
    assert outcome.facts["duplicates"] in {2, 3}, "the last one's may come too late"
    await net.aclose()


async def test_without_permission_nobody_else_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(family: socket.AddressFamily) -> socket.socket:
        raise ProbeFailed(Reason.PERMISSION, ping._HOW, blame="self")

    monkeypatch.setattr(ping, "_open", refuse)
    net = Net()
    failure = await failed(probe(), net)
    assert (failure.reason, failure.blame) == (Reason.PERMISSION, "self")
    assert net.can_ping() == failure.detail
    await net.aclose()


async def test_a_name_that_does_not_exist_is_down(fake: FakeSocket) -> None:
    async with dns_server(zone({})) as server:
        net = Net(nameservers=[server.address], ping_sockets=given(v4=fake))
        trace = Trace()
        current_trace.set(trace)
        failure = await failed(probe("tidak-ada.example"), net)
        assert (failure.reason, failure.blame) == (Reason.DNS, "target")
        assert list(trace.phases) == ["resolve"]
        await net.aclose()


@pytest.mark.parametrize(
    ("no_way", "expected"),
    [(errno.ENETUNREACH, HERE), (errno.EADDRNOTAVAIL, HERE), (0, "2001:db8::17")],
)
async def test_where_there_is_no_way_by_ipv6_it_goes_by_ipv4(
    fake: FakeSocket, no_way: int, expected: str
) -> None:
    six = FakeSocket(failing(no_way) if no_way else lambda packet, host: [_echo6(packet, host)])
    records = {"dua.example A": [HERE], "dua.example AAAA": ["2001:db8::17"]}
    async with dns_server(zone(records)) as server:
        net = Net(nameservers=[server.address], ping_sockets=given(v4=fake, v6=six))
        outcome = await probe("dua.example", count=1).run(net, {})
        assert outcome.facts["ip"] == expected
        if no_way:
            with pytest.raises(ProbeFailed):
                await probe("dua.example", family="6").run(net, {})
        await net.aclose()
    six.close()


def _echo6(packet: bytes, host: str) -> Datagram:
    return Datagram(b"\x81\0\0\0" + packet[4:], stamped(), host)


async def test_a_cancelled_run_leaves_nothing(net: Net, fake: FakeSocket) -> None:
    fake.script = silent
    task = asyncio.ensure_future(probe(count=20, timeout="30s").run(net, {}))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert net.ping.socket(V4)._waiting == {}
    await net.aclose()


async def test_runs_beside_each_other_do_not_take_each_others_answers(
    net: Net, fake: FakeSocket
) -> None:
    """Two hundred hosts, of which every second is silent."""
    fake.script = lambda packet, host: (
        echo(packet, host) if int(host.rpartition(".")[2]) % 2 else []
    )
    probes = [probe(f"192.0.2.{n}", count=2) for n in range(200)]
    outcomes = await asyncio.gather(*(p.run(net, {}) for p in probes), return_exceptions=True)
    assert [not isinstance(o, ProbeFailed) for o in outcomes] == [False, True] * 100
    await net.aclose()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"count": 0}, "greater than or equal to 1"),
        ({"count": 21}, "less than or equal to 20"),
        ({"size": 7}, "greater than or equal to 8"),
        ({"size": 65_000}, "less than or equal to 1472"),
        (
            {"family": "6"},
            'the target is an IPv4 address; fix: remove family or write family = "4"',
        ),
        ({"degraded": {"rtt": 150}}, 'expected text like "30s", found the number 150'),
        ({"degraded": {"loss": 101}}, "less than 100"),
        ({"expect": {"loss": 100}}, "less than 100"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe(HERE, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "target", ["", "a b", "192.0.2.1:80", "192.0.2.256", "http://a.example", "a" * 64]
)
def test_a_bad_target_is_an_error(target: str) -> None:
    with pytest.raises(ValueError, match=r"fix:|limit"):
        IcmpProbe.check_target(target)


@pytest.mark.parametrize("target", ["192.0.2.1", "::1", "fe80::1%eth0", "router.example"])
def test_good_targets_are_taken(target: str) -> None:
    IcmpProbe.check_target(target)


def _may_ping() -> bool:
    try:
        socket.socket(V4, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


@pytest.mark.skipif(not _may_ping(), reason="no permission to open raw sockets")
@pytest.mark.parametrize("address", [Address(V4, "127.9.8.7"), Address(V6, "::1")])
async def test_this_machine_answers(address: Address) -> None:
    net = Net()
    outcome = await probe(address.host, count=2).run(net, {})
    assert (outcome.loss, outcome.facts["hop_limit"]) == (0, 64)
    await net.aclose()
