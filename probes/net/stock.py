"""HTTP/2 and proxies, through httpx's stock transport: dearer, and imported when first asked for.

It stands in for `http.Exchange`. Its own pool is never shared: one connection a run. A proxy
resolves the name and keeps the certificate of a failed handshake to itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import ssl
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

from probes.base import ProbeFailed, Reason, safe_text
from probes.net.body import Body
from probes.net.connect import Address, failure
from probes.net.http import CODINGS, JOINT, MAX_HEAD, Answer, header_size
from probes.net.tls import Session, handshake_failure, session
from probes.net.url import Url
from probes.net.wire import Tls


def prepare() -> None:
    """Import what the transport would import in the middle of the first measurement."""
    for name in (
        "httpx",
        "httpcore",
        "httpcore._async.http2",
        "httpcore._backends.anyio",
        "anyio._backends._asyncio",
        "anyio.streams.tls",
    ):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class Stock(NamedTuple):
    """What makes a request go this way."""

    http2: bool
    proxy: str | None


class StockExchange:
    """One request and its answer; phases as httpx's trace tells them."""

    def __init__(
        self,
        stock: Stock,
        url: Url,
        addresses: Sequence[Address],
        tls: Tls | None,
        method: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | None,
        *,
        most: int,
        keep: bool,
    ) -> None:
        self._stock = stock
        self._url = url
        self._tls = tls
        self._asked = method, headers, body
        self._most = most
        self._keep = keep
        self._marks: dict[str, float] = {}
        self._answer: Answer | None = None
        self.address = addresses[0] if addresses else None
        self.session: Session | None = None
        self.finished = 0.0

    def answer(self) -> Answer:
        assert self._answer is not None
        return self._answer

    def phases(self) -> dict[str, float]:
        marks, now = self._marks, self.finished or perf_counter()
        phases = {}
        for name, start, end in (
            ("connect", "began", "connected"),
            ("tls", "connected", "secured"),
            ("processing", "secured", "first"),
            ("transfer", "first", "ended"),
        ):
            if name == "tls" and self._tls is None:
                continue
            if start in marks:
                phases[name] = max(0.0, marks.get(end, now) - marks[start])
        return phases

    async def run(self) -> None:
        """Raises ProbeFailed."""
        import httpx

        try:
            await self._exchange()
        except httpx.ProxyError as error:
            text = f"the proxy refuses: {safe_text(str(error), 120)}"
            raise ProbeFailed(Reason.ERROR, text, blame="path") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._failed(error) from None
        finally:
            self.finished = perf_counter()

    async def _exchange(self) -> None:
        import httpx

        method, headers, body = self._asked
        transport = httpx.AsyncHTTPTransport(
            verify=self._tls.context if self._tls is not None else False,
            http2=self._stock.http2,
            proxy=self._stock.proxy,
            trust_env=False,
        )
        self._marks["began"] = perf_counter()
        extensions: dict[str, Any] = {"trace": self._trace}
        if self._tls is not None:
            extensions["sni_hostname"] = self._tls.name
        request = httpx.Request(
            method, self._target(), headers=list(headers), content=body, extensions=extensions
        )
        try:
            response = await transport.handle_async_request(request)
            await self._read(response)
        finally:
            closing = asyncio.ensure_future(transport.aclose())
            await asyncio.shield(closing)

    def _target(self) -> str:
        """By address where we resolved, so that what was judged is what is asked."""
        url = self._url
        if self.address is None:
            return str(url)
        host = f"[{self.address.host}]" if self.address.version == 6 else self.address.host
        return f"{url.scheme}://{host}:{url.port}{url.path}"

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        marks, now = self._marks, perf_counter()
        if event.endswith("connect_tcp.complete"):
            marks["connected"] = marks["secured"] = now
        elif event.endswith("start_tls.complete"):
            marks["secured"] = now
            self._note(info.get("return_value"), now)
        elif event.endswith("send_request_headers.started"):
            marks.setdefault("secured", now)
        elif event.endswith("receive_response_headers.complete"):
            marks["first"] = now

    def _note(self, stream: Any, now: float) -> None:
        found = stream.get_extra_info("ssl_object") if stream is not None else None
        if isinstance(found, ssl.SSLObject):
            self.session = session(found, now)

    async def _read(self, response: Any) -> None:
        headers: dict[bytes, bytes] = {}
        for name, value in response.headers.raw:
            key = name.lower()
            joined = headers[key] + JOINT.get(key, b", ") + value if key in headers else value
            headers[key] = joined
        if header_size(headers) > MAX_HEAD:
            text = f"more than {MAX_HEAD // 1024} KiB of headers"
            raise ProbeFailed(Reason.TOO_LARGE, text)
        named = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        coding = CODINGS.get(named, "other")
        body = Body(coding, self._most, keep=self._keep)
        async for piece in response.aiter_raw():
            body.add(piece)
            if body.full:
                break
        self._marks["ended"] = perf_counter()
        self.finished = self._marks["ended"]
        self._answer = Answer(
            response.status_code,
            response.extensions.get("http_version", b"HTTP/1.1").decode().removeprefix("HTTP/"),
            headers, body.end(), body.size, body.full, coding != "other", self.address,
            self.session,
        )  # fmt: skip

    def _failed(self, error: BaseException) -> ProbeFailed:
        """The innermost cause that says something; httpx wraps twice."""
        import httpx

        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                return handshake_failure(cause, self._tls.name if self._tls else "", ())
            if isinstance(cause, OSError) and cause.errno:
                where = self.address.host if self.address is not None else self._url.host
                return failure(cause, f"by {where}")
            cause = cause.__cause__ or cause.__context__
        text = safe_text(str(error) or type(error).__name__, 200).lower()
        if isinstance(error, httpx.RemoteProtocolError):
            early = "without" in text or "closed" in text or "incomplete" in text
            return ProbeFailed(Reason.INCOMPLETE if early else Reason.PROTOCOL, text)
        if isinstance(error, httpx.NetworkError):
            return ProbeFailed(Reason.RESET, f"the connection broke: {text}")
        return ProbeFailed(Reason.PROTOCOL, text)
