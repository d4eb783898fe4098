"""dns: one question to one server, and servers that answer as no server should."""

from __future__ import annotations

import asyncio
import errno
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence

import dns.flags
import dns.message
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from pydantic import ValidationError

from probes import dns as probing
from probes.base import ProbeFailed, Reason, Trace, current_trace
from probes.dns import DnsProbe
from probes.net import Net, dnswire
from tests.dns_server import DnsServer, Query, Script, dns_server, reply, saying, silent, zone
from tests.probes.running import failed, good, late, net
from tests.servers import answering, closed_port, hang, say, serve

__all__ = ["net"]

SOA = "ns1.contoh.example. admin.contoh.example. 2026112401 3600 600 604800 900"
ZONE = zone(
    {
        "portal.contoh.example A": ["192.0.2.1", "192.0.2.2"],
        "portal.contoh.example AAAA": ["2001:db8::1"],
        "contoh.example MX": ["10 mail.contoh.example.", "20 cadangan.contoh.example."],
        "contoh.example NS": ["ns1.contoh.example.", "ns2.contoh.example."],
        "contoh.example SOA": [SOA],
        "contoh.example TXT": ['"v=spf1 mx -all"', '"' + "a" * 200 + '" "' + "b" * 200 + '"'],
        "contoh.example CAA": ['0 issue "ca.example"'],
        "www.contoh.example CNAME": ["portal.contoh.example."],
        "_sip._tcp.contoh.example SRV": ["0 5 5060 sip.contoh.example."],
        "1.2.0.192.in-addr.arpa PTR": ["portal.contoh.example."],
    }
)


@pytest.fixture
async def server() -> AsyncIterator[DnsServer]:
    async with dns_server(ZONE) as running:
        yield running


def probe(server: DnsServer | int, **options: object) -> DnsProbe:
    port = server if isinstance(server, int) else server.port
    asked = {"query": "portal.contoh.example", **options}
    return DnsProbe.model_validate({"target": f"127.0.0.1:{port}", **asked})


# ---- a server as it should be ----


async def test_addresses_are_found(net: Net, server: DnsServer) -> None:
    outcome = await good(probe(server), net)
    assert outcome.facts == {
        "ip": "127.0.0.1", "ip_family": 4, "rcode": "NOERROR", "authoritative": False,
        "truncated": False, "answer_count": 2, "authority_count": 0, "additional_count": 0,
        "answers": ["192.0.2.1", "192.0.2.2"],
    }  # fmt: skip
    assert list(outcome.phases) == ["request"]
    assert outcome.latency == outcome.phases["request"]
    assert 0 < outcome.latency < 1


async def test_over_tcp_connecting_is_a_phase(net: Net, server: DnsServer) -> None:
    outcome = await good(probe(server, transport="tcp"), net)
    assert outcome.facts["answers"] == ["192.0.2.1", "192.0.2.2"]
    assert list(outcome.phases) == ["connect", "request"]
    assert outcome.latency == sum(outcome.phases.values())
    assert [query.transport for query in server.asked] == ["tcp"]


@pytest.mark.parametrize(
    ("query", "record", "answers"),
    [
        ("portal.contoh.example", "AAAA", ["2001:db8::1"]),
        ("contoh.example", "MX", ["10 mail.contoh.example.", "20 cadangan.contoh.example."]),
        ("contoh.example", "NS", ["ns1.contoh.example.", "ns2.contoh.example."]),
        ("contoh.example", "SOA", [SOA]),
        ("contoh.example", "TXT", ["a" * 200 + "b" * 54 + "…", "v=spf1 mx -all"]),
        ("contoh.example", "CAA", ['0 issue "ca.example"']),
        ("www.contoh.example", "CNAME", ["portal.contoh.example."]),
        ("_sip._tcp.contoh.example", "SRV", ["0 5 5060 sip.contoh.example."]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["portal.contoh.example."]),
        ("192.0.2.1", "PTR", ["portal.contoh.example."]),
    ],
)
async def test_every_kind_of_record_is_read(
    net: Net, server: DnsServer, query: str, record: str, answers: list[str]
) -> None:
    outcome = await good(probe(server, query=query, record=record), net)
    assert outcome.facts["answers"] == sorted(answers)


async def test_the_question_is_what_was_meant(net: Net, server: DnsServer) -> None:
    await good(probe(server), net)
    await good(probe(server, recursion=False), net)
    server.script = lambda query: [reply(query, ["192.0.2.9"])]
    await good(probe(server, query="Bücher.example."), net)
    first, second, third = (query.message for query in server.asked)
    assert first.flags & dns.flags.RD
    assert not second.flags & dns.flags.RD
    assert str(third.question[0]) == "xn--bcher-kva.example. IN A"
    assert len({first.id, second.id, third.id}) > 1


async def test_each_question_comes_from_a_port_of_its_own(net: Net) -> None:
    ports: set[int] = set()

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: object) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            ports.add(address[1])
            query = Query(data, "udp", dns.message.from_wire(data))
            self.transport.sendto(reply(query, ["192.0.2.1"]), address)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    for _ in range(10):
        await good(probe(transport.get_extra_info("sockname")[1]), net)
    transport.close()
    assert len(ports) > 5


async def test_the_serial_of_the_zone_is_a_fact(net: Net, server: DnsServer) -> None:
    outcome = await good(probe(server, query="contoh.example", record="SOA"), net)
    assert outcome.facts["serial"] == 2026112401
    expect = {"rcode": "NXDOMAIN"}
    outcome = await good(probe(server, query="lain.example", expect=expect), net)
    assert (outcome.facts["serial"], outcome.facts["authority_count"]) == (7, 1)


async def test_an_alias_is_followed_by_the_server_not_by_us(net: Net, server: DnsServer) -> None:
    chain = ["alias.example 60 IN CNAME portal.example.", "portal.example 60 IN A 192.0.2.5"]
    server.script = lambda query: [reply(query, chain, flags=dns.flags.AA)]
    outcome = await good(probe(server, query="alias.example"), net)
    assert outcome.facts["answers"] == ["192.0.2.5"]
    assert (outcome.facts["answer_count"], outcome.facts["authoritative"]) == (2, True)


async def test_a_slow_answer_is_degraded(net: Net, server: DnsServer) -> None:
    outcome = await good(probe(server, degraded={"latency": "0ms"}), net)
    assert outcome.degraded is not None
    assert outcome.degraded.startswith("expected an answer within 0 s, got it after 0.0")


async def test_a_server_known_by_name_has_its_resolving_measured(server: DnsServer) -> None:
    """Which is no part of the latency."""
    records = {"ns.example A": ["127.0.0.1"]}
    async with dns_server(zone(records)) as other:
        net = Net(nameservers=[other.address])
        made = probe(server, target=f"NS.example:{server.port}")
        outcome = await good(made, net)
        assert list(outcome.phases) == ["resolve", "request"]
        assert outcome.latency == outcome.phases["request"]
        failure = await failed(probe(server, target="tidak-ada.example"), net)
        assert (failure.reason, list(failure.partial.phases)) == (Reason.DNS, ["resolve"])
        await net.aclose()


async def test_where_there_is_no_way_by_ipv6_it_asks_by_ipv4(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = probing._datagrams

    def datagrams(address: object, port: int) -> object:
        if address.version == 6:  # type: ignore[attr-defined]
            raise OSError(errno.ENETUNREACH, "no way")
        return real(address, port)  # type: ignore[arg-type]

    monkeypatch.setattr(probing, "_datagrams", datagrams)
    records = {"ns.example A": ["127.0.0.1"], "ns.example AAAA": ["2001:db8::1"]}
    async with dns_server(zone(records)) as other:
        net = Net(nameservers=[other.address])
        outcome = await good(probe(server, target=f"ns.example:{server.port}"), net)
        assert outcome.facts["ip"] == "127.0.0.1"
        failure = await failed(probe(server, target="ns.example", family="6"), net)
        assert failure.reason is Reason.UNREACHABLE
        await net.aclose()


# ---- what is expected ----


@pytest.mark.parametrize(
    ("record", "expect"),
    [
        ("A", {"answers": ["192.0.2.2", "192.0.2.1"]}),
        ("A", {"contains": ["192.0.2.2"], "min_answers": 2}),
        ("AAAA", {"answers": ["2001:DB8:0:0::1"]}),
        ("MX", {"answers": ["10 Mail.Contoh.example", "20 cadangan.contoh.example"]}),
        ("SOA", {"contains": [SOA.replace(". ", " ")]}),
        ("TXT", {"contains": ["v=spf1 mx -all", "a" * 200 + "b" * 200]}),
        ("TXT", {"contains": ['"v=spf1 mx -all"']}),
        ("PTR", {"rcode": "NOERROR", "min_answers": 0}),
    ],
)
async def test_what_is_expected_and_comes_is_good(
    net: Net, server: DnsServer, record: str, expect: dict[str, object]
) -> None:
    query = "portal.contoh.example" if record in {"A", "AAAA", "PTR"} else "contoh.example"
    await good(probe(server, query=query, record=record, expect=expect), net)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"expect": {"answers": ["192.0.2.1"]}}, "expected 192.0.2.1, got 192.0.2.1, 192.0.2.2"),
        ({"expect": {"answers": []}}, "expected nothing, got 192.0.2.1, 192.0.2.2"),
        (
            {"expect": {"contains": ["192.0.2.1", "192.0.2.3"]}},
            "expected 192.0.2.3, got 192.0.2.1, 192.0.2.2",
        ),
        ({"expect": {"min_answers": 3}}, "expected at least 3 answers, got 2"),
        ({"expect": {"rcode": "NXDOMAIN"}}, "expected NXDOMAIN, got NOERROR"),
        ({"record": "MX"}, "expected an answer, got none"),
        ({"query": "lain.example"}, "expected NOERROR, got NXDOMAIN"),
        (
            {"query": "contoh.example", "record": "TXT", "expect": {"contains": ["V=SPF1"]}},
            "expected V=SPF1, got",
        ),
    ],
)  # fmt: skip
async def test_what_does_not_come_is_said(
    net: Net, server: DnsServer, options: dict[str, object], says: str
) -> None:
    failure = await failed(probe(server, **options), net)
    assert (failure.reason, failure.blame) == (Reason.ASSERTION, "target")
    assert failure.detail.startswith(says)
    assert failure.partial.facts["rcode"] in {"NOERROR", "NXDOMAIN"}
    assert failure.partial.latency is not None


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "NOTZONE"])
async def test_a_server_that_will_not_is_said(net: Net, server: DnsServer, rcode: str) -> None:
    server.script = saying(rcode)
    failure = await failed(probe(server), net)
    assert (failure.reason, failure.detail) == (
        Reason.ASSERTION, f"expected NOERROR, got {rcode}",
    )  # fmt: skip


async def test_an_error_without_its_question_is_heard(net: Net, server: DnsServer) -> None:
    """A server that could not read the question does not repeat it."""
    server.script = lambda query: [query.wire[:2] + struct.pack("!5H", 0x8001, 0, 0, 0, 0)]
    assert (await failed(probe(server), net)).detail == "expected NOERROR, got FORMERR"


# ---- servers as they should not be ----


async def test_silence_ends_at_the_deadline(net: Net, server: DnsServer) -> None:
    server.script = silent
    trace = await late(probe(server), net, 0.2)
    assert trace.phases["request"] == pytest.approx(0.2, abs=0.1)
    assert trace.facts == {"ip": "127.0.0.1", "ip_family": 4}


def header(flags: int, counts: Sequence[int] = (1, 0, 0, 0)) -> bytes:
    return struct.pack("!5H", flags, *counts)


@pytest.mark.parametrize(
    "forged",
    [
        lambda query, good: bytes([good[0] ^ 1]) + good[1:],
        lambda query, good: query.wire,
        lambda query, good: good.replace(b"\x06portal", b"\x06palsu!"),
        lambda query, good: good[:11],
        lambda query, good: b"",
        lambda query, good: good[:2] + header(0x8180, (0, 0, 0, 0)),
        lambda query, good: good[:2] + header(0xA980) + good[12:],
    ],
    ids=["number", "our own question", "question", "cut off", "empty", "no question", "opcode"],
)
async def test_what_is_no_answer_to_it_is_not_heard(
    net: Net, server: DnsServer, forged: Callable[[Query, bytes], bytes]
) -> None:
    server.script = lambda query: [forged(query, ZONE(query)[0])]
    await late(probe(server), net, 0.15)
    server.script = lambda query: [forged(query, ZONE(query)[0]), *ZONE(query)]
    assert (await good(probe(server), net)).facts["answer_count"] == 2


async def test_a_truncated_answer_is_asked_for_over_tcp(net: Net, server: DnsServer) -> None:
    many = [f"10.1.{n // 250}.{n % 250 + 1}" for n in range(4000)]

    def script(query: Query) -> Sequence[bytes]:
        cut = query.transport == "udp"
        return [reply(query, [] if cut else many, flags=dns.flags.TC if cut else 0)]

    server.script = script
    expect = {"contains": ["10.1.0.1"], "min_answers": 4000}
    outcome = await good(probe(server, expect=expect), net)
    assert outcome.facts["answer_count"] == 4000
    assert len(outcome.facts["answers"]) == 50  # type: ignore[arg-type]
    assert set(outcome.phases) == {"connect", "request"}
    assert [query.transport for query in server.asked] == ["udp", "tcp"]


async def test_a_truncated_answer_and_no_tcp_is_said(net: Net) -> None:
    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: object) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            cut = data[:2] + b"\x83\x80" + data[4:]
            self.transport.sendto(cut, address)  # type: ignore[attr-defined]

    port = closed_port()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", port))
    failure = await failed(probe(port), net)
    transport.close()
    assert failure.reason is Reason.REFUSED
    assert failure.detail.startswith("the answer over UDP is cut off; over TCP: connection refused")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_nobody_there_is_refused(net: Net, transport: str) -> None:
    failure = await failed(probe(closed_port(), transport=transport), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")


def cut(at: int) -> Script:
    return lambda query: [ZONE(query)[0][:at]]


@pytest.mark.parametrize(
    "script",
    [
        cut(45),
        cut(60),
        lambda query: [ZONE(query)[0][:-1]],
        lambda query: [query.wire[:2] + header(0x8180, (1, 9, 0, 0)) + query.wire[12:]],
        lambda query: [query.wire[:2] + header(0x8180, (65_535, 1, 0, 0)) + query.wire[12:]],
        lambda query: [
            query.wire[:2] + header(0x8180, (1, 1, 0, 0)) + query.wire[12:]
            + b"\x40" + bytes(60)
        ],
    ],
    ids=["in a name", "in a record", "in the last byte", "fewer records", "questions", "label"],
)  # fmt: skip
async def test_an_answer_that_cannot_be_read_is_said(
    net: Net, server: DnsServer, script: Script
) -> None:
    server.script = script
    failure = await failed(probe(server), net)
    assert failure.reason is Reason.PROTOCOL
    assert failure.detail.startswith("the answer cannot be read: ")


async def test_a_name_that_points_at_itself_ends(net: Net, server: DnsServer) -> None:
    """In the owner of a record, and in what it holds."""

    def script(query: Query) -> Sequence[bytes]:
        at = len(query.wire)
        owner = struct.pack("!H", 0xC000 | at)
        data = struct.pack("!HH", 10, 0xC000 | at + 14)
        record = owner + struct.pack("!HHIH", 15, 1, 60, len(data)) + data
        return [query.wire[:2] + header(0x8180, (1, 1, 0, 0)) + query.wire[12:] + record]

    server.script = script
    failure = await failed(probe(server, record="MX"), net)
    assert failure.reason is Reason.PROTOCOL


async def test_an_alias_of_itself_is_no_answer(net: Net, server: DnsServer) -> None:
    loop = ["a.example 60 IN CNAME b.example.", "b.example 60 IN CNAME a.example."]
    server.script = lambda query: [reply(query, loop)]
    failure = await failed(probe(server, query="a.example"), net)
    assert failure.detail == "expected an answer, got none"


async def test_hostile_text_is_cleaned(net: Net, server: DnsServer) -> None:
    nasty = '"\\027]0;x\\007\\155\\000<script>\\255\\254{0.__class__}"'
    server.script = lambda query: [reply(query, [nasty])]
    outcome = await good(probe(server, record="TXT"), net)
    assert outcome.facts["answers"] == ["]0;x \ufffd <script>\ufffd\ufffd{0.__class__}"]
    failure = await failed(probe(server, record="TXT", expect={"contains": ["x"]}), net)
    assert failure.detail.isprintable()


@pytest.mark.parametrize(
    ("script", "reason", "detail"),
    [
        (answering(b"\x00\x01\x00\x01", b""), Reason.INCOMPLETE, "closed without an answer"),
        (answering(b"\x00\x01\x00\x01", b"\x01\x00abc"), Reason.INCOMPLETE, "in the middle"),
        (
            answering(b"\x00\x01\x00\x01", b"\x00\x0cHTTP/1.1 400 Bad Request\r\n"),
            Reason.PROTOCOL,
            "to another question",
        ),
        (say(b"\x00\x00"), Reason.PROTOCOL, "to another question"),
    ],
    ids=["nothing", "half", "another protocol", "an empty message"],
)
async def test_a_stranger_on_the_tcp_port_is_said(
    net: Net, script: Callable[..., object], reason: Reason, detail: str
) -> None:
    async with serve(script) as port:  # type: ignore[arg-type]
        failure = await failed(probe(port, transport="tcp"), net)
    assert failure.reason is reason
    assert detail in failure.detail


async def test_silence_over_tcp_ends_at_the_deadline(net: Net) -> None:
    async with serve(hang) as port:
        trace = await late(probe(port, transport="tcp"), net, 0.2)
    assert list(trace.phases) == ["connect", "request"]


async def test_without_descriptors_it_is_our_own_fault(
    net: Net, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(address: object, port: int) -> None:
        raise OSError(errno.EMFILE, "none left")

    monkeypatch.setattr(probing, "_datagrams", none_left)
    failure = await failed(probe(server), net)
    assert (failure.reason, failure.blame) == (Reason.SELF, "self")


async def test_a_run_that_is_cancelled_leaves_no_descriptor(net: Net, server: DnsServer) -> None:
    """The fixture looks."""
    server.script = silent
    tasks = [asyncio.ensure_future(probe(server).run(net, {})) for _ in range(20)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_what_a_run_has_learnt_is_in_its_trace(net: Net, server: DnsServer) -> None:
    trace = Trace()
    current_trace.set(trace)
    with pytest.raises(ProbeFailed):
        await probe(server, query="lain.example").run(net, {})
    assert trace.facts["rcode"] == "NXDOMAIN"


# ---- the bytes ----


@examples(st.binary(max_size=200))
def test_no_answer_is_too_strange(data: bytes) -> None:
    wire = struct.pack("!6H", 1, 0x8180, 0, 3, 2, 0) + data
    try:
        answer = dnswire.read(wire)
    except dnswire.Unreadable:
        return
    dnswire.serial(answer)
    for record in answer.records:
        try:
            dnswire.text(answer, record)
        except dnswire.Unreadable:
            continue


@examples(st.sampled_from(sorted(dnswire.TYPES)), st.binary(max_size=60))
def test_no_record_is_too_strange(kind: str, data: bytes) -> None:
    head = b"\0" + struct.pack("!HHIH", dnswire.TYPES[kind], 1, 60, len(data))
    answer = dnswire.read(struct.pack("!6H", 1, 0x8180, 0, 1, 0, 0) + head + data)
    try:
        dnswire.text(answer, answer.records[0])
    except dnswire.Unreadable:
        return


def test_addresses_need_no_dnspython() -> None:
    program = (
        "import sys, struct; from probes.net import dnswire; import probes.dns;"
        "w = struct.pack('!6H', 1, 0x8180, 0, 1, 0, 0) + b'\\0' + "
        "struct.pack('!HHIH', 1, 1, 60, 4) + bytes(4); a = dnswire.read(w);"
        "print(dnswire.text(a, a.records[0]), 'dns' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0.0.0.0 False\n"


# ---- options ----


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"query": ""}, "at least 1 character"),
        ({"query": "a..b"}, 'query "a..b" cannot be asked: it has a label that is empty'),
        ({"query": "a" * 64 + ".example"}, "longer than 63"),
        ({"query": ".".join(["a" * 60] * 5)}, "bytes, limit 255"),
        ({"record": "ANY"}, "'A', 'AAAA'"),
        ({"transport": "tls"}, "'udp' or 'tcp'"),
        ({"family": "6"}, "the target is an IPv4 address"),
        ({"expect": {"rcode": "BAD"}}, "'NOERROR'"),
        ({"expect": {"serial": 1}}, "Extra inputs"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe(53, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize("target", ["", "a b", "192.0.2.1:0", "udp://192.0.2.1", "[::1"])
def test_a_bad_target_is_an_error(target: str) -> None:
    with pytest.raises(ValueError, match=r"fix:|host"):
        DnsProbe.check_target(target)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("NS.example:5353", ("ns.example", 5353)),
        ("[2001:db8::1]:53", ("2001:db8::1", 53)),
        ("2001:db8::1", ("2001:db8::1", 53)),
    ],
)
def test_the_port_is_53_unless_it_is_given(target: str, where: tuple[str, int]) -> None:
    DnsProbe.check_target(target)
    assert DnsProbe(target=target, query="a.example").where == where
