"""The configuration as accepted, secrets masked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.web import examples, wire
from uptime.web.answers import Sliced, encode, items, listed, packed
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services

if TYPE_CHECKING:
    from uptime.config import Check, Service

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
    everything: list[Check | Service] = [*found.checks.values(), *found.services.values()]

    async def body() -> AsyncIterator[bytes]:
        parts = {part: wire.plain(getattr(found, part)) for part in _PARTS}
        head = encode({"path": str(found.path), **parts})
        checks = listed(
            everything,
            lambda c: encode(c.id) + b":" + encode(wire.config_of(c)),
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
    """With the checks that measure each."""
    config = services(request).config
    checks: dict[str, list[str]] = {name: [] for name in config.contracts}
    for check in config.checks.values():
        if check.contract is not None:
            checks[check.contract].append(check.id)
    return items(
        [
            {"id": name, **wire.plain(each), "checks": checks[name]}
            for name, each in config.contracts.items()
        ],
        None,
    )
