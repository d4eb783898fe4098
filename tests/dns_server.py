"""A scripted name server on loopback, over UDP and TCP on one free port.

    async with dns_server(zone({"portal.example A": ["192.0.2.1"]})) as server: ...

A script is a function of one query that gives the replies: none, one or several datagrams. It
may change while it runs (`server.script = …`); `server.asked` is what came in.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass(frozen=True)
class Query:
    """What was asked; `wire` is the whole message."""

    wire: bytes
    transport: str
    message: dns.message.Message = field(repr=False)

    @property
    def name(self) -> str:
        return self.message.question[0].name.to_text(omit_final_dot=True).lower()

    @property
    def record(self) -> str:
        return dns.rdatatype.to_text(self.message.question[0].rdtype)


Script = Callable[[Query], Sequence[bytes]]


def reply(
    query: Query,
    answers: Sequence[str] = (),
    *,
    rcode: str = "NOERROR",
    ttl: int = 60,
    authority: Sequence[str] = (),
    flags: int = dns.flags.RA,
) -> bytes:
    """A reply made by dnspython. `answers` are the texts of records of the kind asked for, or
    whole records as in a zone file: `"www.example 60 IN CNAME a.example"`.
    """
    message = dns.message.make_response(query.message)
    message.flags |= flags
    message.set_rcode(dns.rcode.from_text(rcode))
    asked = query.message.question[0]
    own = [text for text in answers if " IN " not in text]
    if own:
        message.answer.append(dns.rrset.from_text_list(asked.name, ttl, "IN", asked.rdtype, own))
    message.answer += [_record(text) for text in answers if " IN " in text]
    message.authority += [_record(text) for text in authority]
    return message.to_wire(max_size=65_535)


def _record(text: str) -> dns.rrset.RRset:
    name, ttl, kind, kind_of_record, rest = text.split(" ", 4)
    return dns.rrset.from_text(dns.name.from_text(name), int(ttl), kind, kind_of_record, rest)


def zone(records: Mapping[str, Sequence[str]], *, ttl: int = 60) -> Script:
    """Answers from a table of "name KIND"; a name without any entry does not exist."""

    def script(query: Query) -> Sequence[bytes]:
        found = records.get(f"{query.name} {query.record}")
        if found is not None:
            return [reply(query, found, ttl=ttl)]
        known = any(entry.split()[0] == query.name for entry in records)
        soa = [f"{query.name}. 900 IN SOA ns.example. admin.example. 7 3600 600 86400 900"]
        return [reply(query, rcode="NOERROR" if known else "NXDOMAIN", authority=soa)]

    return script


def saying(rcode: str) -> Script:
    """The same response code to everything."""
    return lambda query: [reply(query, rcode=rcode)]


def silent(query: Query) -> Sequence[bytes]:
    """Hears, and does not answer."""
    return []


class DnsServer:
    """A server that runs; `address` is what a resolver or a probe takes."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Query] = []
        self.port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def hear(self, wire: bytes, transport: str) -> Sequence[bytes]:
        query = Query(wire, transport, dns.message.from_wire(wire))
        self.asked.append(query)
        return self.script(query)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        for answer in self._server.hear(data, "udp"):
            self._transport.sendto(answer, address)


@contextlib.asynccontextmanager
async def dns_server(script: Script, *, port: int = 0) -> AsyncIterator[DnsServer]:
    server = DnsServer(script)
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            while True:
                size = struct.unpack("!H", await reader.readexactly(2))[0]
                for answer in server.hear(await reader.readexactly(size), "tcp"):
                    writer.write(struct.pack("!H", len(answer)) + answer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the prober has what it wanted
        finally:
            running.discard(task)
            writer.transport.abort()

    loop = asyncio.get_running_loop()
    while True:
        stream = await asyncio.start_server(connected, "127.0.0.1", port)
        server.port = stream.sockets[0].getsockname()[1]
        try:
            datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port)
            )
        except OSError:  # somebody has this port for UDP
            stream.close()
            if port:
                raise
            continue
        break
    try:
        yield server
    finally:
        datagrams.close()
        stream.close()
        for task in list(running):
            task.cancel()
        await asyncio.sleep(0)  # the transports close in the loop's next turn
