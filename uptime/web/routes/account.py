"""Who the server thinks you are."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from uptime.schema import Me, Scope
from uptime.web import examples
from uptime.web.answers import json
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services

router = APIRouter(route_class=Guarded, tags=["account"])


@router.get(
    "/me",
    summary="Who you are",
    response_class=Response,
    responses=answers("Name and scopes", examples.ME, of=Me),
)
@scope("read")
async def me(request: Request) -> Response:
    hub, who = services(request), principal(request)
    return json(
        Me(
            name=who.name,
            scopes=cast("list[Scope]", sorted(who.scopes)),
            organisation=hub.config.siaga.organisation,
            timezone=hub.config.siaga.timezone,
            language=hub.config.siaga.language,
            version=hub.version,
        )
    )
