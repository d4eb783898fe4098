"""Scripted targets on loopback: what they answer is a script, where they listen a free port.

    async with serve(answer(b"hello")) as port: ...

A script is a coroutine function of (reader, writer); the connection is closed after it, unless
the script did so in its own way. Scripts still running are cancelled when the server ends.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import shutil
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serve(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """The port that `script` answers on."""
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the prober left, as it should
        finally:
            running.discard(task)
            with contextlib.suppress(Exception):
                await _close(writer)

    server = await asyncio.start_server(connected, host, port, ssl=tls, backlog=512)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for _ in range(5):  # asyncio loses a connection accepted in the turn of the closing
            await asyncio.sleep(0)
        server.close()
        tasks = list(running)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2)


async def _close(writer: asyncio.StreamWriter) -> None:
    if writer.get_extra_info("ssl_object") is not None:
        writer.transport.abort()
        return
    writer.close()
    await writer.wait_closed()


def closed_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# ---- what any server does ----


def say(data: bytes) -> Script:
    """Says it at once, to anybody."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return script


def answering(question: bytes, reply: bytes) -> Script:
    """Replies once it has heard the question."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(question)
        writer.write(reply)
        await writer.drain()

    return script


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and then nothing."""
    await reader.read()


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hears the question and hangs up."""
    await reader.readuntil(b"\r\n\r\n")


def reset(said: bytes = b"") -> Script:
    """Hears the question, says something, and resets the connection."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if said:
            writer.write(said)
            await writer.drain()
            await asyncio.sleep(0.05)  # a reset may overtake what was said just before
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


# ---- HTTP ----


def response(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """A response's bytes; `length` is what Content-Length says if it lies."""
    lines = [f"HTTP/1.1 {status} Whatever"]
    fields = {"Content-Length": str(len(body) if length is None else length)}
    lines += [f"{name}: {value}" for name, value in (fields | dict(headers or {})).items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answer(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
) -> Script:
    return raw(response(body, status, headers, length=length))


def raw(data: bytes) -> Script:
    """Hears a request, says these bytes, closes."""
    return answering(b"\r\n\r\n", data)


def drip(start: bytes, byte: bytes = b"a", each: float = 0.02) -> Script:
    """Says `start`, then a byte now and then, for ever."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(each)

    return script


def endless(start: bytes, block: bytes = b"a" * 65_536) -> Script:
    """Says `start`, then blocks as fast as they are taken."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(block)
            await writer.drain()

    return script


def redirect(location: str, status: int = 302) -> Script:
    return answer(status=status, headers={"Location": location})


class Site:
    """A web server with pages; keeps the requests it saw, head and body, as text."""

    def __init__(self, pages: Mapping[str, bytes] | None = None) -> None:
        self.pages = dict(pages or {})
        self.requests: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            (int(line.split(":")[1]) for line in head.lower().split("\r\n")
             if line.startswith("content-length:")), 0,
        )  # fmt: skip
        body = await reader.readexactly(length)
        self.requests.append(head + body.decode("latin-1"))
        path = head.split(" ")[1]
        page = self.pages.get(path)
        writer.write(response(b"no such page", 404) if page is None else page)
        await writer.drain()


# ---- TLS ----


class Authority:
    """A certificate authority with the certificates one wishes for, and those one fears.

    `file` is what a probe's `ca_file` names.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self._folder = Path(tempfile.mkdtemp(prefix="siaga-ca-"))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self.file = self._folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def good(self, *names: str, days: float = 90) -> ssl.SSLContext:
        now = datetime.now(UTC)
        return self._context(
            self._ca.issue_cert(
                *(names or ("127.0.0.1", "localhost")),
                not_before=now - timedelta(days=1),
                not_after=now + timedelta(days=days),
                key_type=trustme.KeyType.ECDSA,
            )
        )

    def expired(self, days: float = 3) -> ssl.SSLContext:
        return self._dated(-days - 30, -days)

    def not_yet_valid(self, days: float = 3) -> ssl.SSLContext:
        return self._dated(days, days + 30)

    def wrong_host(self) -> ssl.SSLContext:
        return self.good("lain.example")

    def self_signed(self) -> ssl.SSLContext:
        """Signed by nobody but itself."""
        other = trustme.CA(key_type=trustme.KeyType.ECDSA)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = self._folder / f"self-{id(other)}.pem"
        file.write_bytes(other.private_key_pem.bytes() + other.cert_pem.bytes())
        context.load_cert_chain(file)
        return context

    def unknown(self) -> ssl.SSLContext:
        """Signed by an authority that nobody knows."""
        return Authority().good()

    def client(self, folder: Path) -> tuple[Path, Path]:
        """Certificate and key file of a client."""
        cert = self._ca.issue_cert("klien@example.org", key_type=trustme.KeyType.ECDSA)
        chain, key = folder / "client.pem", folder / "client-key.pem"
        cert.cert_chain_pems[0].write_to_path(str(chain))
        cert.private_key_pem.write_to_path(str(key))
        return chain, key

    def _dated(self, begin: float, end: float) -> ssl.SSLContext:
        now = datetime.now(UTC)
        return self._context(
            self._ca.issue_cert(
                "127.0.0.1",
                "localhost",
                not_before=now + timedelta(days=begin),
                not_after=now + timedelta(days=end),
                key_type=trustme.KeyType.ECDSA,
            )
        )

    def _context(self, cert: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cert.configure_cert(context)
        return context


@cache
def authority() -> Authority:
    """One for all tests of a process: making keys takes a moment."""
    return Authority()
