"""dns: one question to one server, and what it answers.

The question is put together by hand and asked from a socket and port of its own; the answer is
read by dnspython, imported at the first one.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from probes.base import (
    Fact,
    Options,
    Outcome,
    Probe,
    ProbeFailed,
    Reason,
    Seconds,
    Trace,
    current_trace,
    safe_text,
)
from probes.net import Address, Net
from probes.net.connect import connect, failure
from probes.net.targets import ascii_host, split_host_port

RecordType = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
_TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "SRV": 33, "CAA": 257,
}  # fmt: skip
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
_MOST_ANSWERS = 50  # of thousands: enough to compare and to show
_TRUNCATED, _ANSWER, _AUTHORITATIVE, _RECURSE = 0x0200, 0x8000, 0x0400, 0x0100


class Expect(Options):
    rcode: Literal["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] = Field(
        default="NOERROR", description="response code"
    )
    answers: list[str] | None = Field(
        default=None, description="exactly these answers, in any order"
    )
    contains: list[str] = Field(default=[], description="answers that must be among them")
    min_answers: int = Field(default=1, ge=0, description="answers at least, when NOERROR")


class Limits(Options):
    latency: Seconds | None = Field(default=None, description="slower than this is degraded")


class DnsProbe(Probe):
    """A name server that answers; the target is the server, port 53 unless it is given."""

    query: str = Field(description="name asked for")
    record: RecordType = Field(default="A", description="record type asked for")
    transport: Literal["udp", "tcp"] = Field(default="udp", description="UDP falls back to TCP")
    recursion: bool = Field(default=True, description="whether the server is asked to recurse")
    family: Literal["4", "6", "any"] = Field(default="any", description="IP version")
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: Limits = Field(default=Limits(), description="limits of what is still good")

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 53)

    @field_validator("query")
    @classmethod
    def _query(cls, value: str) -> str:
        encode_name(value)
        return value

    def prepare(self) -> None:
        import dns.message
        import dns.rdtypes.ANY.SOA
        import dns.rdtypes.IN.A  # noqa: F401

    @cached_property
    def _where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 53)
        return ascii_host(host), port

    @cached_property
    def _question(self) -> bytes:
        return encode_name(self.query) + struct.pack("!HH", _TYPES[self.record], 1)

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        host, port = self._where
        began = time.perf_counter()
        address = (await net.resolve(host, self.family))[0]
        trace.phases["resolve"] = time.perf_counter() - began
        trace.facts["ip"], trace.facts["ip_family"] = address.host, address.version
        answer = await self._ask(address, port, trace)
        self._read(answer, trace.facts)
        self._judge(trace.facts)
        latency = trace.phases["request"]
        limit = self.degraded.latency
        slow = limit is not None and latency > limit
        return Outcome(
            facts=trace.facts,
            phases=trace.phases,
            latency=latency,
            degraded=f"expected within {limit:g} s, took {latency:.3f} s" if slow else None,
        )

    async def _ask(self, address: Address, port: int, trace: Trace) -> bytes:
        began = time.perf_counter()
        if self.transport == "udp":
            answer = await self._udp(address, port)
            trace.phases["request"] = time.perf_counter() - began
            truncated = bool(struct.unpack_from("!H", answer, 2)[0] & _TRUNCATED)
            trace.facts["truncated"] = truncated
            if not truncated:
                return answer
        answer = await self._tcp(address, port, trace)
        trace.phases["request"] = time.perf_counter() - began - trace.phases["connect"]
        return answer

    def _packet(self) -> bytes:
        flags = _RECURSE if self.recursion else 0
        return struct.pack("!6H", secrets.randbelow(65536), flags, 1, 0, 0, 0) + self._question

    async def _udp(self, address: Address, port: int) -> bytes:
        """From a new socket, so that the port is as hard to guess as the number."""
        loop = asyncio.get_running_loop()
        packet = self._packet()
        try:
            sock = socket.socket(address.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            raise failure(error, "opening a socket") from None
        done: asyncio.Future[bytes] = loop.create_future()

        def readable() -> None:
            try:
                data = sock.recv(65535)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if not done.done():
                    done.set_exception(failure(error, f"by {address.host} port {port}"))
                return
            # What is no answer to this question (late, forged) is not waited for any less.
            if not done.done() and _answers(data, packet, self._question):
                done.set_result(data)

        try:
            sock.connect((address.host, port))
            loop.add_reader(sock.fileno(), readable)
            try:
                sock.send(packet)
                return await done
            finally:
                loop.remove_reader(sock.fileno())
        except OSError as error:
            raise failure(error, f"by {address.host} port {port}") from None
        finally:
            sock.close()

    async def _tcp(self, address: Address, port: int, trace: Trace) -> bytes:
        began = time.perf_counter()
        connected = await connect([address], port)
        trace.phases["connect"] = connected.at - began
        try:
            reader, writer = await asyncio.open_connection(sock=connected.sock)
        except BaseException:
            connected.sock.close()
            raise
        packet = self._packet()
        try:
            writer.write(struct.pack("!H", len(packet)) + packet)
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            data = await reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise ProbeFailed(Reason.INCOMPLETE, "the server closed without an answer") from None
        except OSError as error:
            raise failure(error, f"by {address.host} port {port}") from None
        finally:
            writer.transport.abort()
        if not _answers(data, packet, self._question):
            raise ProbeFailed(Reason.PROTOCOL, "the answer is to another question")
        return data

    def _read(self, data: bytes, facts: dict[str, Fact]) -> None:
        import dns.exception
        import dns.message
        import dns.rdatatype

        _, flags, _, answers, authority, additional = struct.unpack_from("!6H", data)
        code = flags & 15
        facts["rcode"] = _RCODES[code] if code < len(_RCODES) else f"RCODE{code}"
        facts["authoritative"] = bool(flags & _AUTHORITATIVE)
        facts["answer_count"] = answers
        facts["authority_count"] = authority
        facts["additional_count"] = additional
        try:
            message = dns.message.from_wire(data, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError, struct.error) as error:
            text = f"the answer cannot be read: {safe_text(str(error), 120)}"
            raise ProbeFailed(Reason.PROTOCOL, text) from None
        wanted = dns.rdatatype.from_text(self.record)
        found = [
            safe_text(record.to_text(), 255)
            for rrset in message.answer
            if rrset.rdtype == wanted
            for record in list(rrset)[:_MOST_ANSWERS]
        ]
        facts["answers"] = sorted(found)[:_MOST_ANSWERS]
        for rrset in (*message.answer, *message.authority):
            if rrset.rdtype == dns.rdatatype.SOA:
                facts["serial"] = int(rrset[0].serial)

    def _judge(self, facts: Mapping[str, Fact]) -> None:
        expect = self.expect
        if facts["rcode"] != expect.rcode:
            text = f"expected {expect.rcode}, got {facts['rcode']}"
            raise ProbeFailed(Reason.ASSERTION, text)
        got = facts["answers"]
        assert isinstance(got, list)
        shown = ", ".join(got[:5]) or "nothing"
        if expect.answers is not None:
            wanted = {_plain(answer) for answer in expect.answers}
            if wanted != {_plain(answer) for answer in got}:
                text = f"expected {', '.join(sorted(expect.answers))}, got {shown}"
                raise ProbeFailed(Reason.ASSERTION, text)
        elif expect.rcode == "NOERROR" and len(got) < expect.min_answers:
            text = f"expected at least {expect.min_answers} answers, got {len(got)}"
            raise ProbeFailed(Reason.ASSERTION, text)
        missing = [one for one in expect.contains if _plain(one) not in map(_plain, got)]
        if missing:
            raise ProbeFailed(Reason.ASSERTION, f"expected {', '.join(missing)}, got {shown}")


def encode_name(name: str) -> bytes:
    """A name in the form of the wire; ValueError for one that has none."""
    plain = name.rstrip(".")
    try:
        labels = (
            [
                label.encode("ascii") if label.isascii() else label.encode("idna")
                for label in plain.split(".")
            ]
            if plain
            else []
        )
    except UnicodeError:
        raise ValueError(f'"{safe_text(name, 60)}" is no name') from None
    if any(not 1 <= len(label) <= 63 for label in labels):
        raise ValueError(f'"{safe_text(name, 60)}" has a label that is empty or over 63 long')
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    if len(wire) > 255:
        raise ValueError(f"the name has {len(wire)} bytes, limit 255")
    return wire


def _answers(data: bytes, packet: bytes, question: bytes) -> bool:
    """Whether this is an answer to that packet: number, question, and that it is one."""
    return (
        len(data) >= 12 + len(question)
        and data[:2] == packet[:2]
        and bool(data[2] & 0x80)
        and data[12 : 12 + len(question)].lower() == question.lower()
    ) or (
        len(data) >= 12 and data[:2] == packet[:2] and bool(data[2] & 0x80) and data[4:6] == b"\0\0"
    )


def _plain(answer: str) -> str:
    return answer.rstrip(".").lower()
