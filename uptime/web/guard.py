"""Every route goes through here: who are you, may you, and once only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from probes.base import safe_text
from uptime.web.auth import (
    PUBLIC,
    Principal,
    Tokens,
    authorize,
    check_origin,
    declared,
    peer_of,
)
from uptime.web.idempotency import Once
from uptime.web.peer import UnixPeer
from uptime.web.problems import Refused
from uptime.web.services import Services

_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Hub:
    """What the routes share; hangs on the application."""

    services: Services
    tokens: Tokens
    once: Once


class Guarded(APIRoute):
    """A route that asks for its scope before it reads a body, and is shut without one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        needs = declared(self.endpoint)

        async def guarded(request: Request) -> Response:
            if needs is None:
                raise Refused(403, "this route declares no scope")
            hub = hub_of(request)
            reading = request.method in _READS or needs.scope == PUBLIC
            try:
                principal = await authorize(request, needs, hub.tokens)
                if not reading:
                    check_origin(request)
            except Refused as refused:
                if not reading:
                    action = f"{request.method} {self.path}"
                    hub.services.denied(action, refused.status_code, _who(request), refused.detail)
                raise
            request.state.principal = principal
            if reading:
                return await handler(request)
            return await hub.once(request, principal.name, handler)

        return guarded


def _who(request: Request) -> str:
    """Where a request that was refused came from; nothing it says of itself."""
    peer = peer_of(request)
    return peer.account if isinstance(peer, UnixPeer) else safe_text(peer.address, 80)


def hub_of(request: Request) -> Hub:
    hub = request.app.state.hub
    assert isinstance(hub, Hub)
    return hub


def services(request: Request) -> Services:
    return hub_of(request).services


def principal(request: Request) -> Principal:
    found = request.state.principal
    assert isinstance(found, Principal)
    return found
