"""Real sockets: who is at the other end, what a connection may cost, how it begins and ends."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import socket
import stat
import time
from pathlib import Path

import pytest
import uvloop

from tests.uptime.web.fakes import FakeServices, Running, running, until, waiting
from uptime.web import protocol
from uptime.web.listen import CannotBind, Sockets, bind, bind_tcp, bind_unix


@pytest.fixture
def services() -> FakeServices:
    made = FakeServices()
    made.add("web-1", public="Portal")
    made.add("web-2", name="canary-private")
    made.open_incident(5, "web-1")
    return made


async def raw(web: Running, data: bytes, *, end: bool = False) -> bytes:
    """What comes back for these bytes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(data)
    if end:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_the_socket_knows_the_account_and_tcp_the_address(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web:
        async with web.over_unix() as http:
            me = (await http.get("/api/v1/me")).json()
        async with web.over_tcp() as http:
            other = (await http.get("/api/v1/me")).json()
    assert me["name"] == pwd.getpwuid(os.getuid()).pw_name
    assert "admin" in me["scopes"]
    assert (other["name"], other["scopes"]) == ("loopback", ["read"])


def test_on_uvloop_peers_limits_and_the_end_are_the_same(
    services: FakeServices, tmp_path: Path
) -> None:
    async def all_of_it() -> None:
        async with running(services, tmp_path) as web:
            async with web.over_unix() as http:
                assert "admin" in (await http.get("/api/v1/me")).json()["scopes"]
                assert (await http.post("/api/v1/incidents/INC-5/ack")).status_code == 200
            async with web.over_tcp() as http:
                assert (await http.get("/api/v1/me")).json()["scopes"] == ["read"]
                assert (await http.get("/metrics")).status_code == 200
                assert (await http.get("/", headers={"X": "x" * 20_000})).status_code == 431

    uvloop.run(all_of_it())


async def test_a_host_of_another_port_or_name_is_not_ours(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web, web.over_tcp() as http:
        for host in ("portal.example", "127.0.0.1", f"127.0.0.1:{web.port + 1}"):
            answer = await http.get("/api/v1/me", headers={"Host": host})
            assert answer.status_code == 403
        answer = await http.get("/api/v1/me", headers={"Host": f"localhost:{web.port}"})
        assert answer.status_code == 200
        # Nothing in a header may move the peer.
        for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
            answer = await http.get("/api/v1/me", headers={name: "127.0.0.1"})
            assert answer.status_code == 401


async def test_the_public_listener_has_the_public_routes_and_nothing_else(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web, web.over_public() as http:
        for path in ("/", "/status.json", "/feed.atom", "/badge/web-1.svg", "/static/page.css"):
            answer = await http.get(path, headers={"X-Forwarded-For": "1.2.3.4", "Host": "a.id"})
            assert answer.status_code == 200
            assert "canary" not in answer.text
        for path in (
            "/metrics",
            "/healthz",
            "/readyz",
            "/api/v1/status",
            "/api/v1/me",
            "/api/v1/openapi.json",
            "/badge/web-2.svg",
            "/badge/nope.svg",
        ):
            answer = await http.get(path)
            assert answer.status_code == 404, path


async def test_two_requests_in_one_write_are_answered_in_order(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web:
        host = f"Host: 127.0.0.1:{web.port}\r\n"
        first = f"GET /api/v1/me HTTP/1.1\r\n{host}\r\n"
        data = f"{first}GET /readyz HTTP/1.1\r\n{host}Connection: close\r\n\r\n"
        answer = await raw(web, data.encode())
    assert answer.index(b'"loopback"') < answer.index(b'"ready"')


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    ],
    ids=lambda data: data[:30].decode("latin-1"),
)
async def test_what_is_no_request_is_refused_and_the_connection_closed(
    services: FakeServices, tmp_path: Path, data: bytes
) -> None:
    async with running(services, tmp_path) as web:
        answer = await raw(web, data, end=True)
        async with web.over_tcp() as http:
            assert (await http.get("/readyz")).status_code == 200
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404")), answer


@pytest.mark.parametrize("form", ["one", "many", "endless", "target"])
async def test_a_head_over_the_limit_is_refused(
    services: FakeServices, tmp_path: Path, form: str
) -> None:
    head = {
        "one": b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        "many": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
        "endless": b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000,
        "target": b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
    }[form]
    async with running(services, tmp_path) as web:
        answer = await raw(web, head)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in answer


async def test_a_body_over_the_limit_ends_the_connection(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web:
        note = b"POST /api/v1/incidents/INC-5/note HTTP/1.1\r\n"
        head = note + b"Content-Length: 1000000000\r\n\r\n"
        answer = await raw(web, head + b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 413 ")


POST_DRIP = b"POST /api/v1/incidents/INC-5/note HTTP/1.1\r\nContent-Length: 90\r\n\r\nx"


@pytest.mark.parametrize("part", [b"", b"GET /", POST_DRIP])
async def test_a_request_that_drips_is_cut_at_its_deadline(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr(protocol, "READ_S", 0.5)
    began = time.monotonic()
    async with running(services, tmp_path) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(part)
        reading = asyncio.create_task(reader.read(8))
        while not (await asyncio.wait({reading}, timeout=0.05))[0]:
            writer.write(b"a" if part else b"")  # a byte now and then changes nothing
        answer = await reading + await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert time.monotonic() - began < 5
    assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 401 "))


async def test_connections_over_the_limit_are_turned_away_and_the_socket_stays_open(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "CONNECTIONS", 5)
    async with running(services, tmp_path) as web:
        held = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(5)]
        answer = await raw(web, b"")
        assert answer.startswith(b"HTTP/1.1 503 ")
        async with web.over_unix() as http:
            assert (await http.get("/readyz")).status_code == 200
        async with web.over_public() as http:
            assert (await http.get("/status.json")).status_code == 200
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(5):
            while (await raw(web, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 503"):
                pass


async def test_stopping_answers_who_waits_and_takes_nobody_new(
    services: FakeServices, tmp_path: Path
) -> None:
    async with running(services, tmp_path) as web:
        async with web.over_tcp(timeout=10) as http:
            params = {"after": services.board.version, "wait": "60"}
            poll = asyncio.create_task(http.get("/api/v1/status", params=params))
            await until(lambda: waiting(services))
            began = time.monotonic()
            await web.server.stop(5)
            assert time.monotonic() - began < 3
            assert (await poll).status_code == 200
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", web.port)


async def test_an_answer_that_does_not_end_is_cut_when_stopping(
    services: FakeServices, tmp_path: Path
) -> None:
    services.gate.clear()
    async with running(services, tmp_path) as web, web.over_unix() as http:
        post = asyncio.create_task(http.post("/api/v1/checks/web-1/probe"))
        await until(lambda: bool(services.gate._waiters))
        began = time.monotonic()
        await web.server.stop(0.2)
        assert time.monotonic() - began < 3
        assert (await post).status_code == 503


async def test_signals_stay_the_daemons(services: FakeServices, tmp_path: Path) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    async with running(services, tmp_path):
        now = {number: signal.getsignal(number) for number in before}
    assert now == before


# ---- binding ----


def test_the_socket_file_is_for_the_account_and_its_group(tmp_path: Path) -> None:
    with bind_unix(tmp_path / "s"):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o660


def test_a_dead_socket_file_is_replaced(tmp_path: Path) -> None:
    bind_unix(tmp_path / "s").close()
    with bind_unix(tmp_path / "s"), socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(tmp_path / "s"))


def test_a_living_socket_is_left_alone(tmp_path: Path) -> None:
    with bind_unix(tmp_path / "s"):
        with pytest.raises(CannotBind, match="running daemon"):
            bind_unix(tmp_path / "s")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(tmp_path / "s"))


def test_what_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(CannotBind, match="no socket"):
        bind_unix(path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("path", ["missing/s", "x" * 200])
def test_a_path_that_cannot_be_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(CannotBind) as error:
        bind_unix(tmp_path / path)
    assert path in error.value.address
    assert error.value.reason


def test_a_taken_port_is_named() -> None:
    (first,) = bind_tcp("127.0.0.1:0")
    with first:
        address = f"127.0.0.1:{first.getsockname()[1]}"
        with pytest.raises(CannotBind, match="another program") as error:
            bind_tcp(address)
    assert error.value.address == address


@pytest.mark.parametrize(
    "address", ["192.0.2.1:0", "nope.invalid:1", "127.0.0.1:99999", "127.0.0.1", ":", "[::1:80"]
)
def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    with pytest.raises(CannotBind):
        bind_tcp(address)


class Addresses:
    def __init__(self, directory: Path, listen: str, public: str | None = None) -> None:
        self.listen = listen
        self.public_listen = public
        self.socket = directory / "siaga.sock"


def test_a_half_bound_daemon_leaves_nothing_behind(tmp_path: Path) -> None:
    (taken,) = bind_tcp("127.0.0.1:0")
    with taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotBind):
            bind(Addresses(tmp_path, "127.0.0.1:0", address))
    assert list(tmp_path.iterdir()) == []


def test_closing_removes_our_socket_file_and_no_other(tmp_path: Path) -> None:
    sockets: Sockets = bind(Addresses(tmp_path, "127.0.0.1:0"))
    path = tmp_path / "siaga.sock"
    path.unlink()
    with bind_unix(path):
        sockets.close()
        assert path.exists()
    second = bind(Addresses(tmp_path, "127.0.0.1:0"))
    second.close()
    assert not path.exists()
