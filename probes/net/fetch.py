"""A request and the redirects it meets: what may go where.

Credentials, cookies, a body and headers of the check's own never leave the origin they were
written for; addresses further in are not followed (policy.py). Every hop is measured and
phases add up over the hops.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from time import perf_counter
from typing import NamedTuple

from probes.base import Fact, ProbeFailed, Reason, safe_text
from probes.net import Address, Family, Net, certificate, literal_address
from probes.net.http import Answer, Exchange
from probes.net.policy import Zone, outward, zone
from probes.net.reach import session_facts
from probes.net.stock import Stock, StockExchange
from probes.net.tls import Session, Trust
from probes.net.url import ForeignScheme, Url, follow
from probes.net.wire import Tls

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ORDER = ("resolve", "connect", "tls", "processing", "transfer")
_OURS = (
    ("User-Agent", "siaga"),
    ("Accept", "*/*"),
    # Compressing costs the target and us more than it saves; what comes so is read all the same.
    ("Accept-Encoding", "identity"),
)
_COOKIES, _COOKIE = 30, 4096  # kept of one origin, and characters of each


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """What a check asks, the same each time."""

    url: Url
    method: str = "GET"
    headers: Headers = ()
    body: bytes | None = None
    family: Family = "any"
    server_name: str | None = None
    trust: Trust = field(default_factory=Trust)
    follow: int = 10
    most: int = 1 << 20
    keep: bool = False
    stock: Stock | None = None
    deadline: float | None = None  # seconds of the whole run

    @cached_property
    def first(self) -> _Ask:
        """The first hop's, built once."""
        data = message(self.method, self.url, self.headers, self.body)
        return _Ask(self.url, self.method, self.headers, self.body, data)

    @cached_property
    def literal(self) -> list[Address] | None:
        """Set when there is nothing to resolve."""
        return _literal(self.url.host)


def _literal(host: str) -> list[Address] | None:
    literal = literal_address(host)
    return None if literal is None else [literal]


def fields(method: str, url: Url, headers: Headers, body: bytes | None) -> list[tuple[str, str]]:
    """All headers of a request; the check's own replace ours of the same name."""
    named = {name.lower() for name, _ in headers}
    found = [] if "host" in named else [("Host", url.authority)]
    found += headers
    found += [(name, value) for name, value in _OURS if name.lower() not in named]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        found.append(("Content-Length", str(len(body or b""))))
    return found


def message(method: str, url: Url, headers: Headers, body: bytes | None) -> bytes:
    """A request for the wire."""
    lines = [f"{method} {url.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields(method, url, headers, body)]
    lines.append("Connection: close\r\n\r\n")
    return "\r\n".join(lines).encode("utf-8") + (body or b"")


class _Ask(NamedTuple):
    """What one hop sends; `data` is the whole of it where it is built already."""

    url: Url
    method: str
    headers: Headers
    body: bytes | None
    data: bytes | None = None


class Fetch:
    """One run of a request: its hops, and what was learnt on the way, also if it fails."""

    __slots__ = (
        "_cookies", "_exchange", "_net", "_own", "_request", "_resolving", "_spent", "_worst",
        "_zone", "answer", "expires", "redirects", "sessions", "url",
    )  # fmt: skip

    def __init__(self, request: Request, net: Net) -> None:
        self._request = request
        self._net = net
        self._exchange: Exchange | StockExchange | None = None
        self._resolving = 0.0
        self._spent: dict[str, float] = {}
        self._own = True  # still at the origin that headers and body were written for
        self._zone: Zone | None = None
        self._cookies: dict[tuple[str, str, int], dict[str, str]] = {}
        self._worst: Session | None = None
        self.url = request.url
        self.redirects = 0
        self.answer: Answer | None = None
        self.sessions: list[Session] = []
        self.expires: float | None = None

    async def run(self) -> Answer:
        """The last answer; raises ProbeFailed."""
        request = self._request
        ask = request.first
        while True:
            answer = await self._hop(ask)
            if answer.status not in _REDIRECTS or not request.follow:
                return answer
            location = answer.header(b"location")
            if location is None:
                return answer
            if self.redirects >= request.follow:
                raise ProbeFailed(Reason.REDIRECT, f"more than {request.follow} redirects")
            self._remember_cookies(answer)
            self._settle()
            ask = self._turn(answer, location, ask.method)

    def phases(self) -> dict[str, float]:
        """Seconds by phase over all hops so far."""
        exchange = self._exchange
        if not self._spent:
            return {} if exchange is None else exchange.phases()
        spent = dict(self._spent)
        if self._resolving:  # it is still under way
            spent["resolve"] = spent.get("resolve", 0.0) + perf_counter() - self._resolving
        if exchange is not None:
            for name, seconds in exchange.phases().items():
                spent[name] = spent.get(name, 0.0) + seconds
        return {name: spent[name] for name in _ORDER if name in spent}

    def facts(self) -> dict[str, Fact]:
        """What is known so far."""
        facts: dict[str, Fact] = {}
        if self.redirects:
            facts["redirects"] = self.redirects
            facts["final_url"] = safe_text(str(self.url))
        exchange = self._exchange
        if exchange is not None and exchange.address is not None:
            facts["ip"] = exchange.address.host
            facts["ip_family"] = exchange.address.version
        if self.answer is not None:
            _describe(self.answer, facts)
        session = self._worst or (exchange.session if exchange is not None else None)
        if session is not None:
            facts.update(session_facts(session))
        return facts

    # ---- one hop ----

    async def _hop(self, ask: _Ask) -> Answer:
        request, url = self._request, ask.url
        addresses = request.literal if url is request.url else _literal(url.host)
        if addresses is None:
            addresses = [] if self._by_proxy else await self._resolve(url.host)
        if self._zone is not None:
            self._zone = outward(addresses, self._zone)
        tls = None
        if url.scheme == "https":
            contexts = self._net.tls
            context = contexts.ready(request.trust) or await contexts.get(request.trust)
            tls = Tls(context, (self._own and request.server_name) or url.host)
        exchange = self._exchange = self._opened(ask, addresses, tls)
        await exchange.run()
        if exchange.session is not None:
            self._note(exchange.session)
        self.answer = exchange.answer()
        return self.answer

    def _opened(
        self, ask: _Ask, addresses: list[Address], tls: Tls | None
    ) -> Exchange | StockExchange:
        request = self._request
        if request.stock is not None:
            return StockExchange(
                request.stock, ask.url, [] if self._by_proxy else addresses, tls, ask.method,
                fields(ask.method, ask.url, ask.headers, ask.body), ask.body,
                most=request.most, keep=request.keep,
            )  # fmt: skip
        data = ask.data or message(ask.method, ask.url, ask.headers, ask.body)
        return Exchange(
            addresses, ask.url.port, tls, data,
            head_only=ask.method == "HEAD", most=request.most, keep=request.keep,
        )  # fmt: skip

    @property
    def _by_proxy(self) -> bool:
        return self._request.stock is not None and self._request.stock.proxy is not None

    async def _resolve(self, host: str) -> list[Address]:
        self._resolving = perf_counter()
        self._spent.setdefault("resolve", 0.0)
        try:
            return await self._net.resolve(host, self._request.family, self._request.deadline)
        finally:
            self._spent["resolve"] += perf_counter() - self._resolving
            self._resolving = 0.0

    def _note(self, session: Session) -> None:
        """Every hop's certificate counts; the one that ends first speaks for all."""
        self.sessions.append(session)
        ends = certificate.expires(session.chain)
        if self.expires is None or (ends is not None and ends < self.expires):
            self.expires, self._worst = ends, session

    # ---- from one hop to the next ----

    def _settle(self) -> None:
        """The hop's phases are spent, its exchange is over."""
        assert self._exchange is not None
        for name, seconds in self._exchange.phases().items():
            self._spent[name] = self._spent.get(name, 0.0) + seconds
        if self._zone is None and self._exchange.address is not None:
            found = zone(self._exchange.address.host)
            self._zone = found if isinstance(found, Zone) else Zone.PRIVATE
        self._exchange = None

    def _turn(self, answer: Answer, location: str, method: str) -> _Ask:
        """Where to, how, and with what."""
        request = self._request
        try:
            url = follow(self.url, location)
        except ForeignScheme as error:
            text = str(error).partition(";")[0]
            raise ProbeFailed(Reason.REDIRECT, f"redirect not followed: {text}") from None
        except ValueError as error:
            text = str(error).partition(";")[0]
            raise ProbeFailed(Reason.REDIRECT, f"redirect to nowhere: {text}") from None
        if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
            method = "HEAD" if method == "HEAD" else "GET"
        self.redirects += 1
        self._own = self._own and url.origin == request.url.origin
        self.url = url
        self.answer = None
        body = request.body if method == request.method else None
        if body is not None and not self._own:
            text = f"{answer.status} would take the body to {safe_text(url.authority, 100)}"
            raise ProbeFailed(Reason.REDIRECT, f"redirect not followed: {text}")
        headers = request.headers if self._own else ()
        if body is None:
            headers = tuple(h for h in headers if not h[0].lower().startswith("content-"))
        if jar := self._cookies.get(url.origin):
            headers = (*headers, ("Cookie", "; ".join(f"{n}={v}" for n, v in jar.items())))
        return _Ask(url, method, headers, body)

    def _remember_cookies(self, answer: Answer) -> None:
        """Many sites set one and look for it after a redirect; it is forgotten after the run."""
        for value in answer.headers.get(b"set-cookie", b"").split(b"\n"):
            if len(value) > _COOKIE:
                continue
            name, equals, text = value.decode("latin-1").partition(";")[0].partition("=")
            jar = self._cookies.setdefault(self.url.origin, {})
            if equals and len(jar) < _COOKIES and (name + text).isascii():
                jar[name.strip()] = text.strip()


def _describe(answer: Answer, facts: dict[str, Fact]) -> None:
    facts["status_code"] = answer.status
    facts["http_version"] = answer.version
    facts["body_bytes"] = answer.size
    headers = answer.headers
    length = headers.get(b"content-length")
    if length is not None and length.isascii() and length.isdigit() and len(length) < 19:
        facts["content_length"] = int(length)
    modified = headers.get(b"last-modified")
    if modified is not None:
        facts["last_modified"] = _clean(modified)


@lru_cache(maxsize=4096)
def _clean(value: bytes) -> str:
    return safe_text(value.decode("latin-1"), 60)
