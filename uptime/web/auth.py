"""Who may do what (design 4.3, last paragraph).

Over the Unix socket: whoever the file's mode lets in, under the name of their account, may do
everything. Over TCP: a read needs no token only if the peer is loopback, Host is one of ours
and nothing says that a proxy stands between; all else needs a token with the route's scope.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request

from uptime.web.peer import Peer, TcpPeer, UnixPeer
from uptime.web.problems import Refused
from uptime.web.services import Services, Token

EVERYTHING = frozenset({"read", "ack", "admin", "push"})
IMPLIED = {"admin": {"admin", "ack", "read"}, "ack": {"ack", "read"}}
PUBLIC = "public"
TOKEN_PREFIX = "siaga_"  # noqa: S105  # what a scanner for leaked secrets looks for
_FRESH_S = 1.0
_TRIES, _TRIES_WITHIN_S, _ADDRESSES = 20, 10.0, 1024
_PROXIED = ("forwarded", "x-real-ip", "via")

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks of whoever calls it."""

    scope: str
    socket_only: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: the account of a socket, the name of a token, or nobody in particular."""

    name: str
    scopes: frozenset[str]


def scope(name: str, *, socket_only: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Declares what a route needs; the only way to do so, and a route without is refused."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__needs__ = Needs(name, socket_only)  # type: ignore[attr-defined]
        return endpoint

    return declare


def declared(endpoint: Callable[..., object] | None) -> Needs | None:
    return getattr(endpoint, "__needs__", None)


def routes(app: FastAPI) -> Iterator[tuple[str, frozenset[str], Needs | None]]:
    """Path, methods and declared needs of everything an application answers."""
    for route in iter_route_contexts(app.routes):
        yield (
            route.path or "",
            frozenset(route.methods or ()),
            declared(getattr(route, "endpoint", None)),
        )


def new_token() -> tuple[str, str]:
    """A token of 256 bits and the hash that is stored of it."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> str:
    # A fast hash is right for 256 random bits; there is nothing to guess slowly.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class Tokens:
    """The stored tokens, at most a second old; who was refused lately, by address."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: list[Token] = []
        self._until = 0.0
        self._refused: dict[str, tuple[float, int]] = {}

    @property
    def listen(self) -> str:
        return self._services.config.siaga.listen or ""

    def forget(self) -> None:
        """A token was made or revoked: look again at the next request."""
        self._until = 0.0

    async def principal(self, token: str) -> Principal | None:
        """The owner of a token that is neither revoked nor expired."""
        now = time.monotonic()
        if now >= self._until:
            self._known = list(await self._services.store.tokens())
            self._until = now + _FRESH_S
        wanted, found = token_hash(token), None
        for known in self._known:
            if hmac.compare_digest(known.hash, wanted):
                found = known
        wall = self._services.clock.now()
        if found is None or found.revoked is not None:
            return None
        if found.expires is not None and found.expires <= wall:
            return None
        granted = frozenset().union(*(IMPLIED.get(each, {each}) for each in found.scopes))
        return Principal(found.name, granted)

    def refuse(self, address: str) -> Refused:
        """The answer to a wrong token: 401, and 429 to who tries many."""
        now = time.monotonic()
        since, count = self._refused.get(address, (now, 0))
        if now - since > _TRIES_WITHIN_S:
            since, count = now, 0
        if len(self._refused) >= _ADDRESSES:
            self._refused.pop(next(iter(self._refused)))
        self._refused[address] = (since, count + 1)
        if count >= _TRIES:
            wait = max(1, round(since + _TRIES_WITHIN_S - now))
            return Refused(
                429, "too many wrong tokens from this address", headers={"Retry-After": str(wait)}
            )
        return _unauthorized("the token is unknown, expired or revoked")


async def authorize(request: Request, needs: Needs, tokens: Tokens) -> Principal:
    """Who calls, if they may; raises Refused otherwise."""
    if needs.scope == PUBLIC:
        return Principal("public", frozenset())
    peer = peer_of(request)
    if isinstance(peer, UnixPeer):
        return Principal(peer.account, EVERYTHING)
    principal = await _by_token(request, peer, tokens)
    if principal is None:
        principal = _tokenless(request, peer, needs, tokens.listen)
    if needs.socket_only:
        raise Refused(403, "only over the Unix socket")
    if needs.scope not in principal.scopes:
        raise Refused(403, f'this needs a token with the scope "{needs.scope}"')
    return principal


def check_origin(request: Request) -> None:
    """A write that a foreign web page caused is refused, whatever else speaks for it."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "a write from a foreign origin")
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Refused(403, "a write from a foreign site")


def peer_of(request: Request) -> Peer:
    """What our server found out at the connection; an address where another server runs us."""
    peer = request.scope.get("state", {}).get("peer")
    if peer is not None:
        return peer  # type: ignore[no-any-return]
    return TcpPeer(request.client.host if request.client else "")


async def _by_token(request: Request, peer: TcpPeer, tokens: Tokens) -> Principal | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    principal = await tokens.principal(token.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise tokens.refuse(peer.address)
    return principal


def _tokenless(request: Request, peer: TcpPeer, needs: Needs, listen: str) -> Principal:
    if needs.scope != "read" or not peer.loopback:
        raise _unauthorized("this needs a token")
    if any(name in _PROXIED or name.startswith("x-forwarded") for name in request.headers):
        raise _unauthorized("a proxy stands between: this needs a token")
    if not _ours(request, listen):
        raise Refused(403, "the Host is none of ours")
    return Principal("loopback", frozenset({"read"}))


def _ours(request: Request, listen: str) -> bool:
    """Against DNS rebinding: a page of another name must not read through the browser."""
    hosts = request.headers.getlist("host")
    if len(hosts) != 1:
        return False
    host, port = request.scope.get("server") or ("", None)
    names = {
        "localhost",
        "127.0.0.1",
        "[::1]",
        f"[{host}]" if ":" in host else host,
        listen.rpartition(":")[0].lower(),
    }
    ours = {f"{name}:{port}" for name in names}
    return hosts[0].lower() in (ours | names if port == 80 else ours)


def _unauthorized(detail: str) -> Refused:
    return Refused(401, detail, headers={"WWW-Authenticate": 'Bearer realm="siaga"'})
