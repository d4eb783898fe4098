"""HTTP/2 and proxies: the same questions and answers over httpx's transport."""

from __future__ import annotations

import asyncio
import ssl

import h2.config
import h2.connection
import h2.events
import pytest
from pydantic import ValidationError

from probes.base import Reason, Secret
from probes.http import HttpProbe
from probes.net import Net, stock
from tests.probes.running import failed, good, late, net
from tests.servers import Site, answer, authority, closed_port, endless, hang, response, serve

__all__ = ["net"]

stock.prepare()  # as a probe's own prepare does, before there is a loop to block


async def speak_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers every request with "halo"."""
    talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    talk.initiate_connection()
    writer.write(talk.data_to_send())
    while data := await reader.read(65_536):
        for event in talk.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                talk.send_headers(event.stream_id, [(":status", "200"), ("x-via", "dua")])
                talk.send_data(event.stream_id, b"halo", end_stream=True)
        writer.write(talk.data_to_send())
        await writer.drain()


def http2_context() -> ssl.SSLContext:
    context = authority().good()
    context.set_alpn_protocols(["h2"])
    return context


def probe(target: str, **options: object) -> HttpProbe:
    given = {"ca_file": authority().file} if target.startswith("https") else {}
    return HttpProbe.model_validate({"target": target, **given, **options})


async def test_http2_is_spoken_and_measured(net: Net) -> None:
    async with serve(speak_http2, tls=http2_context()) as port:
        outcome = await good(
            probe(f"https://127.0.0.1:{port}/", http2=True,
                  expect={"contains": "halo", "header": {"X-Via": "dua"}}), net,
        )  # fmt: skip
    assert outcome.facts["http_version"] == "2"
    assert outcome.facts["tls_version"] == "TLS 1.3"
    assert outcome.facts["certificate_days"] == 89
    assert list(outcome.phases) == ["connect", "tls", "processing", "transfer"]
    assert outcome.latency == pytest.approx(sum(outcome.phases.values()))


async def test_http2_leaves_the_other_probes_their_protocol(net: Net) -> None:
    """httpx writes what it offers into the context it is given."""
    context = authority().good()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with serve(answer(b"halo"), tls=context) as port:
        await failed(probe(f"https://127.0.0.1:{port}/", http2=True), net)
        outcome = await good(probe(f"https://127.0.0.1:{port}/"), net)
    assert outcome.facts["http_version"] == "1.1"


async def test_a_proxy_is_asked_for_the_whole_address(net: Net) -> None:
    site = Site({"http://portal.example/a": response(b"lewat")})
    async with serve(site) as port:
        outcome = await good(
            probe("http://portal.example/a", proxy=f"http://127.0.0.1:{port}",
                  expect={"contains": "lewat"}), net,
        )  # fmt: skip
    assert site.requests[0].startswith("GET http://portal.example/a HTTP/1.1")
    assert "ip" not in outcome.facts
    assert list(outcome.phases) == ["connect", "processing", "transfer"]


async def test_a_proxy_that_refuses_is_on_the_way_and_not_the_target(net: Net) -> None:
    async with serve(answer(status=407)) as port:
        failure = await failed(
            probe("https://portal.example/", proxy=f"http://127.0.0.1:{port}"), net
        )
    assert failure.blame == "path"


@pytest.mark.parametrize("kind", ["refused", "certificate", "too_large", "incomplete"])
async def test_failures_have_their_reasons(net: Net, kind: str) -> None:
    script = endless(b"HTTP/1.1 200 OK\r\n\r\n") if kind == "too_large" else answer(b"x", length=9)
    context = authority().expired() if kind == "certificate" else authority().good()
    async with serve(script, tls=context) as port:
        port = closed_port() if kind == "refused" else port
        failure = await failed(probe(f"https://127.0.0.1:{port}/", http2=True), net)
    assert failure.reason is Reason(kind)


async def test_silence_ends_at_the_deadline(net: Net) -> None:
    async with serve(hang, tls=authority().good()) as port:
        trace = await late(probe(f"https://127.0.0.1:{port}/", http2=True), net, 0.5)
    assert "connect" in trace.phases


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"proxy": "127.0.0.1:3128"}, 'no proxy; fix: write "http://host:port"'),
        ({"proxy": "http://user:pass@127.0.0.1:3128"}, "is a secret"),
        ({"http2": True}, "http2 needs https"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe("http://portal.example/", **options)
    assert says in str(caught.value)


def test_a_proxy_with_a_password_is_taken_as_a_secret() -> None:
    made = probe("http://portal.example/", proxy=Secret("http://user:rahasia@127.0.0.1:3128"))
    assert "rahasia" not in repr(made)
