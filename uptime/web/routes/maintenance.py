"""Maintenance: planned by the configuration and by people; withdrawn, never deleted."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from probes.base import safe_text
from uptime.config.errors import Bad
from uptime.config.overlays import said
from uptime.core.maintenance import Entered
from uptime.pacer import Pacer
from uptime.schema import MaintenanceBody, MaintenanceRow
from uptime.web import examples, wire
from uptime.web.answers import cursor, encode, items, json, place_number
from uptime.web.auth import scope
from uptime.web.documented import answers
from uptime.web.guard import Guarded, principal, services
from uptime.web.problems import Refused
from uptime.web.services import Services

router = APIRouter(route_class=Guarded, tags=["maintenance"])

_NAME = re.compile(r"MNT-([1-9][0-9]{0,17})")


@router.get(
    "/maintenance",
    summary="Announced work, newest first",
    response_class=Response,
    responses=answers(
        "A page of what was entered", examples.MAINTENANCE, of=MaintenanceRow, listed=True
    ),
)
@scope("read")
async def maintenance(
    request: Request,
    state: Literal["planned", "running", "over", "withdrawn"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=40)] = None,
) -> Response:
    """What people entered and what stands in the file, over and withdrawn included."""
    hub = services(request)
    below = place_number(cursor_)
    now = hub.clock.now()
    page: list[Entered] = []
    following = None
    pacer = Pacer()
    for entered in reversed(hub.overlays.entered):
        if below is not None and entered.id >= below:
            continue
        if len(page) == limit:
            following = cursor(page[-1].id)
            break
        if state is None or wire.maintenance(entered, hub.overlays, now)["state"] == state:
            page.append(entered)
        if pacer.due:
            await pacer.breathe()
    return items(page, following, lambda each: encode(wire.maintenance(each, hub.overlays, now)))


@router.post(
    "/maintenance",
    summary="Announce work",
    status_code=201,
    response_class=Response,
    responses=answers("As entered", examples.MAINTENANCE, of=MaintenanceRow, status=201),
)
@scope("ack")
async def add(request: Request, body: MaintenanceBody) -> Response:
    """It holds from its entry on, whatever its beginning says."""
    hub = services(request)
    found = body.model_dump(by_alias=True, exclude_none=True)
    if body.reason is not None:
        found["reason"] = safe_text(body.reason, 500)
    try:
        # A rule that never comes about takes some tenths of a second to be found out.
        plan = await asyncio.to_thread(said, found, hub.config, hub.clock.now())
    except Bad as bad:
        at, problem, fix = bad.problems[0]
        path = "".join(f"/{part}" for part in at)
        raise Refused(422, safe_text(f"{problem}; {fix}", 500), path=safe_text(path, 200)) from None
    return _row(hub, await hub.work.add(plan, principal(request).name), 201)


@router.delete(
    "/maintenance/{maintenance}",
    summary="Withdraw it: it does not begin, or ends now",
    response_class=Response,
    responses=answers("As it stands on record", examples.MAINTENANCE, of=MaintenanceRow),
)
@scope("ack")
async def withdraw(request: Request, maintenance: str) -> Response:
    """What was in force until now stays so; the row stays for ever."""
    hub = services(request)
    match = _NAME.fullmatch(maintenance)
    if match is None:
        raise Refused(404, "no maintenance of this id")
    try:
        found = await hub.work.withdraw(int(match[1]), principal(request).name)
    except KeyError:
        raise Refused(404, "no maintenance of this id") from None
    except ValueError as error:
        raise Refused(409, str(error)) from None
    return _row(hub, found, 200)


def _row(hub: Services, found: Entered, status: int) -> Response:
    return json(wire.maintenance(found, hub.overlays, hub.clock.now()), status)
