"""http: what passes, what fails and why, and what a hostile target cannot do."""

from __future__ import annotations

import gzip
import re
import resource
import zlib

import pytest
from pydantic import ValidationError

from probes.base import ProbeFailed, Reason, Secret
from probes.http import HttpProbe
from probes.net import Net
from tests.probes.running import failed, good, late, net
from tests.servers import (
    Script,
    Site,
    answer,
    answering,
    authority,
    close,
    closed_port,
    drip,
    endless,
    hang,
    raw,
    redirect,
    reset,
    response,
    say,
    serve,
)

__all__ = ["net"]

HEAD = b"HTTP/1.1 200 OK\r\n"
BIG = b"a" * 65_536


def probe(port: int, path: str = "/", **options: object) -> HttpProbe:
    return HttpProbe.model_validate({"target": f"http://127.0.0.1:{port}{path}", **options})


# ---- what is learnt ----


async def test_phases_come_in_order_and_add_up_to_the_latency(net: Net) -> None:
    async with serve(answer(b"halo")) as port:
        outcome = await good(probe(port), net)
    assert list(outcome.phases) == ["connect", "processing", "transfer"]
    assert outcome.latency == pytest.approx(sum(outcome.phases.values()))
    assert all(seconds >= 0 for seconds in outcome.phases.values())


async def test_facts_name_what_answered(net: Net) -> None:
    modified = {"Last-Modified": "Tue, 24 Nov 2026 12:00:00 GMT"}
    async with serve(answer(b"halo", headers=modified)) as port:
        outcome = await good(probe(port), net)
    assert outcome.facts == {
        "ip": "127.0.0.1",
        "ip_family": 4,
        "status_code": 200,
        "http_version": "1.1",
        "body_bytes": 4,
        "content_length": 4,
        "last_modified": "Tue, 24 Nov 2026 12:00:00 GMT",
    }


async def test_the_request_is_as_configured(net: Net) -> None:
    site = Site({"/a?b=c": response(b"")})
    async with serve(site) as port:
        await good(
            probe(
                port,
                "/a?b=c#fragment",
                method="POST",
                body="isi",
                headers={"X-Key": Secret("kunci"), "User-Agent": "lain"},
                auth={"user": "budi", "password": Secret("rahasia")},
            ),
            net,
        )
    head, _, body = site.requests[0].partition("\r\n\r\n")
    assert body == "isi"
    assert head.split("\r\n") == [
        "POST /a?b=c HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "X-Key: kunci",
        "User-Agent: lain",
        "Authorization: Basic YnVkaTpyYWhhc2lh",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Content-Length: 3",
        "Connection: close",
    ]


async def test_a_host_header_of_ones_own_replaces_ours(net: Net) -> None:
    site = Site({"/": response(b"")})
    async with serve(site) as port:
        await good(probe(port, headers={"Host": "portal.example"}), net)
    assert site.requests[0].count("Host:") == 1
    assert "Host: portal.example" in site.requests[0]


async def test_head_ends_with_the_headers(net: Net) -> None:
    async with serve(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")) as port:
        outcome = await good(probe(port, method="HEAD"), net)
    assert outcome.facts["content_length"] == 9000
    assert outcome.facts["body_bytes"] == 0


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"Connection: close\r\n\r\nhalo",
        b"HTTP/1.0 200 OK\r\n\r\nhalo",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nha\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 4\r\n\r\nhalo",
        b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + HEAD + b"Content-Length: 4\r\n\r\nhalo",
        HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nhalo and more than declared",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"halo"),
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"ha") + gzip.compress(b"lo"),
        HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"halo"),
        HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"halo", wbits=-15),
    ],
    ids=["to-the-end", "1.0", "chunked", "continue", "hints", "longer", "gzip", "gzips", "zlib",
         "deflate"],
)  # fmt: skip
async def test_every_framing_is_read(net: Net, said: bytes) -> None:
    async with serve(raw(said)) as port:
        outcome = await good(probe(port, expect={"contains": "halo"}), net)
    assert outcome.facts["body_bytes"] == 4


async def test_a_large_body_to_the_target_is_sent_whole(net: Net) -> None:
    site = Site({"/": response(b"")})
    async with serve(site) as port:
        await good(probe(port, method="PUT", body="x" * 3_000_000), net)
    assert site.requests[0].endswith("x" * 100)
    assert len(site.requests[0]) > 3_000_000


# ---- what is expected ----


@pytest.mark.parametrize(
    ("expect", "reason", "detail"),
    [
        ({"status": [201, "3xx"]}, "status", "expected status 201, 3xx, got 200"),
        ({"contains": "Kabupaten"}, "assertion", '"Kabupaten" in the body, got "{"a": {"b"'),
        ({"not_contains": "galat"}, "assertion", 'expected no "galat" in the body, got it'),
        ({"matches": "^x+$"}, "assertion", "expected a body that matches ^x+$"),
        ({"header": {"X-Frame-Options": "DENY"}}, "assertion", '-Options "DENY", got none'),
        ({"header": {"Server": "apache"}}, "assertion", 'header Server "apache", got "nginx/1"'),
        ({"header": {"Server": "~ ^apa"}}, "assertion", 'header Server "~ ^apa", got "nginx/1"'),
        ({"json": {"a.b[1]": 3}}, "assertion", "expected a.b[1] 3, got 2"),
        ({"json": {"a.b[1]": ">= 3"}}, "assertion", "expected a.b[1] >= 3, got 2"),
        ({"json": {"a.c": 3}}, "invalid", "expected a.c 3, got no such place"),
        ({"json": {"a.b[7]": 3}}, "invalid", "expected a.b[7] 3, got no such place"),
        ({"json": {"galat": "> 3"}}, "invalid", "expected galat > 3, but ya is no number"),
        ({"certificate_days": 14}, "invalid", "expected a certificate valid for 14 days, got none"),
        ({"tls_min": "1.2"}, "invalid", "expected TLS 1.2 or later, got no TLS"),
    ],
)  # fmt: skip
async def test_what_does_not_hold_is_said(
    net: Net, expect: dict[str, object], reason: str, detail: str
) -> None:
    body = b'{"a": {"b": [1, 2]}, "galat": "ya"}'
    async with serve(answer(body, headers={"Server": "nginx/1"})) as port:
        failure = await failed(probe(port, expect=expect), net)
    assert failure.reason == reason
    assert detail in failure.detail
    assert failure.blame == "target"
    assert failure.partial.facts["status_code"] == 200
    assert failure.partial.latency is not None


@pytest.mark.parametrize(
    "expect",
    [
        {"status": [200]},
        {"status": ["4xx", "2xx"]},
        {"contains": "Kabupaten", "not_contains": "galat", "matches": "Kab.*ten"},
        {"header": {"server": "nginx/1", "Content-Length": "> 3", "SERVER": "~ ngi"}},
        {"json": {"n": 5, "s": "Kabupaten", "t": True, "x": "null", "l[0]": "!= 3", "d.0": "~ ^v"}},
        {"json": {"n": ">= 5", "s": "!= lain", "angka": "< 11", "l[1]": "== 2"}},
    ],
)
async def test_what_holds_passes(net: Net, expect: dict[str, object]) -> None:
    body = (
        b'{"n": 5, "s": "Kabupaten", "t": true, "x": null, "l": [1, 2], "d": ["v1"], "angka": "10"}'
    )
    async with serve(answer(body, headers={"Server": "nginx/1"})) as port:
        assert (await good(probe(port, expect=expect), net)).degraded is None


async def test_without_expectations_only_2xx_is_good(net: Net) -> None:
    for status in (200, 204, 299):
        async with serve(answer(status=status)) as port:
            await good(probe(port), net)
    for status in (304, 404, 500, 503):
        async with serve(answer(status=status)) as port:
            assert (await failed(probe(port), net)).reason is Reason.STATUS


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "expected JSON"),
        (b"", "expected JSON, got an empty body"),
        (b"[" * 100_000, "expected JSON"),
        (b'{"a": 1e999}', "expected"),
        (b'{"a": "\xff"}', "expected JSON"),
    ],
)
async def test_json_that_cannot_be_read_is_invalid_and_never_passes(
    net: Net, body: bytes, says: str
) -> None:
    async with serve(answer(body)) as port:
        failure = await failed(probe(port, expect={"json": {"a": "ok"}}), net)
    assert failure.reason in (Reason.INVALID, Reason.ASSERTION)
    assert says in failure.detail


async def test_a_page_in_another_character_set_is_read(net: Net) -> None:
    headers = {"Content-Type": "text/html; charset=ISO-8859-1"}
    async with serve(answer("Café".encode("latin-1"), headers=headers)) as port:
        await good(probe(port, expect={"contains": "Café"}), net)


@pytest.mark.parametrize("charset", ["punycode", "rot13", "zip", "no-such", "unicode_escape"])
async def test_a_target_does_not_choose_what_code_reads_it(net: Net, charset: str) -> None:
    headers = {"Content-Type": f"text/html; charset={charset}"}
    async with serve(answer(b"halo", headers=headers)) as port:
        await good(probe(port, expect={"contains": "halo"}), net)


async def test_slowness_is_degraded_not_down(net: Net) -> None:
    async with serve(answer(b"")) as port:
        outcome = await good(probe(port, degraded={"latency": 0.0}), net)
    assert outcome.degraded is not None
    assert outcome.degraded.startswith("expected an answer within 0 s, got it after 0.0")


# ---- redirects ----


async def test_redirects_are_followed_and_counted(net: Net) -> None:
    site = Site(
        {
            "/": response(status=301, headers={"Location": "/b"}),
            "/b": response(status=302, headers={"Location": "c?d=%20 e"}),
            "/c?d=%20%20e": response(b"sampai"),
        }
    )
    async with serve(site) as port:
        outcome = await good(probe(port, expect={"contains": "sampai"}), net)
    assert outcome.facts["redirects"] == 2
    assert outcome.facts["final_url"] == f"http://127.0.0.1:{port}/c?d=%20%20e"
    assert list(outcome.phases) == ["connect", "processing", "transfer"]
    assert outcome.latency == pytest.approx(sum(outcome.phases.values()))


async def test_follow_0_judges_the_redirect_itself(net: Net) -> None:
    async with serve(redirect("http://192.0.2.1/")) as port:
        outcome = await good(probe(port, follow=0, expect={"status": [302]}), net)
    assert outcome.facts["status_code"] == 302


async def test_a_loop_is_down_after_the_limit(net: Net) -> None:
    site = Site({"/": response(status=302, headers={"Location": "/"})})
    async with serve(site) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (Reason.REDIRECT, "target")
    assert failure.detail == "more than 10 redirects"
    assert len(site.requests) == 11
    assert failure.partial.facts["redirects"] == 10


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("file:///etc/passwd", 'scheme "file" is not allowed'),
        ("ftp://127.0.0.1/", 'scheme "ftp" is not allowed'),
        ("javascript:alert(1)", 'scheme "javascript" is not allowed'),
        ("http://user:pass@127.0.0.1/", "credentials"),
        ("http://[::1", "redirect to nowhere"),
        ("http://127.0.0.1:99999/", "port"),
        ("http://a..b/", "redirect to nowhere"),
    ],
)
async def test_a_redirect_to_a_foreign_scheme_or_nowhere_is_down(
    net: Net, location: str, says: str
) -> None:
    async with serve(redirect(location)) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (Reason.REDIRECT, "target")
    assert says in failure.detail


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[ff02::1]",
        "[::]", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
        "100.100.100.200",
    ],
)  # fmt: skip
async def test_a_redirect_to_a_forbidden_address_is_unknown_and_not_sent(
    net: Net, host: str
) -> None:
    async with serve(redirect(f"http://{host}/latest/meta-data/")) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (Reason.POLICY, "self")


async def test_nothing_of_the_check_crosses_an_origin(net: Net) -> None:
    other = Site({"/": response(b"")})
    async with serve(other, host="127.0.0.2") as port:
        there = {"Location": f"http://127.0.0.2:{port}/", "Set-Cookie": "sesi=1; Path=/"}
        site = Site({"/": response(status=307, headers=there)})
        async with serve(site) as own:
            await good(
                probe(
                    own,
                    headers={"X-Api-Key": Secret("kunci"), "Cookie": "a=b"},
                    auth={"bearer": Secret("token")},
                ),
                net,
            )
    assert "Authorization: Bearer token" in site.requests[0]
    lines = other.requests[0].split("\r\n")
    assert [line.partition(":")[0] for line in lines if line] == [
        "GET / HTTP/1.1", "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection",
    ]  # fmt: skip


async def test_what_left_the_origin_does_not_get_the_headers_back(net: Net) -> None:
    site = Site()
    async with serve(site) as own:
        home = response(status=302, headers={"Location": f"http://127.0.0.1:{own}/pulang"})
        async with serve(Site({"/": home}), host="127.0.0.2") as port:
            away = {"Location": f"http://127.0.0.2:{port}/"}
            site.pages = {"/": response(status=302, headers=away), "/pulang": response(b"")}
            await good(probe(own, headers={"X-Api-Key": Secret("kunci")}), net)
    assert "kunci" in site.requests[0]
    assert "kunci" not in site.requests[1]


async def test_a_body_does_not_cross_an_origin(net: Net) -> None:
    async with serve(Site(), host="127.0.0.2") as port:
        script = redirect(f"http://127.0.0.2:{port}/", 307)
        async with serve(script) as own:
            failure = await failed(probe(own, method="POST", body="rahasia"), net)
    assert failure.reason is Reason.REDIRECT


async def test_post_becomes_get_and_keeps_its_headers_at_home(net: Net) -> None:
    site = Site(
        {"/": response(status=303, headers={"Location": "/hasil"}), "/hasil": response(b"")}
    )
    async with serve(site) as port:
        await good(
            probe(port, method="POST", body="a=b",
                  headers={"Content-Type": "text/plain", "X-Api-Key": "k"}), net,
        )  # fmt: skip
    assert site.requests[1].startswith("GET /hasil")
    assert "X-Api-Key: k" in site.requests[1]
    assert "Content-" not in site.requests[1]


async def test_a_cookie_set_before_a_redirect_is_sent_at_home(net: Net) -> None:
    site = Site(
        {
            "/": response(status=302, headers={"Location": "/b", "Set-Cookie": "sesi=a1; Secure"}),
            "/b": response(b""),
        }
    )
    async with serve(site) as port:
        await good(probe(port), net)
    assert "Cookie: sesi=a1\r\n" in site.requests[1]


# ---- hostile and broken targets ----


@pytest.mark.parametrize(
    ("script", "reason", "says"),
    [
        (close, "incomplete", "connection closed without an answer"),
        (raw(b"HTTP/1.1 200 OK\r\nConte"), "incomplete", "closed within the headers"),
        (answer(b"halo", length=9000), "incomplete", "within the body, after 4 of 9000 bytes"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nha"), "incomplete", "within the body"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "protocol", "chunk size"),
        (reset(), "reset", "connection reset by 127.0.0.1"),
        (reset(HEAD), "reset", "connection reset"),
        (reset(HEAD + b"Content-Length: 9\r\n\r\nha"), "reset", "connection reset"),
        (say(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol", "the answer is not HTTP"),
        (raw(b"<html>halo</html>"), "protocol", "the answer is not HTTP"),
        (raw(bytes(range(256)) * 20), "protocol", "the answer is not HTTP"),
        (raw(b"HTTP/1.1 999999 Halo\r\n\r\n"), "protocol", "status"),
        (raw(HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalo!"), "protocol", "length"),
        (raw(HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n"), "protocol", "length"),
        (answer(headers={"X-Big": "a" * 81_920}), "too_large", "more than 64 KiB of headers"),
        (answer(headers={f"X-{n}": "a" * 900 for n in range(90)}), "too_large", "of headers"),
        (endless(HEAD), "too_large", "64 KiB of headers"),
        (endless(HEAD + b"\r\n"), "too_large", "at most 1048576 bytes (max_body), got more"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + BIG + b"\r\n"),
         "too_large", "max_body"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", BIG), "too_large", "max_body"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000), "too_large", "64 KiB of headers"),
        (answer(b"halo", headers={"Content-Encoding": "gzip"}), "protocol", "not gzip"),
        (answer(gzip.compress(b"halo" * 99)[:20], headers={"Content-Encoding": "gzip"}),
         "incomplete", "gzip body ends in the middle"),
    ],
)  # fmt: skip
async def test_a_broken_target_is_down_for_the_right_reason(
    net: Net, script: Script, reason: str, says: str
) -> None:
    async with serve(script) as port:
        failure = await failed(probe(port), net)
    assert (failure.reason, failure.blame) == (reason, "target")
    assert says in failure.detail
    assert "connect" in failure.partial.phases


@pytest.mark.parametrize(
    ("script", "phases"),
    [
        (hang, ["connect", "processing"]),
        (drip(HEAD + b"X-Drip: "), ["connect", "processing", "transfer"]),
        (drip(HEAD + b"Content-Length: 100000\r\n\r\n"), ["connect", "processing", "transfer"]),
        (drip(HEAD + b"\r\n"), ["connect", "processing", "transfer"]),
        (drip(b"", b""), ["connect", "processing"]),
    ],
    ids=["silence", "headers", "body", "endless-body", "nothing"],
)
async def test_a_drip_ends_at_the_deadline(net: Net, script: Script, phases: list[str]) -> None:
    async with serve(script) as port:
        trace = await late(probe(port), net)
    assert list(trace.phases) == phases
    assert sum(trace.phases.values()) == pytest.approx(0.3, abs=0.1)
    assert trace.facts["ip"] == "127.0.0.1"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("keep", [False, True])
async def test_a_bomb_stops_at_the_bound_and_costs_no_memory(
    net: Net, coding: str, keep: bool
) -> None:
    bits = 31 if coding == "gzip" else 15
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    async with serve(answer(bomb, headers={"Content-Encoding": coding})) as port:
        one = probe(port, expect={"contains": "x"} if keep else {})
        await failed(one, net)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        failure = await failed(one, net)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert failure.reason is Reason.TOO_LARGE
    assert failure.partial.facts["body_bytes"] == 1 << 20
    assert grown < 8192  # KiB


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br"])
async def test_what_cannot_be_inflated_is_read_only_when_nobody_asks(net: Net, coding: str) -> None:
    async with serve(answer(b"halo", headers={"Content-Encoding": coding})) as port:
        await good(probe(port), net)
        failure = await failed(probe(port, expect={"contains": "halo"}), net)
    assert failure.reason is Reason.INVALID
    assert coding in failure.detail


async def test_the_body_bound_is_the_checks(net: Net) -> None:
    async with serve(answer(b"x" * 2000)) as port:
        await good(probe(port, max_body=2000), net)
        assert (await failed(probe(port, max_body=1999), net)).reason is Reason.TOO_LARGE


async def test_a_wrong_status_is_told_before_a_long_body(net: Net) -> None:
    async with serve(answer(b"x" * 2000, 500)) as port:
        assert (await failed(probe(port, max_body=9), net)).reason is Reason.STATUS


async def test_an_answer_before_the_request_was_read_counts(net: Net) -> None:
    async def early(reader: object, writer: object) -> None:
        await answering(b"PUT", response(b"terlalu besar", 413))(reader, writer)  # type: ignore[arg-type]

    async with serve(early) as port:
        failure = await failed(probe(port, method="PUT", body="x" * 8_000_000), net)
    assert failure.reason in (Reason.STATUS, Reason.RESET)


async def test_a_closed_port_is_refused(net: Net) -> None:
    failure = await failed(probe(closed_port()), net)
    assert (failure.reason, failure.blame) == (Reason.REFUSED, "target")
    assert "connection refused by 127.0.0.1" in failure.detail
    assert list(failure.partial.phases) == ["connect"]


async def test_hostile_text_is_cleaned_in_facts_and_details(net: Net) -> None:
    evil = "\x1b]52;c;aGFsbw==\x07\u202eabc"
    headers = {"Last-Modified": "x\x9b31m" + "y" * 500}
    async with serve(answer(evil.encode(), headers=headers)) as port:
        outcome = await good(probe(port), net)
        failure = await failed(probe(port, expect={"contains": "x"}), net)
    modified = str(outcome.facts["last_modified"])
    assert modified.isprintable()
    assert len(modified) <= 60
    assert failure.detail.isprintable()


# ---- https ----


async def test_https_measures_the_handshake_and_reads_the_certificate(net: Net) -> None:
    async with serve(answer(b"halo"), tls=authority().good(days=30)) as port:
        outcome = await good(
            HttpProbe.model_validate(
                {"target": f"https://127.0.0.1:{port}/", "ca_file": authority().file,
                 "expect": {"certificate_days": 14, "tls_min": "1.3", "contains": "halo"},
                 "degraded": {"certificate_days": 40}}
            ), net,
        )  # fmt: skip
    assert list(outcome.phases) == ["connect", "tls", "processing", "transfer"]
    assert outcome.facts["tls_version"] == "TLS 1.3"
    assert outcome.facts["certificate_days"] == 29
    assert outcome.facts["certificate_sans"] == ["127.0.0.1", "localhost"]
    assert outcome.degraded is not None
    assert outcome.degraded.startswith("expected a certificate valid for 40 days, got 29 (until ")


async def test_a_certificate_about_to_expire_fails_its_expectation(net: Net) -> None:
    async with serve(answer(b"halo"), tls=authority().good(days=10)) as port:
        failure = await failed(
            HttpProbe.model_validate(
                {"target": f"https://127.0.0.1:{port}/", "ca_file": authority().file,
                 "expect": {"certificate_days": 14}}
            ), net,
        )  # fmt: skip
    assert failure.reason is Reason.CERTIFICATE
    assert "expected a certificate valid for 14 days, got 9" in failure.detail
    assert failure.partial.facts["certificate_days"] == 9


async def test_the_certificate_of_every_hop_is_checked(net: Net) -> None:
    """The redirect's own certificate runs out first, though the last hop's is fine."""
    async with serve(answer(b"halo"), tls=authority().good(days=90)) as last:
        script = redirect(f"https://127.0.0.1:{last}/")
        async with serve(script, tls=authority().good(days=5)) as first:
            options = {"target": f"https://127.0.0.1:{first}/", "ca_file": authority().file}
            outcome = await good(HttpProbe.model_validate(options), net)
            failure = await failed(
                HttpProbe.model_validate({**options, "expect": {"certificate_days": 14}}), net
            )
    assert outcome.facts["certificate_days"] == 4
    assert failure.reason is Reason.CERTIFICATE


async def test_plain_http_on_a_tls_port_and_the_other_way_round(net: Net) -> None:
    async with serve(say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        failure = await failed(HttpProbe(target=f"https://127.0.0.1:{port}/"), net)
    assert failure.reason is Reason.TLS
    assert failure.detail == "TLS handshake failed: the answer is not TLS"
    async with serve(answer(b""), tls=authority().good()) as port:
        failure = await failed(probe(port), net)
    assert failure.reason in (Reason.PROTOCOL, Reason.INCOMPLETE, Reason.RESET)


async def test_a_body_over_tls_may_end_without_a_farewell(net: Net) -> None:
    async with serve(
        raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalo"), tls=authority().good()
    ) as port:
        options = {"target": f"https://127.0.0.1:{port}/", "ca_file": authority().file}
        outcome = await good(
            HttpProbe.model_validate({**options, "expect": {"contains": "halo"}}), net
        )
    assert outcome.facts["body_bytes"] == 4


# ---- options ----


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("portal.example/", 'no scheme; fix: write "https://portal.example/"'),
        ("file:///etc/passwd", 'scheme "file" is not allowed'),
        ("mailto:a@b", 'scheme "mailto" is not allowed'),
        ("http://a.example:0/", 'port "0" is not 1-65535'),
        ("http://a.example:70000/", 'port "70000" is not 1-65535'),
        ("http://a.example:ssh/", 'port "ssh" is not 1-65535'),
        ("http://user:pass@a.example/", "credentials in the URL are not allowed"),
        ("http://" + "a" * 70 + ".example/", "a host label has 70 characters, limit 63"),
        ("http://a b.example/", "has a space"),
        ("http://a_b.example/", '"a_b.example" is no host name'),
        ("http:///path", "no host"),
        ("http://1.2.3.400/", "four numbers of 0-255"),
        ("http://[::1/", "brackets hold IPv6"),
        ("", "no scheme"),
    ],
)
def test_a_bad_target_says_what_to_write(target: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        HttpProbe.check_target(target)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "https://[::1]:8443/a", "http://[fe80::1%25lo]/", "HTTPS://A.Example",
        "http://münchen.example/ä?q=ö", "http://a.example.:8080/?x=[1]", "http://xn--mnchen-3ya.example",
    ],
)  # fmt: skip
def test_good_targets_are_taken(target: str) -> None:
    HttpProbe.check_target(target)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"expect": {"status": [200, "2xx", 999]}}, "999 is no HTTP status"),
        ({"expect": {"status": ["20x"]}}, "20x is no HTTP status"),
        ({"expect": {"matches": "(?=a)"}}, "RE2 has no look-around"),
        ({"expect": {"matches": r"(a)\1"}}, "RE2 has no back-references"),
        ({"expect": {"matches": "(a"}}, "no pattern of RE2: missing )"),
        ({"expect": {"json": {"a..b": 1}}}, "is no path"),
        ({"expect": {"json": {"a": ">= x"}}}, '"x" is no number'),
        ({"expect": {"header": {"a b": "c"}}}, "is no header name"),
        ({"expect": {"contain": "x"}}, "Extra inputs"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "has a line break"),
        ({"headers": {"Content-Length": "3"}}, "is set by the transport"),
        ({"headers": {"X:": "3"}}, "is no header name"),
        ({"body": "x"}, "GET has no body"),
        ({"method": "HEAD", "expect": {"contains": "x"}}, "HEAD brings no body"),
        ({"auth": {"user": "a"}}, "belong together"),
        ({"auth": {"user": "a", "password": "b"}}, "write a reference"),
        ({"auth": {}}, "one of two"),
        ({"verify": False, "ca_file": "/x"}, "contradict each other"),
        ({"key_file": "/x"}, "key_file without cert_file"),
        ({"family": "6"}, "the target is an IPv4 address"),
    ],
)
def test_a_bad_option_says_what_is_wrong(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpProbe.model_validate({"target": "http://127.0.0.1/", **options})
    assert says in str(caught.value)


def test_a_secret_is_in_no_form_of_the_probe() -> None:
    made = HttpProbe.model_validate(
        {"target": "http://127.0.0.1/", "headers": {"X-Key": Secret("kunci")},
         "auth": {"user": "budi", "password": Secret("rahasia")}}
    )  # fmt: skip
    assert b"kunci" in (made._request.first.data or b"")
    for shown in (repr(made), str(made), made.model_dump_json()):
        assert "kunci" not in shown
        assert "rahasia" not in shown


async def test_a_pattern_over_a_megabyte_takes_no_time(net: Net) -> None:
    async with serve(answer(b"a" * 1_000_000)) as port:
        outcome = probe(port, expect={"matches": "(a+)+$"})
        await good(outcome, net)
        with pytest.raises(ProbeFailed):
            await probe(port, expect={"matches": "(a+)+b"}).run(net, {})
