"""tls: every way a certificate can be wrong has its own words; stalls name their phase."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.base import Reason
from probes.net import Net
from probes.tls import TlsProbe
from tests.probes.running import failed, good, late, net
from tests.servers import Authority, authority, closed_port, hang, say, serve

__all__ = ["net"]


def probe(port: int, **options: object) -> TlsProbe:
    given = {"target": f"127.0.0.1:{port}", "ca_file": authority().file, **options}
    return TlsProbe.model_validate({k: v for k, v in given.items() if v is not None})


async def test_a_good_handshake_tells_everything(net: Net) -> None:
    async with serve(hang, tls=authority().good(days=30)) as port:
        outcome = await good(probe(port), net)
    facts = dict(outcome.facts)
    assert list(outcome.phases) == ["connect", "tls"]
    assert outcome.latency == pytest.approx(sum(outcome.phases.values()))
    assert facts.pop("tls_cipher") in {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}
    assert re.fullmatch(r"[0-9a-f]{64}", str(facts.pop("certificate_fingerprint")))
    assert "trustme" in str(facts.pop("certificate_subject"))
    assert "trustme" in str(facts.pop("certificate_issuer"))
    expires = dt.datetime.fromisoformat(str(facts.pop("certificate_expires")))
    assert expires > dt.datetime.now(dt.UTC) + dt.timedelta(days=29)
    assert "T" in str(facts.pop("certificate_starts"))
    assert facts == {
        "ip": "127.0.0.1",
        "ip_family": 4,
        "tls_version": "TLS 1.3",
        "certificate_days": 29,
        "certificate_sans": ["127.0.0.1", "localhost"],
    }


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Authority.expired, "certificate has expired: it ended on "),
        (Authority.not_yet_valid, "certificate is not yet valid: it starts on "),
        (Authority.self_signed, "certificate is self-signed"),
        (Authority.wrong_host, 'another address: expected "127.0.0.1", got lain.example'),
        (Authority.unknown, "certificate is signed by an unknown authority"),
    ],
)
async def test_a_wrong_certificate_has_its_own_words_and_its_facts(
    net: Net, make: Callable[[Authority], ssl.SSLContext], says: str
) -> None:
    async with serve(hang, tls=make(authority())) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (Reason.CERTIFICATE, "target")
    assert says in failure.detail
    assert list(failure.partial.phases) == ["connect", "tls"]
    facts = failure.partial.facts
    assert {"certificate_expires", "certificate_days", "certificate_fingerprint"} <= set(facts)
    if make is Authority.expired:
        assert facts["certificate_days"] == -4


async def test_another_name_is_said_for_a_host(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(hang, tls=authority().good("lain.example", "b.example")) as port:
        failure = await failed(probe(port, server_name="portal.example"), net)
    assert (
        failure.detail
        == 'certificate is for another host: expected "portal.example", got lain.example, b.example'
    )


@pytest.mark.parametrize(
    "make", [Authority.expired, Authority.self_signed, Authority.wrong_host, Authority.unknown]
)
async def test_without_verification_the_certificate_is_read_all_the_same(
    net: Net, make: Callable[[Authority], ssl.SSLContext]
) -> None:
    async with serve(hang, tls=make(authority())) as port:
        outcome = await good(probe(port, verify=False, ca_file=None), net)
        failure = await failed(
            probe(port, verify=False, ca_file=None, expect={"certificate_days": 400_000}), net
        )
    assert "certificate_expires" in outcome.facts
    assert failure.reason is Reason.CERTIFICATE


async def test_the_name_asked_for_is_the_one_configured(net: Net) -> None:
    asked: list[str | None] = []
    context = authority().good("portal.example")
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    async with serve(hang, tls=context) as port:
        await good(probe(port, server_name="portal.example"), net)
    assert asked == ["portal.example"]


async def test_expectations_of_the_handshake(net: Net) -> None:
    context = authority().good(days=10)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serve(hang, tls=context) as port:
        short = await failed(probe(port, expect={"certificate_days": 14}), net)
        old = await failed(probe(port, expect={"tls_min": "1.3"}), net)
        other = await failed(probe(port, expect={"fingerprint": "AB:" * 31 + "AB"}), net)
        outcome = await good(probe(port, degraded={"certificate_days": 14}), net)
        pinned = str(outcome.facts["certificate_fingerprint"])
        await good(probe(port, expect={"fingerprint": pinned, "tls_min": "1.2"}), net)
    assert short.reason is Reason.CERTIFICATE
    assert short.detail.startswith("expected a certificate valid for 14 days, got 9 (until ")
    assert (old.reason, old.detail) == (
        Reason.ASSERTION,
        "expected TLS 1.3 or later, got TLS 1.2",
    )
    assert other.reason is Reason.CERTIFICATE
    assert other.detail == f"expected the certificate {'ab' * 32}, got {pinned}"
    assert outcome.degraded is not None


async def test_old_tls_is_not_spoken_unless_it_is_allowed(net: Net) -> None:
    context = authority().good()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serve(hang, tls=context) as port:
        failure = await failed(probe(port), net)
        outcome = await good(probe(port, expect={"tls_min": "1.0"}), net)
    assert failure.reason is Reason.TLS
    assert outcome.facts["tls_version"] == "TLS 1.1"


async def test_a_server_that_hangs_up_over_the_ciphers_is_said(net: Net) -> None:
    context = authority().good()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # for a key that is not RSA
    async with serve(hang, tls=context) as port:  # Python's server hangs up without its alert
        failure = await failed(probe(port), net)
    assert failure.reason is Reason.TLS
    assert failure.detail == "connection closed during the TLS handshake"


async def test_a_wanted_client_certificate_is_shown(net: Net, tmp_path: Path) -> None:
    context = authority().good()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority().file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    chain, key = authority().client(tmp_path)
    async with serve(hang, tls=context) as port:
        failure = await failed(probe(port), net)
        await good(probe(port, cert_file=chain, key_file=key), net)
    assert failure.reason is Reason.TLS


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "tls", "TLS handshake failed: the answer is not TLS"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "tls", "nothing in common (alert: handshake failure)"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "tls", "the server's own fault"),
        (b"\x16\x03\x03\xff\xff" + b"a" * 70_000, "tls", "TLS handshake failed"),
        (b"", "tls", "connection closed during the TLS handshake"),
    ],
)
async def test_a_broken_handshake_is_tls_and_named(
    net: Net, said: bytes, reason: str, detail: str
) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        await reader.read(1000)
        writer.write(said)
        await writer.drain()

    async with serve(script) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (reason, "target")
    assert detail in failure.detail
    assert list(failure.partial.phases) == ["connect", "tls"]


@pytest.mark.parametrize("half", [False, True])
async def test_a_stalled_handshake_ends_at_the_deadline_in_its_phase(net: Net, half: bool) -> None:
    script = say(b"\x16\x03\x03\x00\x7a\x02\x00") if half else hang

    async def stalled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await script(reader, writer)
        await hang(reader, writer)

    async with serve(stalled) as port:
        trace = await late(probe(port), net)
    assert list(trace.phases) == ["connect", "tls"]
    assert trace.phases["tls"] == pytest.approx(0.3, abs=0.1)


async def test_a_closed_port_is_refused(net: Net) -> None:
    assert (await failed(probe(closed_port()), net)).reason is Reason.REFUSED


async def test_a_ca_file_that_vanished_is_our_own_fault(net: Net, tmp_path: Path) -> None:
    async with serve(hang, tls=authority().good()) as port:
        failure = await failed(probe(port, ca_file=tmp_path / "weg.pem"), net)
    assert (failure.reason, failure.blame) == (Reason.ERROR, "self")


async def test_equal_options_share_a_context(net: Net) -> None:
    async with serve(hang, tls=authority().good()) as port:
        for _ in range(3):
            await good(probe(port), net)
        await good(probe(port, verify=False, ca_file=None), net)
    assert len(net.tls._made) == 2


async def test_the_environment_chooses_no_authorities(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority().file))
    async with serve(hang, tls=authority().good()) as port:
        failure = await failed(probe(port, ca_file=None), net)
    assert failure.reason is Reason.CERTIFICATE


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"expect": {"fingerprint": "abc"}}, "no SHA-256 fingerprint"),
        ({"expect": {"tls_min": "1.4"}}, "'1.0', '1.1', '1.2' or '1.3'"),
        ({"expect": {"certificate_days": -1}}, "greater than or equal to 0"),
        ({"degraded": {"latency": 3}}, "expected text"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe(443, **options)
    assert says in str(caught.value)


def test_the_port_is_443_unless_given() -> None:
    assert TlsProbe(target="portal.example").where == ("portal.example", 443)
    assert TlsProbe(target="[::1]:8443").where == ("::1", 8443)
    assert TlsProbe(target="::1").where == ("::1", 443)
