"""HTTP and HTTPS: one request a connection, pages made when asked for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from uptime.simulate.authority import Authority
from uptime.simulate.fault import Fault, Kind
from uptime.simulate.server import Address, StreamServer


@dataclass(frozen=True, slots=True)
class Page:
    body: str
    type: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Site = Callable[[str], Page]
"""The page of a path."""

FAILED = Page("<h1>Galat internal</h1>", status=HTTPStatus.INTERNAL_SERVER_ERROR)
OTHER = Page("<!doctype html><title>Situs dalam perbaikan</title><p>Segera kembali.</p>")


class WebServer(StreamServer):
    """`suffering` is what it shows while something is wrong with its content."""

    faults = StreamServer.faults | {Kind.ERROR, Kind.WRONG}

    def __init__(self, address: Address, site: Site, *, suffering: Page = OTHER) -> None:
        super().__init__(address)
        self._site = site
        self._suffering = suffering

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), "", ""]
        page = self._page(path)
        if method not in {"GET", "HEAD"}:
            page = Page("", status=HTTPStatus.METHOD_NOT_ALLOWED)
        body = page.body.encode()
        lines = [
            f"HTTP/1.1 {page.status.value} {page.status.phrase}",
            f"Content-Type: {page.type}",
            f"Content-Length: {len(body)}",
            "Server: simulasi",
            "Connection: close",
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        if method != "HEAD":
            writer.write(body)
        await writer.drain()

    def _page(self, path: str) -> Page:
        match self.kind:
            case Kind.ERROR:
                return FAILED
            case Kind.WRONG:
                return self._suffering
            case _:
                return self._site(path)


class SecureWebServer(WebServer):
    """The same over TLS, with a certificate that can be out of date."""

    faults = WebServer.faults | {Kind.EXPIRED}

    def __init__(
        self, address: Address, site: Site, authority: Authority, *, suffering: Page = OTHER
    ) -> None:
        super().__init__(address, site, suffering=suffering)
        self._valid = authority.context(address.host)
        self._expired = authority.context(address.host, expired=True)

    def context(self) -> ssl.SSLContext:
        return self._expired if self.kind is Kind.EXPIRED else self._valid

    async def suffer(self, fault: Fault | None) -> None:
        before = self.context()
        await super().suffer(fault)
        if self.context() is not before and self._server is not None:
            await self.close()  # a listener keeps the certificate it began with
            await self.open()
