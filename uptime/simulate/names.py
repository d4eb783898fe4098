"""DNS over UDP and TCP: authoritative for one zone, refuses the rest."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from uptime.simulate.fault import Kind
from uptime.simulate.server import Address, CannotServe, StreamServer

_TTL = 300


class NameServer(StreamServer):
    """Answers A and NS and SOA of the zone; `hosts` are its names with their addresses."""

    faults = StreamServer.faults | {Kind.ERROR, Kind.WRONG}

    def __init__(self, address: Address, zone: str, hosts: Mapping[str, str]) -> None:
        super().__init__(address)
        self._zone = dns.name.from_text(zone)
        self._hosts = {dns.name.from_text(name): found for name, found in hosts.items()}
        self._udp: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        await super().open()
        loop = asyncio.get_running_loop()
        try:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=self.address
            )
        except OSError as error:
            await super().close()
            reason = error.strerror or error
            raise CannotServe(f"cannot listen on UDP {self.address}: {reason}") from error

    async def close(self) -> None:
        if self._udp is not None:
            self._udp.close()
            self._udp = None
        await super().close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answer = self.answer(await reader.readexactly(length))
        if answer is not None:
            writer.write(struct.pack("!H", len(answer)) + answer)
            await writer.drain()

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to a query; None to what is none."""
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        response = dns.message.make_response(query)
        self._fill(response)
        return response.to_wire()

    def answer_datagram(self, wire: bytes, peer: Any) -> None:
        """Answers, unless it hangs; later when it is slow."""
        answer = self.answer(wire) if self.kind is not Kind.HANGS else None
        if answer is None:
            return
        delay = self.fault.amount if self.fault is not None and self.kind is Kind.SLOW else 0.0
        asyncio.get_running_loop().call_later(delay, self._send, answer, peer)

    def _send(self, answer: bytes, peer: Any) -> None:
        if self._udp is not None:
            self._udp.sendto(answer, peer)

    def _fill(self, response: dns.message.Message) -> None:
        question = response.question[0]
        name = question.name
        if self.kind is Kind.ERROR:
            response.set_rcode(dns.rcode.SERVFAIL)
            return
        if not name.is_subdomain(self._zone):
            response.set_rcode(dns.rcode.REFUSED)
            return
        response.flags |= dns.flags.AA
        found = self._record(name, question.rdtype)
        if found is not None:
            response.answer.append(dns.rrset.from_text(name, _TTL, "IN", question.rdtype, found))
            return
        if name != self._zone and name not in self._hosts:
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(dns.rrset.from_text(self._zone, _TTL, "IN", "SOA", self._soa()))

    def _record(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> str | None:
        if kind == dns.rdatatype.A and name in self._hosts:
            return "127.33.255.1" if self.kind is Kind.WRONG else self._hosts[name]
        if name == self._zone and kind == dns.rdatatype.SOA:
            return self._soa()
        if name == self._zone and kind == dns.rdatatype.NS:
            return f"ns1.{self._zone}"
        return None

    def _soa(self) -> str:
        return f"ns1.{self._zone} hostmaster.{self._zone} 2026010101 3600 600 604800 300"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.answer_datagram(data, addr)
