from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import httpx
import pytest
import uvloop

from tests.uptime.simulate.helpers import ANYWHERE, CLOSED, HANGS, connects, get, running
from uptime.simulate.authority import Authority
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.server import Address, CannotServe
from uptime.simulate.web import Page, SecureWebServer, WebServer


def site(path: str) -> Page:
    return Page(f"Selamat datang di {path}")


async def secure(folder: Path) -> tuple[SecureWebServer, Path]:
    def make() -> tuple[SecureWebServer, Path]:
        authority = Authority.found(folder)
        return SecureWebServer(ANYWHERE, site, authority), authority.file

    return await asyncio.to_thread(make)


async def test_a_page_is_served_and_a_head_has_no_body() -> None:
    async with running(WebServer(ANYWHERE, site)) as server:
        answer = await get(f"http://{server.address}/antrean")
        assert (answer.status_code, answer.text) == (200, "Selamat datang di /antrean")
        head = await get(f"http://{server.address}/antrean", method="HEAD")
        assert (head.status_code, head.text) == (200, "")
        assert head.headers["content-length"] == str(len(answer.content))
        assert (await get(f"http://{server.address}/", method="POST")).status_code == 405


async def test_it_fails_shows_something_else_and_recovers() -> None:
    async with running(WebServer(ANYWHERE, site)) as server:
        url = f"http://{server.address}/"
        await server.suffer(Fault(Kind.ERROR))
        assert (await get(url)).status_code == 500
        await server.suffer(Fault(Kind.WRONG))
        answer = await get(url)
        assert answer.status_code == 200
        assert "Selamat" not in answer.text
        await server.suffer(None)
        assert "Selamat" in (await get(url)).text


async def test_a_closed_port_refuses_and_opens_again_where_it_was() -> None:
    async with running(WebServer(ANYWHERE, site)) as server:
        before = server.address
        await server.suffer(CLOSED)
        assert not await connects(before)
        await server.suffer(None)
        assert server.address == before
        assert (await get(f"http://{before}/")).status_code == 200


async def test_it_hangs_until_the_client_has_had_enough() -> None:
    async with running(WebServer(ANYWHERE, site)) as server:
        await server.suffer(HANGS)
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.1)
        writer.close()
        await writer.wait_closed()


async def test_closing_cuts_the_conversations_that_hang() -> None:
    server = WebServer(ANYWHERE, site)
    async with running(server):
        await server.suffer(HANGS)
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(b"GET / HTTP/1.1\r\n")
        await server.suffer(CLOSED)
        assert server._talks == set()
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_a_slow_page_comes_late() -> None:
    async with running(WebServer(ANYWHERE, site)) as server:
        await server.suffer(Fault(Kind.SLOW, 0.2))
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert (await get(f"http://{server.address}/")).status_code == 200
        assert loop.time() - began >= 0.2


async def test_its_certificate_is_trusted_through_the_authority_alone(tmp_path: Path) -> None:
    server, ca_file = await secure(tmp_path)
    async with running(server):
        assert (await get(f"https://{server.address}/", ca_file)).status_code == 200
        _, stranger = await secure(tmp_path / "other")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await get(f"https://{server.address}/", stranger)


async def test_an_expired_certificate_is_just_that_and_is_renewed(tmp_path: Path) -> None:
    server, ca_file = await secure(tmp_path)
    async with running(server):
        await server.suffer(Fault(Kind.EXPIRED))
        with pytest.raises(httpx.ConnectError, match="certificate has expired"):
            await get(f"https://{server.address}/", ca_file)
        await server.suffer(None)
        assert (await get(f"https://{server.address}/", ca_file)).status_code == 200


def test_no_private_key_stays_on_the_disk(tmp_path: Path) -> None:
    authority = Authority.found(tmp_path)
    context = authority.context("127.33.4.1")
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert [file.name for file in tmp_path.iterdir()] == ["ca.pem"]
    assert "PRIVATE" not in authority.file.read_text()


async def test_where_a_port_is_taken_it_takes_another_and_says_which() -> None:
    async with running(WebServer(ANYWHERE, site)) as first:
        async with running(WebServer(first.address, site)) as second:
            assert second.address.host == first.address.host
            assert second.address.port not in {0, first.address.port}
            assert (await get(f"http://{second.address}/")).status_code == 200


async def test_once_open_it_does_not_move() -> None:
    server = WebServer(ANYWHERE, site)
    async with running(server):
        await server.suffer(CLOSED)
        async with running(WebServer(server.address, site)):
            with pytest.raises(CannotServe, match=f"cannot listen on {server.address}"):
                await server.suffer(None)


async def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(CannotServe, match=r"192\.0\.2\.1:8080"):
        await WebServer(Address("192.0.2.1", 8080), site).open()


def test_it_does_all_this_on_the_daemons_loop_too(tmp_path: Path) -> None:
    """The demo runs on uvloop, where closing and reopening a port is another program."""

    async def scene() -> None:
        server, ca_file = await secure(tmp_path)
        async with running(server):
            url, loop = f"https://{server.address}/", asyncio.get_running_loop()
            _, dawdler = await asyncio.open_connection(*server.address)  # and no handshake
            for fault in (Fault(Kind.EXPIRED), CLOSED, HANGS):
                began = loop.time()
                await server.suffer(fault)
                with pytest.raises((httpx.ConnectError, httpx.ReadTimeout)):
                    await get(url, ca_file, seconds=0.3)
                await server.suffer(None)
                assert loop.time() - began < 3, fault
                assert (await get(url, ca_file)).status_code == 200
            dawdler.close()

    uvloop.run(scene())
