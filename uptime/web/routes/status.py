"""The long poll that keeps every screen current: what changed after a version, or everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime.board import Board
from uptime.core.model import Incident
from uptime.core.text import rfc3339
from uptime.pacer import Pacer
from uptime.schema import Status
from uptime.web import examples, wire
from uptime.web.answers import Sliced, encode, listed, packed
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services
from uptime.web.services import Services

router = APIRouter(route_class=Guarded, tags=["status"])

# What changes within this time goes into one answer: with a thousand results a second a client
# would otherwise be answered, and ask again, without a pause.
GATHER_S = 0.2


@router.get(
    "/status",
    summary="What changed after a version",
    response_class=Response,
    responses=answers("Rows and incidents that changed", examples.STATUS, of=Status),
)
@scope("read")
async def status(
    request: Request,
    after: Annotated[str | None, Query(max_length=64)] = None,
    wait: Annotated[float, Query(ge=0, le=60)] = 0.0,
) -> Response:
    """An unknown version (another start of the daemon) is answered in full, at once."""
    hub = services(request)
    since = hub.board.since(after)
    if since is not None and wait > 0:
        gone = await _gone_while_waiting(request, hub.board, since, wait)
        if gone:
            return Response(status_code=204)
    return Sliced(_body(hub, since))


async def _gone_while_waiting(request: Request, board: Board, since: int, wait: float) -> bool:
    """Whether the client left before something changed; nobody is waited for in vain."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    gone = asyncio.ensure_future(_left(request))
    news = asyncio.ensure_future(board.wait(since, wait))
    try:
        await asyncio.wait({gone, news}, return_when=asyncio.FIRST_COMPLETED)
        rest = min(GATHER_S, until - loop.time())
        if not gone.done() and rest > 0:
            await asyncio.sleep(rest)
        return gone.done()
    finally:
        for task in (gone, news):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(hub: Services, since: int | None) -> AsyncIterator[bytes]:
    board = hub.board
    # Together and first: what changes while this is sent is newer than this version.
    version = board.version
    rows, removed, incidents = board.changed(since)
    pacer = Pacer()
    head = b'{"version":%b,"full":%b,"now":%b,"checks":[' % (
        encode(version),
        encode(since is None),
        encode(rfc3339(hub.clock.now())),
    )
    async for chunk in packed(head, listed(rows, board.wire, pacer)):
        yield chunk

    def encoder(found: Incident) -> bytes:
        return encode(wire.incident(found, board, hub.told(found.id)))

    head = b'],"removed":%b,"incidents":[' % encode(removed)
    async for chunk in packed(head, listed(incidents, encoder, pacer)):
        yield chunk
    yield b'],"monitor":%b}' % encode(hub.health())
