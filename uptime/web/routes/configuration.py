"""The configuration as accepted, secrets masked."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.web import examples, wire
from uptime.web.answers import Sliced, encode, items, listed, packed
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services

router = APIRouter(route_class=Guarded, tags=["configuration"])

_PARTS = (
    "siaga", "history", "groups", "channels", "routes", "contracts", "calendars", "maintenance",
    "warnings", "digest",
)  # fmt: skip


@router.get(
    "/config",
    summary="What is configured",
    response_class=Response,
    responses=answers("Every key but no secret", {"siaga": {}, "checks": {}}),
)
@scope("read")
async def config(request: Request) -> Response:
    found = services(request).config

    async def body() -> AsyncIterator[bytes]:
        parts = {part: wire.plain(getattr(found, part)) for part in _PARTS}
        head = encode({"path": str(found.path), **parts})
        checks = listed(
            found.checks.values(), lambda c: encode(c.id) + b":" + encode(wire.check_config(c))
        )
        async for chunk in packed(head[:-1] + b',"checks":{', checks):
            yield chunk
        yield b"}}"

    return Sliced(body())


@router.get(
    "/contracts",
    summary="Contracts with vendors",
    response_class=Response,
    responses=answers("As configured", examples.CONTRACT, listed=True),
)
@scope("read")
async def contracts(request: Request) -> Response:
    found = services(request).config.contracts
    return items([{"id": name, **wire.plain(each)} for name, each in found.items()], None)
