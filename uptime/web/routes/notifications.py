"""Messages owed and sent."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from uptime.schema import NotificationRow
from uptime.web import examples, wire
from uptime.web.answers import cursor, encode, items, place_number
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, services

router = APIRouter(route_class=Guarded, tags=["notifications"])


@router.get(
    "/notifications",
    summary="The outbox, newest first",
    response_class=Response,
    responses=answers("A page of it", examples.NOTIFICATION, of=NotificationRow, listed=True),
)
@scope("read")
async def notifications(
    request: Request,
    state: Literal["pending", "claimed", "delivered", "merged", "dead"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=40)] = None,
) -> Response:
    found = await services(request).store.notifications(
        state=state, after_id=place_number(cursor_), limit=limit
    )
    following = cursor(found[-1].id) if len(found) == limit else None
    return items(found, following, lambda each: encode(wire.notification(each)))
