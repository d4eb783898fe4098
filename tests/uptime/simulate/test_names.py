from __future__ import annotations

import socket

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import pytest

from tests.uptime.simulate.helpers import ANYWHERE, CLOSED, HANGS, connects, running
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.names import NameServer
from uptime.simulate.server import Address

PORTAL = dns.message.make_query("portal.contoh.example", "A")


def server() -> NameServer:
    return NameServer(ANYWHERE, "contoh.example", {"portal.contoh.example": "127.33.4.1"})


async def ask(
    address: Address, query: dns.message.Message = PORTAL, seconds: float = 5
) -> dns.message.Message:
    return await dns.asyncquery.udp(query, address.host, seconds, address.port)


async def test_it_answers_with_authority_over_udp_and_tcp() -> None:
    async with running(server()) as names:
        answers = [
            await ask(names.address),
            await dns.asyncquery.tcp(PORTAL, names.address.host, 5, names.address.port),
        ]
    for answer in answers:
        assert answer.flags & dns.flags.AA
        assert "127.33.4.1" in answer.answer[0].to_text()


@pytest.mark.parametrize(
    ("name", "kind", "code", "text"),
    [
        ("tidak-ada.contoh.example", "A", dns.rcode.NXDOMAIN, ""),
        ("portal.contoh.example", "AAAA", dns.rcode.NOERROR, ""),
        ("contoh.example", "SOA", dns.rcode.NOERROR, "hostmaster.contoh.example"),
        ("contoh.example", "NS", dns.rcode.NOERROR, "ns1.contoh.example"),
        ("lain.example", "A", dns.rcode.REFUSED, ""),
    ],
)
async def test_it_knows_its_zone_and_nothing_else(
    name: str, kind: str, code: dns.rcode.Rcode, text: str
) -> None:
    async with running(server()) as names:
        answer = await ask(names.address, dns.message.make_query(name, kind))
    assert answer.rcode() == code
    assert text in " ".join(rrset.to_text() for rrset in answer.answer)
    assert bool(answer.answer) == bool(text)


async def test_it_fails_lies_hangs_stops_and_recovers() -> None:
    async with running(server()) as names:
        await names.suffer(Fault(Kind.ERROR))
        assert (await ask(names.address)).rcode() == dns.rcode.SERVFAIL
        await names.suffer(Fault(Kind.WRONG))
        assert "127.33.4.1" not in (await ask(names.address)).answer[0].to_text()
        await names.suffer(HANGS)
        with pytest.raises(dns.exception.Timeout):
            await ask(names.address, seconds=0.1)
        await names.suffer(CLOSED)
        assert not await connects(names.address)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(names.address)  # UDP is closed, too
        await names.suffer(None)
        assert (await ask(names.address)).answer


async def test_a_slow_answer_comes_late() -> None:
    async with running(server()) as names:
        await names.suffer(Fault(Kind.SLOW, 0.2))
        with pytest.raises(dns.exception.Timeout):
            await ask(names.address, seconds=0.1)
        assert (await ask(names.address)).answer


@pytest.mark.parametrize(
    "wire",
    [b"", b"x" * 12, b"\xff" * 40, PORTAL.to_wire()[:-1]],
    ids=["nothing", "text", "ones", "cut"],
)
def test_what_is_no_query_gets_no_answer(wire: bytes) -> None:
    assert server().answer(wire) is None
