"""The bytes of DNS: a question put together by hand, an answer walked through.

What a record holds is read here for addresses and serials; the text of richer ones is
dnspython's, imported at the first of them. Nothing a server sends is followed: a name is
skipped, never chased, so that no pointer makes a loop.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "SRV": 33, "CAA": 257,
}  # fmt: skip
CHEAP = frozenset({"A", "AAAA", "TXT"})  # kinds read without dnspython
_RCODES = (
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
    "NXRRSET", "NOTAUTH", "NOTZONE",
)  # fmt: skip
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_RESPONSE, _OPCODE, _AUTHORITATIVE, _TRUNCATED, _RECURSE = 0x8000, 0x7800, 0x0400, 0x0200, 0x0100
_IN = 1


class Unreadable(Exception):
    """The bytes are no message."""


class Record(NamedTuple):
    """Where a record lies in its message; `answers` says in which part."""

    answers: bool
    kind: int
    at: int
    size: int


class Answer(NamedTuple):
    """A message; its records are those of the answer and authority parts."""

    wire: bytes
    rcode: str
    authoritative: bool
    truncated: bool
    answer_count: int
    authority_count: int
    additional_count: int
    records: list[Record]


def encode_name(name: str) -> bytes:
    """A name in the form of the wire; ValueError for one that has none."""
    plain = name.removesuffix(".")
    wire = b""
    for label in plain.split(".") if plain else ():
        try:
            part = label.encode("ascii") if label.isascii() else label.encode("idna")
        except UnicodeError:
            raise ValueError("it has a label that is no name") from None
        if not 1 <= len(part) <= 63:
            raise ValueError("it has a label that is empty or longer than 63")
        wire += bytes([len(part)]) + part
    if len(wire) > 254:
        raise ValueError(f"it has {len(wire) + 1} bytes, limit 255")
    return wire + b"\0"


def question(name: str, record: str) -> bytes:
    return encode_name(name) + struct.pack("!HH", TYPES[record], _IN)


def query(identifier: bytes, asked: bytes, *, recursion: bool) -> bytes:
    """`identifier` is two bytes nobody can guess."""
    flags = _RECURSE if recursion else 0
    return identifier + struct.pack("!5H", flags, 1, 0, 0, 0) + asked


def is_answer(data: bytes, asked: bytes) -> bool:
    """Whether this answers that query: number, question, and that it is an answer at all.

    A server that could not even read the question leaves it away, and says so.
    """
    if len(data) < _HEADER.size or data[:2] != asked[:2]:
        return False
    _, flags, questions, *_ = _HEADER.unpack_from(data)
    if not flags & _RESPONSE or flags & _OPCODE:
        return False
    if not questions:
        return bool(flags & 15)
    wanted = asked[_HEADER.size :]
    return data[_HEADER.size : _HEADER.size + len(wanted)].lower() == wanted.lower()


def is_truncated(data: bytes) -> bool:
    return bool(data[2] << 8 & _TRUNCATED)


def read(data: bytes) -> Answer:
    """Raises Unreadable."""
    try:
        _, flags, questions, answers, authority, additional = _HEADER.unpack_from(data)
        at = _HEADER.size
        for _ in range(questions):
            at = _skip_name(data, at) + 4
        records = []
        for number in range(answers + authority):
            at = _skip_name(data, at)
            kind, kind_of_network, _, size = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            if at + size > len(data):
                raise Unreadable("a record is longer than the message")
            if kind_of_network == _IN:
                records.append(Record(number < answers, kind, at, size))
            at += size
    except (IndexError, struct.error):
        raise Unreadable("it ends in the middle") from None
    code = flags & 15
    return Answer(
        data,
        _RCODES[code] if code < len(_RCODES) else f"RCODE{code}",
        bool(flags & _AUTHORITATIVE),
        bool(flags & _TRUNCATED),
        answers,
        authority,
        additional,
        records,
    )


def text(answer: Answer, record: Record) -> str:
    """What a record holds, as in a zone file; TXT without its quotes. Raises Unreadable."""
    _, kind, at, size = record
    data = answer.wire[at : at + size]
    if kind == TYPES["A"] and size == 4:
        return socket.inet_ntoa(data)
    if kind == TYPES["AAAA"] and size == 16:
        return socket.inet_ntop(socket.AF_INET6, data)
    if kind == TYPES["TXT"]:
        return _joined(data).decode("utf-8", "replace")
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    of_kind = dns.rdatatype.RdataType.make(kind)
    try:
        found = dns.rdata.from_wire(dns.rdataclass.IN, of_kind, answer.wire, at, size)
        return found.to_text()
    except (dns.exception.DNSException, ValueError) as error:
        raise Unreadable(str(error)) from None


def serial(answer: Answer) -> int | None:
    """Of the zone, where a SOA tells."""
    for record in answer.records:
        if record.kind == TYPES["SOA"]:
            try:
                at = _skip_name(answer.wire, _skip_name(answer.wire, record.at))
                return int(struct.unpack_from("!I", answer.wire, at)[0])
            except (IndexError, struct.error):
                return None
    return None


def _skip_name(data: bytes, at: int) -> int:
    """Where the name that begins there ends."""
    while length := data[at]:
        if length >= 0xC0:
            return at + 2
        if length > 63:
            raise Unreadable("a label is longer than 63")
        at += 1 + length
    return at + 1


def _joined(data: bytes) -> bytes:
    """The strings of a TXT record as one."""
    parts, at = [], 0
    while at < len(data):
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts)
