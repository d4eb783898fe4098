"""dns: one question to one server, and what it answers.

The question goes out from a socket and port of its own. Over UDP what is no answer to it (late,
forged, of another question) is not heard; a truncated answer is asked for again over TCP.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from functools import cached_property
from time import perf_counter
from typing import Literal

from pydantic import Field, model_validator

from probes.base import Fact, Options, Outcome, ProbeFailed, Reason, Trace, current_trace, safe_text
from probes.net import Address, Net, dnswire, literal_address
from probes.net.connect import failure, place
from probes.net.reach import LatencyLimit, Reach, slow, with_partial
from probes.net.targets import ascii_host, split_host_port
from probes.net.wire import Wire

RecordType = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
_MOST_READ = 1000  # answers of a kind that dnspython reads: more would hold the loop
_MOST_SHOWN = 50
_DATAGRAM = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


class Expect(Options):
    rcode: Literal["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] = Field(
        default="NOERROR", description="response code"
    )
    answers: list[str] | None = Field(
        default=None, description="exactly these answers, in any order"
    )
    contains: list[str] = Field(default=[], description="answers that must be among them")
    min_answers: int = Field(default=1, ge=0, description="answers at least, when NOERROR")


class DnsProbe(Reach):
    """A name server that answers; the target is the server, port 53 unless it is given."""

    query: str = Field(
        description="name asked for; for PTR an address will do", min_length=1, max_length=1024
    )
    record: RecordType = Field(default="A", description="record type asked for")
    transport: Literal["udp", "tcp"] = Field(default="udp", description="UDP falls back to TCP")
    recursion: bool = Field(default=True, description="whether the server is asked to recurse")
    expect: Expect = Field(default=Expect(), description="what must hold, else it is down")
    degraded: LatencyLimit = Field(
        default=LatencyLimit(), description="limits of what is still good"
    )

    @classmethod
    def check_target(cls, target: str) -> None:
        split_host_port(target, 53)

    @model_validator(mode="after")
    def _question_has_a_form(self) -> DnsProbe:
        try:
            _ = self._question
        except ValueError as error:
            shown = safe_text(self.query, 60)
            raise ValueError(f'query "{shown}" cannot be asked: {error}; fix: a name') from None
        return self

    @cached_property
    def where(self) -> tuple[str, int]:
        host, port = split_host_port(self.target, 53)
        return ascii_host(host), port

    @cached_property
    def _question(self) -> bytes:
        name = self.query
        if self.record == "PTR" and literal_address(name) is not None:
            import ipaddress

            name = ipaddress.ip_address(name).reverse_pointer
        return dnswire.question(name, self.record)

    def prepare(self) -> None:
        if self.record not in dnswire.CHEAP:
            import dns.rdata  # noqa: F401

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        trace = current_trace.get() or Trace()
        try:
            addresses = self._literal or await self._resolve(net, trace.phases)
            answer = await self._ask(addresses, trace)
            self._judge(answer, trace.facts)
        except ProbeFailed as failed:
            raise with_partial(failed, trace.phases, trace.facts, _latency(trace)) from None
        latency = _latency(trace)
        return Outcome(
            trace.facts, trace.phases, latency, None, slow(self.degraded.latency, latency or 0.0)
        )

    # ---- asking ----

    def _packet(self) -> bytes:
        return dnswire.query(os.urandom(2), self._question, recursion=self.recursion)

    async def _ask(self, addresses: Sequence[Address], trace: Trace) -> bytes:
        if self.transport == "udp":
            answer = await self._udp(addresses, trace)
            if not dnswire.is_truncated(answer):
                return answer
            try:
                return await self._tcp(addresses, trace)
            except ProbeFailed as failed:
                failed.detail = f"the answer over UDP is cut off; over TCP: {failed.detail}"
                raise
        return await self._tcp(addresses, trace)

    async def _udp(self, addresses: Sequence[Address], trace: Trace) -> bytes:
        """From a new socket, so that its port is as hard to guess as the number."""
        port = self.where[1]
        loop = asyncio.get_running_loop()
        packet = self._packet()
        done: asyncio.Future[tuple[bytes | OSError, float]] = loop.create_future()
        sock, address = _connected(addresses, port)
        _reached(address, trace)

        def readable() -> None:
            data: bytes | OSError
            try:
                data = sock.recv(65_535)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                data = error
            if not done.done() and (isinstance(data, OSError) or dnswire.is_answer(data, packet)):
                done.set_result((data, perf_counter()))

        began, ended = perf_counter(), 0.0
        try:
            loop.add_reader(sock.fileno(), readable)
            sock.send(packet)
            data, ended = await done
        except OSError as error:
            data = error
        finally:
            trace.phases["request"] = (ended or perf_counter()) - began
            loop.remove_reader(sock.fileno())
            sock.close()
        if isinstance(data, OSError):
            raise failure(data, f"by {place(address, port)}")
        return data

    async def _tcp(self, addresses: Sequence[Address], trace: Trace) -> bytes:
        before = trace.phases.pop("request", 0.0)
        talk = _Talk(addresses, self.where[1], self._packet())
        try:
            await talk.run()
        finally:
            phases = talk.phases()
            trace.phases |= phases
            if talk.open_since or before:
                asked = talk.finished - talk.open_since if talk.open_since else 0.0
                trace.phases["request"] = before + asked
            if talk.address is not None:
                _reached(talk.address, trace)
        return talk.answer

    # ---- judging ----

    def _judge(self, data: bytes, facts: dict[str, Fact]) -> None:
        try:
            answer = dnswire.read(data)
            facts["rcode"] = answer.rcode
            facts["authoritative"] = answer.authoritative
            facts["truncated"] = answer.truncated
            facts["answer_count"] = answer.answer_count
            facts["authority_count"] = answer.authority_count
            facts["additional_count"] = answer.additional_count
            if (serial := dnswire.serial(answer)) is not None:
                facts["serial"] = serial
            kind = dnswire.TYPES[self.record]
            found = [r for r in answer.records if r.answers and r.kind == kind]
            most = len(found) if self.record in dnswire.CHEAP else _MOST_READ
            texts = [dnswire.text(answer, record) for record in found[:most]]
        except dnswire.Unreadable as error:
            text = f"the answer cannot be read: {safe_text(str(error), 120)}"
            raise ProbeFailed(Reason.PROTOCOL, text) from None
        facts["answers"] = [safe_text(text, 255) for text in sorted(texts)[:_MOST_SHOWN]]
        wrong = self._wrong(answer.rcode, len(found), texts)
        if wrong is not None:
            raise ProbeFailed(Reason.ASSERTION, wrong)

    def _wrong(self, rcode: str, count: int, texts: Sequence[str]) -> str | None:
        expect = self.expect
        if rcode != expect.rcode:
            return f"expected {expect.rcode}, got {rcode}"
        if expect.answers is not None or expect.contains:
            got = {self._plain(text) for text in texts}
            if expect.answers is not None and got != {self._plain(a) for a in expect.answers}:
                return f"expected {_listed(expect.answers)}, got {_listed(texts)}"
            missing = [one for one in expect.contains if self._plain(one) not in got]
            if missing:
                return f"expected {_listed(missing)}, got {_listed(texts)}"
        least = expect.min_answers
        if expect.answers is None and rcode == "NOERROR" and count < least:
            answers = "an answer" if least == 1 else f"at least {least} answers"
            return f"expected {answers}, got {count or 'none'}"
        return None

    def _plain(self, text: str) -> str:
        """What is the same looks the same: names have no case and end in a dot or not."""
        if self.record == "TXT":
            return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
        if self.record == "AAAA":
            with contextlib.suppress(OSError):
                packed = socket.inet_pton(socket.AF_INET6, text)
                return socket.inet_ntop(socket.AF_INET6, packed)
        return " ".join(word.removesuffix(".") for word in text.lower().split())


class _Talk(Wire):
    """One question and its answer over TCP, each behind its length."""

    __slots__ = ("_got", "_packet", "answer")

    def __init__(self, addresses: Sequence[Address], port: int, packet: bytes) -> None:
        super().__init__(addresses, port)
        self._packet = packet
        self._got = bytearray()
        self.answer = b""

    def opened(self) -> None:
        self.write(len(self._packet).to_bytes(2, "big") + self._packet)

    def received(self, data: bytes) -> None:
        self._got += data
        if len(self._got) < 2 or len(self._got) < (size := self._size()) + 2:
            return
        self.answer = bytes(self._got[2 : size + 2])
        if dnswire.is_answer(self.answer, self._packet):
            self.finish()
        else:
            self.finish(ProbeFailed(Reason.PROTOCOL, "the answer is to another question"))

    def ended(self) -> None:
        text = "the server closed in the middle of its answer" if self._got else (
            "the server closed without an answer"
        )  # fmt: skip
        self.finish(ProbeFailed(Reason.INCOMPLETE, text))

    def _size(self) -> int:
        return int.from_bytes(self._got[:2], "big")


def _connected(addresses: Sequence[Address], port: int) -> tuple[socket.socket, Address]:
    """To the first address; to one of the other family if there is no way to the first."""
    first = addresses[0]
    other = next((each for each in addresses if each.family != first.family), first)
    try:
        return _datagrams(first, port), first
    except OSError as error:
        if other is first:
            raise failure(error, f"connecting to {place(first, port)}") from None
    try:
        return _datagrams(other, port), other
    except OSError as error:
        raise failure(error, f"connecting to {place(other, port)}") from None


def _datagrams(address: Address, port: int) -> socket.socket:
    sock = socket.socket(address.family, _DATAGRAM)
    try:
        sock.connect((address.host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _reached(address: Address, trace: Trace) -> None:
    trace.facts["ip"], trace.facts["ip_family"] = address.host, address.version


def _latency(trace: Trace) -> float | None:
    """Of the server; how long its own name took to resolve is not its fault."""
    spent = [trace.phases[name] for name in ("connect", "request") if name in trace.phases]
    return sum(spent) if spent else None


def _listed(texts: Sequence[str]) -> str:
    shown = ", ".join(safe_text(text, 80) for text in sorted(texts)[:5])
    return f"{shown} …" if len(texts) > 5 else shown or "nothing"
