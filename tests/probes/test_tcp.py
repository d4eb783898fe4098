"""tcp: a port that accepts, and says what it should."""

from __future__ import annotations

import asyncio
import re

import pytest
from pydantic import ValidationError

from probes.base import Reason
from probes.net import Net
from probes.tcp import TcpProbe
from tests.probes.running import failed, good, late, net
from tests.servers import answering, authority, closed_port, hang, reset, say, serve

__all__ = ["net"]


def probe(port: int, **options: object) -> TcpProbe:
    return TcpProbe.model_validate({"target": f"127.0.0.1:{port}", **options})


async def test_a_port_that_accepts_is_up(net: Net) -> None:
    async with serve(hang) as port:
        outcome = await good(probe(port), net)
    assert list(outcome.phases) == ["connect"]
    assert outcome.latency == outcome.phases["connect"]
    assert outcome.facts == {"ip": "127.0.0.1", "ip_family": 4}


async def test_a_closed_port_is_refused(net: Net) -> None:
    failure = await failed(probe(closed_port()), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")


async def test_a_banner_is_read_without_a_word(net: Net) -> None:
    async with serve(say(b"220 mail.example ESMTP\r\n")) as port:
        outcome = await good(probe(port, expect="220 "), net)
    assert outcome.facts["answer"] == "220 mail.example ESMTP"
    assert list(outcome.phases) == ["connect", "answer"]


async def test_what_is_sent_is_answered(net: Net) -> None:
    async with serve(answering(b"PING\r\n", b"+PONG\r\n")) as port:
        await good(probe(port, send="PING\r\n", expect="PONG", matches=r"^\+PONG"), net)


async def test_an_answer_in_pieces_is_put_together(net: Net) -> None:
    async def pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"Kabu", b"pat", b"en Con", b"toh"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read()

    async with serve(pieces) as port:
        await good(probe(port, expect="Kabupaten Contoh"), net)
        await good(probe(port, matches="^Kabupaten Contoh$"), net)


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"expect": "220"}, 'expected "220", got "421 sibuk"'),
        ({"matches": "^2"}, 'expected an answer that matches ^2, got "421 sibuk"'),
    ],
)
async def test_another_answer_is_said(net: Net, options: dict[str, str], detail: str) -> None:
    async with serve(say(b"421 sibuk\r\n")) as port:
        failure = await failed(probe(port, **options), net)
    assert (failure.reason, failure.detail) == (Reason.ASSERTION, detail)
    assert failure.partial.facts["answer"] == "421 sibuk"


async def test_no_answer_is_said(net: Net) -> None:
    async with serve(say(b"")) as port:
        failure = await failed(probe(port, expect="220"), net)
    assert failure.detail == 'expected "220", got the end of the connection'


async def test_an_endless_answer_without_it_is_too_large(net: Net) -> None:
    async with serve(say(b"a" * 2_000_000)) as port:
        failure = await failed(probe(port, expect="220"), net)
    assert failure.reason is Reason.TOO_LARGE


async def test_a_reset_is_said(net: Net) -> None:
    async with serve(reset()) as port:
        failure = await failed(probe(port, send="\r\n\r\n", expect="220"), net)
    assert failure.reason is Reason.RESET


async def test_silence_ends_at_the_deadline(net: Net) -> None:
    async with serve(hang) as port:
        trace = await late(probe(port, expect="220"), net)
    assert list(trace.phases) == ["connect", "answer"]
    assert trace.phases["answer"] == pytest.approx(0.3, abs=0.1)
    assert trace.facts["ip"] == "127.0.0.1"


async def test_tls_comes_first_if_asked(net: Net) -> None:
    async with serve(say(b"* OK IMAP4rev1\r\n"), tls=authority().good()) as port:
        outcome = await good(
            probe(port, tls=True, expect="* OK", ca_file=authority().file), net
        )  # fmt: skip
    assert list(outcome.phases) == ["connect", "tls", "answer"]
    assert outcome.facts["tls_version"] == "TLS 1.3"
    assert outcome.facts["certificate_days"] == 89


async def test_hostile_banners_are_cleaned(net: Net) -> None:
    async with serve(say(b"220 \x1b]0;x\x07\x9b2J\xff\xfe\n")) as port:
        outcome = await good(probe(port, expect="220"), net)
    assert str(outcome.facts["answer"]).isprintable()


async def test_a_name_has_its_resolving_measured(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, family: str, deadline: float) -> list[object]:
        assert (host, family) == ("portal.example", "4")
        from probes.net import literal_address

        return [literal_address("127.0.0.1")]

    monkeypatch.setattr(net, "resolve", resolve)
    async with serve(hang) as port:
        outcome = await good(TcpProbe(target=f"Portal.example:{port}", family="4"), net)
    assert list(outcome.phases) == ["resolve", "connect"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("portal.example", "no port"),
        ("portal.example:0", 'port "0" is not 1-65535'),
        ("portal.example:70000", 'port "70000" is not 1-65535'),
        ("portal.example:ssh", 'port "ssh" is not 1-65535'),
        (":80", "no host"),
        ("a b.example:80", "is no host name"),
        ("a_b.example:80", "is no host name"),
        ("tcp://a.example:80", "is no host name"),
        ("[::1:80", "bracket is not closed"),
        ("[::1]80", 'expected ":port"'),
        ("[a.example]:80", "brackets hold IPv6"),
        ("a" * 64 + ".example:80", "a host label has 64 characters, limit 63"),
        (".".join(["a" * 60] * 5) + ":80", "limit 253"),
        ("1.2.3.400:80", "four numbers of 0-255"),
    ],
)
def test_a_bad_target_says_what_to_write(target: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        TcpProbe.check_target(target)


@pytest.mark.parametrize(
    "target", ["a.example:80", "[::1]:80", "127.0.0.1:65535", "münchen.example:1"]
)
def test_good_targets_are_taken(target: str) -> None:
    TcpProbe.check_target(target)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ca_file": "/x"}, "ca_file needs TLS; fix: add tls = true"),
        ({"verify": False}, "verify needs TLS"),
        ({"matches": "(?<!a)b"}, "RE2 has no look-around"),
        ({"expect": ""}, "at least 1 character"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe(80, **options)
    assert says in str(caught.value)
