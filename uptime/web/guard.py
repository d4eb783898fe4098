"""Every route goes through here: who are you, may you, and once only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from uptime.web.auth import PUBLIC, Principal, Tokens, authorize, check_origin, declared
from uptime.web.idempotency import Once
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
            principal = await authorize(request, needs, hub.tokens)
            request.state.principal = principal
            if request.method in _READS or needs.scope == PUBLIC:
                return await handler(request)
            check_origin(request)
            return await hub.once(request, principal.name, handler)

        return guarded


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
